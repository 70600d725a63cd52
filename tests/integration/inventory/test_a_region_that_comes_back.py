"""A region restarted from older data, lost, or new: it learns what it had sold before it sells again."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from inventory import changes, fence, holds, keyspace, operations
from inventory.calls import Context
from inventory.changes import ShortError
from inventory.fence import FencedError
from inventory.holds import HoldEndedError
from inventory.replication import comparing, shipping
from inventory.replication.recovery import open_region
from inventory.results import Line
from tests.redis_nodes import REGIONS
from tests.regional.stock import PLACE, SKU, assert_sound, held, known, operation, receive, sell
from tests.regional.world import World, everything_exchanged, exchange_from

AFTER = 4_000_000_000_000


def test_restarted_from_older_data_it_does_not_sell_again(world: World) -> None:
    receive("us", 5)
    kept = held("us", 1)
    exchange_from("us")
    world.keep_copy("us")
    sell("us", 3)
    holds.confirm(hold=kept)
    later = held("us", 1, identifier="later")
    exchange_from("us")
    world.go_back("us")
    with pytest.raises(ShortError):
        sell("us")
    holds.confirm(hold=kept)
    holds.confirm(hold=later)
    holds.confirm(hold=later)
    everything_exchanged(REGIONS)
    assert {known(region).on_hand for region in REGIONS} == {0}
    assert known("us").row("us").consumed == 5
    assert_sound(*REGIONS)


def test_each_peer_knows_another_part(world: World) -> None:
    """The rows that one peer knows must not hide the operations that only the other has heard of."""
    receive("us", 9)
    first, second = held("us", 1), held("us", 2)
    exchange_from("us")
    world.keep_copy("us")
    world.cut("us", "ap")
    holds.confirm(hold=first)
    exchange_to("us", "eu")
    world.heal()
    world.cut("us", "eu")
    holds.confirm(hold=second)
    exchange_to("us", "ap")
    world.heal()
    world.go_back("us")
    holds.confirm(hold=first)
    holds.confirm(hold=second)
    everything_exchanged(REGIONS)
    assert known("eu").row("us").consumed == 3
    assert_sound(*REGIONS)


@pytest.mark.parametrize("units_before", [0, 4])
def test_who_had_given_the_item_up_heard_of_its_log_alone(world: World, units_before: int) -> None:
    receive("eu", 1)
    if units_before:
        receive("us", units_before)
    exchange_from("us")
    operations.retire(sku=SKU, location=PLACE, operation=operation("eu"))
    world.keep_copy("us")
    receive("us", 3)
    world.cut("us", "ap")
    exchange_to("us", "eu")
    world.heal()
    assert known("eu").row("us").received == 0
    world.go_back("us")
    open_region("us")
    assert known("us").row("us").received == units_before + 3
    assert_sound("us")
    everything_exchanged(REGIONS)
    assert {known(region).on_hand for region in REGIONS} == {0}
    assert_sound(*REGIONS)


def exchange_to(source: str, peer: str) -> None:
    fence.node(source).hdel(keyspace.link(peer), "retry")
    shipping.ship(source=source, peer=peer)
    comparing.compare(source=source, peer=peer)


def test_it_sells_nothing_while_a_peer_cannot_be_asked(world: World) -> None:
    receive("us", 5)
    everything_exchanged(REGIONS)
    world.kill("us")
    world.restart("us")
    world.cut("us", "ap")
    with pytest.raises(FencedError):
        sell("us")
    world.heal()
    sell("us")


def test_many_processes_recover_at_once(world: World) -> None:
    receive("us", 50)
    exchange_from("us")
    world.keep_copy("us")
    sell("us", 30)
    exchange_from("us")
    world.go_back("us")

    def sold(_number: int) -> bool:
        try:
            sell("us")
        except ShortError:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(sold, range(30))) == 20
    everything_exchanged(REGIONS)
    assert known("eu").row("us").consumed == 50
    assert_sound(*REGIONS)


def test_two_regions_recover_from_each_other(world: World) -> None:
    """A peer that is fenced itself can still be asked; else both would wait for ever."""
    receive("us", 5)
    receive("eu", 5)
    everything_exchanged(REGIONS)
    for region in ("us", "eu"):
        world.kill(region)
        world.restart(region)
    sell("us", 5)
    sell("eu", 5)
    everything_exchanged(REGIONS)
    assert {known(region).on_hand for region in REGIONS} == {0}


def test_a_region_lost_with_all_its_data_rejoins(world: World) -> None:
    receive("us", 6)
    sell("us", 2)
    everything_exchanged(REGIONS)
    before = known("us")
    world.kill("us")
    world.lose("us")
    world.restart("us")
    open_region("us")
    everything_exchanged(REGIONS)
    assert known("us").on_hand == before.on_hand == 4
    assert_sound(*REGIONS)
    sell("us", 4)
    with pytest.raises(ShortError):
        sell("us")


def test_a_region_that_joins_under_load_learns_all(world: World) -> None:
    world.isolate("ap")
    for number in range(20):
        receive("us", 2, sku=f"sku-{number}")
    world.heal()
    with ThreadPoolExecutor(2) as pool:
        selling = [pool.submit(sell, "us", sku=f"sku-{number}") for number in range(20)]
        exchange_from("us")
        assert all(future.result() for future in selling)
    everything_exchanged(REGIONS)
    assert all(known("ap", sku=f"sku-{number}").on_hand == 1 for number in range(20))
    with world.seen_from("ap"):
        sell("ap", sku="sku-3")


def test_a_log_goes_on_after_what_peers_know_of_it(world: World) -> None:
    """Also when the entries that were lost are younger than anything the node's clock would give now."""
    receive("us", 5)
    everything_exchanged(REGIONS)
    world.keep_copy("us")
    bucket = keyspace.bucket_of(SKU)
    fields = {"op": "o", "kind": "receive", "location": PLACE, "sku": SKU, "quantity": "1", "at": "1", "+r": "0"}
    fence.node("us").xadd(keyspace.log(bucket), fields, id=f"{AFTER}-0")
    exchange_from("us")
    world.go_back("us")
    sell("us")
    assert fence.node("us").xrevrange(keyspace.log(bucket), count=1)[0][0].startswith(f"{AFTER}-")
    exchange_from("us")
    assert known("eu") == known("us")


@pytest.mark.usefixtures("world")
def test_a_hold_of_which_a_part_was_lost_is_not_confirmed() -> None:
    skus = ("lamp", "kettle")
    for sku in skus:
        receive("us", 3, sku=sku)
    hold = holds.hold(lines=[Line(PLACE, sku, 1) for sku in skus], operation=operation("us"))
    bucket = max(keyspace.bucket_of(sku) for sku in skus)
    fence.node("us").delete(keyspace.hold(bucket, hold.hold_id))
    with pytest.raises(HoldEndedError):
        holds.confirm(hold=hold)
    assert sum(known("us", sku=sku).row("us").consumed for sku in skus) == 0


@pytest.mark.usefixtures("world")
def test_what_a_crash_left_of_a_hold_is_let_go() -> None:
    skus = ("lamp", "kettle", "rug")
    for sku in skus:
        receive("us", 3, sku=sku)
    hold = holds.hold(lines=[Line(PLACE, sku, 1) for sku in skus], operation=operation("us"), seconds=1)
    first = min(keyspace.bucket_of(sku) for sku in skus)
    part = [line for line in hold.lines if keyspace.bucket_of(line.sku) == first]
    context = Context("us", hold.hold_id)
    assert changes.sent(holds._ending(context, first, part, "undone"), context) == "undone"
    holds.expire_holds(region="us", now=AFTER)
    assert {known("us", sku=sku).available("us") for sku in skus} == {3}
    assert_sound("us")
