"""A node comes back with older data while its peers know more of its log than of its rows, or the other way round."""

import pytest

from inventory import fence, holds, keyspace, operations
from inventory.calls import Context, call
from inventory.replication import reading, shipping, trimming
from inventory.replication.recovery import open_region
from inventory.results import Line
from tests.redis_nodes import REGIONS
from tests.regional.stock import PLACE, SKU, assert_sound, held, known, operation, receive, sell
from tests.regional.world import World, everything_exchanged, exchange_from

BUCKET = keyspace.bucket_of(SKU)
PER_TRIP = 200


def receive_one_by_one(units: int) -> None:
    line = Line(PLACE, SKU, 1)
    for start in range(0, units, PER_TRIP):
        contexts = [Context("us", f"many-{start + number}") for number in range(min(PER_TRIP, units - start))]
        calls = [call("receive", context, [line], [PLACE, SKU, 1, "receive"]) for context in contexts]
        fence.run_all(calls, region="us", opener=open_region)


@pytest.mark.parametrize("behind", [400, 1_700])
def test_a_sale_at_the_end_of_a_long_log_is_not_told_before_its_turn(world: World, behind: int) -> None:
    receive("us", 50)
    kept = held("us", 2)
    everything_exchanged(REGIONS)
    receive_one_by_one(behind + reading.MOST_UNDONE)
    world.keep_copy("us")
    holds.confirm(hold=kept)
    shipping.ship(source="us", peer="eu")
    world.go_back("us")
    holds.confirm(hold=kept)
    everything_exchanged(REGIONS)
    assert known("us").row("us").consumed == 2
    assert_sound(*REGIONS)


def test_who_is_far_behind_hears_of_all_in_the_end(world: World) -> None:
    everything_exchanged(REGIONS)
    world.isolate("eu")
    receive_one_by_one(3 * reading.MOST_UNDONE)
    world.heal()
    everything_exchanged(REGIONS)
    assert known("eu").on_hand == 3 * reading.MOST_UNDONE
    assert_sound(*REGIONS)


def test_a_row_is_not_taken_where_the_log_before_it_is_missing(world: World) -> None:
    receive("us", 10)
    kept = held("us", 2)
    everything_exchanged(REGIONS)
    world.keep_copy("eu")
    receive("us", 1)
    everything_exchanged(REGIONS)
    world.go_back("eu")
    open_region("eu")
    world.keep_copy("us")
    holds.confirm(hold=kept)
    shipping.ship(source="us", peer="eu")
    world.go_back("us")
    holds.confirm(hold=kept)
    everything_exchanged(REGIONS)
    assert known("us").row("us").consumed == 2
    assert_sound(*REGIONS)


def test_an_item_retired_while_the_log_is_read_is_retired_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    receive("us", 5)
    everything_exchanged(REGIONS)
    world.keep_copy("us")
    receive("us", 1)
    reads = reading.items_of

    def meanwhile(entries: object) -> list[reading.Item]:
        monkeypatch.undo()
        operations.retire(sku=SKU, location=PLACE, operation=operation("us", "retired"))
        receive("us", 7)
        return reads(entries)  # type: ignore[arg-type]

    monkeypatch.setattr(reading, "items_of", meanwhile)
    shipping.ship(source="us", peer="eu")
    world.go_back("us")
    operations.retire(sku=SKU, location=PLACE, operation=operation("us", "retired"))
    receive("us", 7)
    everything_exchanged(REGIONS)
    assert {known(region).on_hand for region in REGIONS} == {7}
    assert_sound(*REGIONS)


def lose_part_of_the_log(world: World) -> None:
    """Peers come to know the rows, but not all of the log."""
    world.isolate("us")
    sell("us", 1)
    sell("us", 1)
    assert trimming.trim(region="us", keep_days=-1) > 0
    world.heal()
    everything_exchanged(REGIONS)


def test_copies_of_the_log_may_have_holes(world: World) -> None:
    receive("us", 9)
    receive("us", 1)
    everything_exchanged(REGIONS)
    world.keep_copy("us")
    lose_part_of_the_log(world)
    world.go_back("us")
    open_region("us")
    lose_part_of_the_log(world)
    world.go_back("us")
    everything_exchanged(REGIONS)
    assert known("us").row("us").consumed == 4
    assert_sound(*REGIONS)


def test_a_counter_that_only_the_log_knows_of_an_item_given_up(world: World) -> None:
    receive("eu", 1)
    everything_exchanged(REGIONS)
    world.keep_copy("us")
    receive("us", 3)
    everything_exchanged(REGIONS)
    operations.retire(sku=SKU, location=PLACE, operation=operation("eu"))
    exchange_from("eu")
    shipping.ship(source="us", peer="ap")
    world.go_back("us")
    open_region("us")
    assert_sound("us")
    everything_exchanged(REGIONS)
    assert {known(region).on_hand for region in REGIONS} == {0}
    assert_sound(*REGIONS)


def test_a_log_without_entries_is_no_log_that_never_was(world: World) -> None:
    receive("us", 4)
    everything_exchanged(REGIONS)
    fence.node("us").xtrim(keyspace.log(BUCKET), maxlen=0, approximate=False)
    fence.node("us").hincrby(keyspace.carried(BUCKET), f"{PLACE}|{SKU}|r", 4)
    world.kill("us")
    world.restart("us")
    open_region("us")
    sell("us", 1)
    everything_exchanged(REGIONS)
    assert known("eu").on_hand == 3
    assert_sound(*REGIONS)
