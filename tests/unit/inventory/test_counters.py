"""The counters' algebra, and the one promise: nothing that regions do can sell a unit twice."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.counters import Item, NotAvailableError, Row

REGIONS = ("us", "eu", "ap")
COUNT = st.integers(0, 50)
ROW = st.builds(
    Row,
    received=COUNT,
    consumed=COUNT,
    claimed=COUNT,
    settled=COUNT,
    given=st.dictionaries(st.sampled_from(REGIONS), st.integers(1, 50), max_size=3),
    held=COUNT,
    demand=st.floats(0, 100),
    demand_at=COUNT,
    version=st.integers(0, 5),
)


def told_twice(pair: tuple[Row, Row]) -> tuple[Row, Row]:
    """States belong to a version: two tellings of one version say the same of them."""
    first, second = pair
    if first.version == second.version:
        second = Row(
            second.received, second.consumed, second.claimed, second.settled, second.given,
            first.held, first.demand, first.demand_at, first.version,
        )  # fmt: skip
    return first, second


PAIR = st.tuples(ROW, ROW).map(told_twice)


def distinct(rows: tuple[Row, Row, Row]) -> bool:
    return len({row.version for row in rows}) == len(rows)


TRIPLE = st.tuples(ROW, ROW, ROW).filter(distinct)
EPOCHS = st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2))


@given(PAIR)
def test_merging_is_commutative(pair: tuple[Row, Row]) -> None:
    assert pair[0].merged(pair[1]) == pair[1].merged(pair[0])


@given(TRIPLE)
def test_merging_is_associative(rows: tuple[Row, Row, Row]) -> None:
    one, two, three = rows
    assert one.merged(two).merged(three) == one.merged(two.merged(three))


@given(PAIR)
def test_merging_is_idempotent(pair: tuple[Row, Row]) -> None:
    merged = pair[0].merged(pair[1])
    assert merged.merged(pair[0]) == merged.merged(pair[1]) == merged.merged(merged) == merged


@given(TRIPLE, EPOCHS)
def test_items_of_several_epochs_merge_in_any_order(rows: tuple[Row, Row, Row], epochs: tuple[int, int, int]) -> None:
    one, two, three = (Item({"us": row}, epoch) for row, epoch in zip(rows, epochs, strict=True))
    assert one.merged(two) == two.merged(one)
    assert one.merged(two).merged(three) == one.merged(two.merged(three)) == three.merged(one).merged(two)
    assert one.merged(two).epoch == max(one.epoch, two.epoch)


# --- The reference's vectors -----------------------------------------------------------------------


def test_concurrent_increments_are_never_lost() -> None:
    us, eu = Item().receive("us", 7), Item().receive("eu", 3)
    us, eu = us.merged(eu), eu.merged(us)
    assert us.on_hand == eu.on_hand == 10
    us, eu = us.consume("us", 3), eu.receive("eu", 6)
    assert us.merged(eu).on_hand == eu.merged(us).on_hand == 13


def test_a_reset_removes_only_what_it_observed() -> None:
    start = Item().receive("us", 4)
    us, eu = start.count("us", -4), start.receive("eu", 2)
    assert us.merged(eu).on_hand == eu.merged(us).on_hand == 2


def test_a_retired_item_keeps_what_was_received_in_its_new_epoch() -> None:
    start = Item().receive("us", 4)
    us = start.retired("us").receive("us", 5)
    eu = start.receive("eu", 2)
    assert us.merged(eu) == eu.merged(us)
    assert us.merged(eu).on_hand == 5


# --- Claims ----------------------------------------------------------------------------------------


def test_a_count_takes_its_own_rights_first_and_owes_the_rest() -> None:
    item = Item().receive("us", 10).give("us", 8, to="eu").count("us", -5)
    assert item.row("us").consumed == 2
    assert item.row("us").owed == 3
    assert item.on_hand == 5


def test_what_is_owed_is_settled_as_rights_come_in() -> None:
    item = Item().receive("us", 10).give("us", 8, to="eu").count("us", -5)
    item = item.give("eu", 4, to="us").settle("us")
    assert item.row("us").owed == 0
    assert item.on_hand == 5
    assert item.available("us") == 1


def test_a_count_below_what_is_held_leaves_the_hold_alone() -> None:
    item = Item().receive("us", 5).hold("us", 5).count("us", -3)
    assert (item.row("us").held, item.row("us").owed, item.on_hand) == (5, 3, 2)
    item = item.release("us", 5)
    assert (item.row("us").owed, item.on_hand, item.available("us")) == (0, 2, 2)


def test_what_is_not_available_cannot_leave() -> None:
    item = Item().receive("us", 3).hold("us", 2)
    changes: tuple[Callable[[], Item], ...] = (
        lambda: item.consume("us", 2),
        lambda: item.hold("us", 2),
        lambda: item.give("us", 2, to="eu"),
        lambda: item.consume("eu", 1),
    )
    for change in changes:
        with pytest.raises(NotAvailableError):
            change()


# --- No interleaving oversells ---------------------------------------------------------------------


@dataclass
class World:
    """Regions that know of each other only what messages bring, which get lost, repeated and reordered."""

    known: dict[str, Item] = field(default_factory=lambda: {region: Item() for region in REGIONS})
    messages: list[tuple[str, Item]] = field(default_factory=list)
    received: int = 0
    sold: int = 0
    removed: int = 0

    def act(self, action: str, region: str, other: str, units: int) -> None:
        with suppress(NotAvailableError):
            getattr(self, action)(region, other, units)

    def receive(self, region: str, _other: str, units: int) -> None:
        self.known[region] = self.known[region].receive(region, units)
        self.received += units

    def sell(self, region: str, _other: str, units: int) -> None:
        self.known[region] = self.known[region].consume(region, units)
        self.sold += units

    def hold(self, region: str, _other: str, units: int) -> None:
        self.known[region] = self.known[region].hold(region, units)

    def confirm(self, region: str, _other: str, units: int) -> None:
        units = min(units, self.known[region].row(region).held)
        self.known[region] = self.known[region].confirm(region, units)
        self.sold += units

    def release(self, region: str, _other: str, units: int) -> None:
        units = min(units, self.known[region].row(region).held)
        self.known[region] = self.known[region].release(region, units)

    def give(self, region: str, other: str, units: int) -> None:
        if other != region:
            self.known[region] = self.known[region].give(region, units, to=other)

    def count(self, region: str, _other: str, units: int) -> None:
        units = min(units, max(self.known[region].on_hand, 0))
        self.known[region] = self.known[region].count(region, -units)
        self.removed += units

    def tell(self, region: str, _other: str, _units: int) -> None:
        self.messages.append((region, Item({region: self.known[region].row(region)}, self.known[region].epoch)))

    def deliver(self, region: str, _other: str, units: int) -> None:
        """Any message, whenever it was sent and however often it came already."""
        if self.messages:
            _source, item = self.messages[units % len(self.messages)]
            self.known[region] = self.known[region].merged(item).settle(region)

    def heal(self) -> None:
        for _round in range(2 * len(REGIONS)):
            for source in REGIONS:
                self.tell(source, "", 0)
                for region in REGIONS:
                    self.known[region] = self.known[region].merged(self.messages[-1][1]).settle(region)


ACTIONS = ("receive", "sell", "sell", "hold", "confirm", "release", "give", "give", "count", "tell", "deliver")
STEPS = st.lists(
    st.tuples(
        st.sampled_from((*ACTIONS, "deliver", "tell")),
        st.sampled_from(REGIONS),
        st.sampled_from(REGIONS),
        st.integers(1, 12),
    ),
    max_size=80,
)


@given(STEPS)
def test_no_interleaving_sells_more_than_was_received(steps: list[tuple[str, str, str, int]]) -> None:
    world = World()
    for step in steps:
        world.act(*step)
        assert world.sold <= world.received
        for region in REGIONS:
            assert world.known[region].available(region) >= 0
    world.heal()
    everywhere = world.known["us"]
    assert all(known == everywhere for known in world.known.values())
    assert everywhere.on_hand == world.received - world.sold - world.removed
    assert sum(everywhere.rights(region) for region in REGIONS) == world.received - sum(
        row.consumed for row in everywhere.rows.values()
    )


@given(STEPS)
def test_rights_never_exceed_the_units_there_are(steps: list[tuple[str, str, str, int]]) -> None:
    world = World()
    for step in steps:
        world.act(*step)
        consumed = sum(known.row(region).consumed for region, known in world.known.items())
        usable = sum(known.rights(region) for region, known in world.known.items())
        assert usable + consumed <= world.received


@given(STEPS)
def test_every_unit_that_may_be_sold_can_be(steps: list[tuple[str, str, str, int]]) -> None:
    """Once all know all, the rights that are nobody's hold make up the stock: nothing gets stuck."""
    world = World()
    for step in steps:
        world.act(*step)
    world.heal()
    everywhere = world.known["us"]
    held = sum(row.held for row in everywhere.rows.values())
    owed = sum(row.owed for row in everywhere.rows.values())
    assert sum(everywhere.available(region) for region in REGIONS) == everywhere.on_hand + owed - held
