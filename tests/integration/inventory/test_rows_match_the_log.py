"""Who is told of a change is told of the operation that made it: rows never run ahead of the log they come with."""

from collections.abc import Callable

import pytest

from inventory import fence, holds, keyspace, operations, rows
from inventory.calls import START
from inventory.replication import reading, shipping
from inventory.results import Line
from tests.redis_nodes import REGIONS
from tests.regional.stock import PLACE, SKU, assert_sound, held, known, operation, receive, sell
from tests.regional.world import World, everything_exchanged

BUCKET = keyspace.bucket_of(SKU)


def told(region: str = "us") -> rows.Told:
    return reading.told_rows(fence.node(region), [(PLACE, SKU)], region=region)[0][2]


def grown(row: rows.Told) -> rows.Told:
    return {name: value for name, value in row.items() if value and name not in ("q", "t")}


@pytest.mark.usefixtures("world")
def test_rows_as_they_were_at_every_position_of_the_log() -> None:
    steps: list[Callable[[], object]] = [
        lambda: receive("us", 9),
        lambda: sell("us", 2),
        lambda: holds.release(hold=held("us", 3)),
        lambda: operations.count(sku=SKU, location=PLACE, counted=4, operation=operation("us")),
        lambda: operations.count(sku=SKU, location=PLACE, counted=8, operation=operation("us")),
        lambda: operations.move(sku=SKU, source=PLACE, target="elsewhere", quantity=1, operation=operation("us")),
        lambda: operations.give_back(sku=SKU, location=PLACE, quantity=1, operation=operation("us"), sold_in="eu"),
        lambda: held("us", 1),
    ]
    seen = {START: grown(told())}
    for step in steps:
        step()
        seen[reading.last_ids(fence.node("us"))[keyspace.buckets().index(BUCKET)]] = grown(told())
    for position, row in seen.items():
        ((_place, _sku, then),) = reading.told_at("us", {BUCKET: (position, [(PLACE, SKU)])})[BUCKET]
        assert grown(then) == row


def test_a_sale_while_the_log_is_read_is_not_told_without_its_entry(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive("us", 5)
    kept = held("us", 2)
    everything_exchanged(REGIONS)
    receive("us", 1)
    world.keep_copy("us")
    reads = reading.items_of

    def sold_meanwhile(entries: object) -> list[reading.Item]:
        holds.confirm(hold=kept)
        return reads(entries)  # type: ignore[arg-type]

    monkeypatch.setattr(reading, "items_of", sold_meanwhile)
    shipping.ship(source="us", peer="eu")
    monkeypatch.undo()
    world.go_back("us")
    # Nobody heard of the confirmation: sent again, it takes its units once.
    holds.confirm(hold=kept)
    everything_exchanged(REGIONS)
    assert known("us").row("us").consumed == 2
    assert_sound(*REGIONS)


def test_rights_that_are_fetched_come_with_what_their_donor_did(world: World) -> None:
    receive("us", 5)
    receive("eu", 1)
    everything_exchanged(REGIONS)
    kept = held("us", 1)
    world.keep_copy("us")
    holds.confirm(hold=kept)
    holds.hold(lines=[Line(PLACE, SKU, 3)], operation=operation("eu"))
    world.go_back("us")
    holds.confirm(hold=kept)
    everything_exchanged(REGIONS)
    assert known("us").row("us").consumed == 1
    assert_sound(*REGIONS)
