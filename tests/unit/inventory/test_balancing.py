"""Who gives rights to whom: only what it has, only once, and to an end."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from inventory.counters import Item, Row
from inventory.replication.balancing import gifts

REGIONS = ("us", "eu", "ap")
NOW = 1_700_000_000_000
DEMAND = st.floats(0, 1_000)
STOCK = st.integers(0, 200)


def others(region: str) -> list[str]:
    return [each for each in REGIONS if each != region]


def given_away(item: Item, region: str, moved: Mapping[str, int]) -> Item:
    for peer, units in moved.items():
        item = item.give(region, units, to=peer)
    return item


@st.composite
def items(draw: st.DrawFn) -> Item:
    """What a region may know: units that arrived, were held, sold and given on, and what was owed."""
    item = Item({region: Row(demand=draw(DEMAND), demand_at=NOW) for region in REGIONS})
    for region in REGIONS:
        item = item.receive(region, draw(STOCK))
    for region in REGIONS:
        item = item.hold(region, draw(st.integers(0, item.available(region))))
        item = item.consume(region, draw(st.integers(0, item.available(region))))
        to = draw(st.sampled_from(others(region)))
        item = item.give(region, draw(st.integers(0, item.available(region))), to=to)
    for region in REGIONS:
        if draw(st.booleans()):
            item = item.count(region, -draw(st.integers(0, max(item.on_hand, 0))))
    return item


@st.composite
def views(draw: st.DrawFn) -> Item:
    """An item as known when some rows have not come through yet."""
    item = draw(items())
    kept = draw(st.sets(st.sampled_from(REGIONS), min_size=1))
    return Item({region: row for region, row in item.rows.items() if region in kept})


@given(views(), st.sampled_from(REGIONS))
def test_no_region_gives_more_than_it_may_sell(item: Item, region: str) -> None:
    moved = gifts(item, region, others(region), now=NOW)
    assert all(units > 0 for units in moved.values())
    assert sum(moved.values()) <= max(item.available(region), 0)
    assert region not in moved


@given(views(), st.sampled_from(REGIONS))
def test_repeating_without_news_gives_nothing_twice(item: Item, region: str) -> None:
    moved = gifts(item, region, others(region), now=NOW)
    after = given_away(item, region, moved)
    assert gifts(after, region, others(region), now=NOW) == {}


@given(items())
def test_balancing_comes_to_an_end(item: Item) -> None:
    for _round in range(20):
        before = item
        for region in REGIONS:
            item = given_away(item, region, gifts(item, region, others(region), now=NOW))
            item = Item(item.rows).settle(region)
            for each in REGIONS:
                item = item.settle(each)
        if item == before:
            return
    raise AssertionError("Rights still wander after twenty rounds.")


@given(st.integers(0, 500), st.integers(0, 500), DEMAND)
def test_two_regions_with_equal_demand_send_nothing_back(here: int, there: int, demand: float) -> None:
    rows = {region: Row(demand=demand, demand_at=NOW) for region in ("us", "eu")}
    item = Item(rows).receive("us", here).receive("eu", there)
    first = gifts(item, "us", ["eu"], now=NOW)
    item = given_away(item, "us", first)
    back = gifts(item, "eu", ["us"], now=NOW)
    assert not (first and back)
    item = given_away(item, "eu", back)
    assert gifts(item, "us", ["eu"], now=NOW) == gifts(item, "eu", ["us"], now=NOW) == {}


@given(st.integers(1, 200), st.integers(1, 200))
def test_claims_of_stock_counts_come_first(stock: int, missing: int) -> None:
    item = Item().receive("us", stock).give("us", stock, to="eu").count("us", -min(stock, missing))
    owed = item.row("us").owed
    moved = gifts(item, "eu", ["us", "ap"], now=NOW)
    assert moved.get("us", 0) >= min(owed, stock)


def test_a_region_that_wants_more_gets_more() -> None:
    item = Item({"us": Row(demand=90, demand_at=NOW), "eu": Row(demand=10, demand_at=NOW)}).receive("eu", 100)
    moved = gifts(item, "eu", ["us"], now=NOW)
    assert 85 <= moved["us"] <= 95


def test_a_region_whose_rights_are_not_known_of_yet_is_left_alone() -> None:
    item = Item({"eu": Row(consumed=5, version=1)}).receive("us", 100)
    assert gifts(item, "us", ["eu"], now=NOW) == {}
