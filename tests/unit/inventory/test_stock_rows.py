"""Counters as Redis keeps them, and as they travel: nothing gets lost on the way."""

from collections.abc import Mapping

import orjson
from hypothesis import given
from hypothesis import strategies as st

from inventory import rows
from inventory.counters import Item, Row

REGIONS = ("us", "eu", "ap")
COUNT = st.integers(0, 10**9)
ROW = st.builds(
    Row,
    received=COUNT,
    consumed=COUNT,
    claimed=COUNT,
    settled=COUNT,
    given=st.dictionaries(st.sampled_from(REGIONS), st.integers(1, 10**9), max_size=3),
    held=COUNT,
    demand=st.integers(0, 10**6).map(lambda number: number / 100),
    demand_at=st.integers(0, 10**13),
    version=st.integers(1, 10**9),
)
ITEM = st.builds(Item, st.dictionaries(st.sampled_from(REGIONS), ROW), st.integers(0, 5))


def hash_of(item: Item) -> Mapping[str, str]:
    """The hash that would hold an item."""
    fields = {"e": item.epoch}
    for region, row in item.rows.items():
        fields |= {f"{kind}:{region}": getattr(row, name) for kind, name in rows.NUMBERS.items()}
        fields |= {f"g:{region}:{to}": units for to, units in row.given.items()}
        fields |= {f"q:{region}": row.demand, f"t:{region}": row.demand_at}  # type: ignore[dict-item]
    return {name: str(value) for name, value in fields.items()}


@given(ITEM)
def test_an_item_reads_back_as_it_was(item: Item) -> None:
    assert rows.item(hash_of(item)) == item


@given(ITEM, st.sampled_from(REGIONS))
def test_a_row_says_all_of_its_region_and_nothing_of_others(item: Item, region: str) -> None:
    told = rows.told(hash_of(item), region)
    row = item.row(region)
    assert (told["e"], told["v"], told["h"], told["q"], told["t"]) == (
        item.epoch, row.version, row.held, row.demand, row.demand_at
    )  # fmt: skip
    counters = {name: told.get(name, 0) for name in "rucs"}
    assert counters == {"r": row.received, "u": row.consumed, "c": row.claimed, "s": row.settled}
    assert {name[2:]: units for name, units in told.items() if name.startswith("g:")} == row.given


@given(ITEM)
def test_rows_survive_their_packing(item: Item) -> None:
    told = [["store", "sku", rows.told(hash_of(item), region)] for region in REGIONS]
    assert orjson.loads(rows.packed(told)) == told


def test_an_unknown_item_is_empty() -> None:
    assert rows.item({}) == Item()
    assert rows.told({}, "us") == {"e": 0, "v": 0, "h": 0, "q": 0.0, "t": 0}
