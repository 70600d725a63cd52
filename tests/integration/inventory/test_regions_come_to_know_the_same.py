"""Whatever gets lost, repeated, reordered or trimmed on the way, in the end all regions know all."""

import random

from inventory import fence, holds, keyspace, operations
from inventory.calls import Batch, Call, merge
from inventory.replication import balancing, reading, shipping
from inventory.replication.recovery import open_region
from inventory.results import Line
from tests.redis_nodes import REGIONS
from tests.regional.stock import PLACE, SKU, assert_sound, known, operation, receive, sell
from tests.regional.world import everything_exchanged

HOUR = 3_600_000
NOON = 1_700_000_000_000


def give(region: str, units: int, *, to: str) -> None:
    assert balancing._give(region, [(Line(PLACE, SKU, units), to)], "given") == units


def test_both_vectors_of_the_reference() -> None:
    receive("us", 7)
    receive("eu", 3)
    everything_exchanged(REGIONS)
    assert {known(region).on_hand for region in REGIONS} == {10}
    sell("us", 3)
    receive("eu", 6)
    everything_exchanged(REGIONS)
    assert {known(region).on_hand for region in REGIONS} == {13}


def test_a_reset_by_a_count_keeps_what_another_region_adds() -> None:
    receive("us", 4)
    everything_exchanged(REGIONS)
    operations.count(sku=SKU, location=PLACE, counted=0, operation=operation("us"))
    receive("eu", 2)
    everything_exchanged(REGIONS)
    assert {known(region).on_hand for region in REGIONS} == {2}
    assert_sound(*REGIONS)


def test_batches_that_are_lost_repeated_and_out_of_order() -> None:
    chance = random.Random(4)
    batches = []
    bucket = keyspace.bucket_of(SKU)
    for _step in range(12):
        receive("us", 3)
        sell("us", 2)
        node, position = fence.node("us"), "0-0"
        entries = reading.entries_after(node, [keyspace.log(bucket)], [position], most=500)[0][chance.randrange(5) :]
        told = reading.told_rows(node, [(PLACE, SKU)], region="us")
        batch = Batch(after=entries[0][0], upto=entries[-1][0], entries=entries[1:])
        batches.append(merge(bucket, told, source="us", region="eu", batch=batch))
    for call in chance.choices(batches, k=40):
        fence.run(call, region="eu", opener=open_region)
    assert_sound("eu")
    everything_exchanged(REGIONS)
    assert known("eu").on_hand == known("us").on_hand == 12
    assert fence.node("eu").xlen(keyspace.log_of(bucket, "us")) == fence.node("us").xlen(keyspace.log(bucket))


def test_a_log_trimmed_past_a_peer() -> None:
    receive("us", 50)
    everything_exchanged(REGIONS)
    bucket = keyspace.bucket_of(SKU)
    for _sale in range(10):
        sell("us")
    last = fence.node("us").xrevrange(keyspace.log(bucket), count=1)[0][0]
    trimming = Call("trim", [keyspace.log(bucket), keyspace.carried(bucket)], [last, 1000])
    assert fence.run(trimming, region="us", opener=open_region) > 10
    sell("us")
    assert_sound("us")
    everything_exchanged(REGIONS)
    assert known("ap") == known("us")
    shipping.ship(source="us", peer="eu")
    sell("us")
    shipping.ship(source="us", peer="eu")
    copy, own = keyspace.log_of(bucket, "us"), keyspace.log(bucket)
    assert fence.node("eu").xrevrange(copy, count=1) == fence.node("us").xrevrange(own, count=1)


def test_a_stock_count_lets_sales_elsewhere_stand() -> None:
    receive("us", 10)
    give("us", 6, to="eu")
    everything_exchanged(REGIONS)
    sell("eu", 4)
    counted = operations.count(sku=SKU, location=PLACE, counted=3, operation=operation("us"))
    assert (counted.difference, counted.owed) == (-7, 3)
    everything_exchanged(REGIONS)
    assert {known(region).on_hand for region in REGIONS} == {-1}
    receive("us", 5)
    everything_exchanged(REGIONS)
    item = known("ap")
    assert (item.on_hand, item.row("us").owed) == (4, 0)
    assert_sound(*REGIONS)


def test_what_is_owed_is_settled_when_rights_arrive() -> None:
    receive("us", 10)
    give("us", 10, to="eu")
    operations.count(sku=SKU, location=PLACE, counted=7, operation=operation("us"))
    everything_exchanged(REGIONS)
    give("eu", 3, to="us")
    everything_exchanged(REGIONS)
    assert known("ap").row("us").owed == 0
    assert {known(region).on_hand for region in REGIONS} == {7}
    assert_sound(*REGIONS)


def test_clocks_an_hour_apart_change_nothing() -> None:
    for region, moment in {"us": NOON, "eu": NOON - HOUR, "ap": NOON + HOUR}.items():
        operations.receive(sku=SKU, location=PLACE, quantity=5, operation=operation(region, now=moment))
    everything_exchanged(REGIONS)
    for region, moment in {"us": NOON - HOUR, "eu": NOON + HOUR, "ap": NOON}.items():
        hold = holds.hold(lines=[Line(PLACE, SKU, 2)], operation=operation(region, now=moment), seconds=60)
        holds.confirm(hold=hold, now=moment)
    everything_exchanged(REGIONS)
    assert {known(region).on_hand for region in REGIONS} == {9}
    assert_sound(*REGIONS)


def test_a_hold_lasts_by_the_clock_of_its_own_region() -> None:
    clocks = {"us": NOON, "eu": NOON - HOUR, "ap": NOON + HOUR}
    for region, moment in clocks.items():
        operations.receive(sku=SKU, location=PLACE, quantity=5, operation=operation(region, now=moment))
    taken = {
        region: holds.hold(lines=[Line(PLACE, SKU, 5)], operation=operation(region, now=moment), seconds=60)
        for region, moment in clocks.items()
    }
    everything_exchanged(REGIONS)
    for region, moment in clocks.items():
        holds.expire_holds(region=region, now=moment + 59_000)
    everything_exchanged(REGIONS)
    assert {known("us").available(region) for region in REGIONS} == {0}
    holds.confirm(hold=taken["us"], now=clocks["us"] + 59_000)
    for region, moment in clocks.items():
        holds.expire_holds(region=region, now=moment + 61_000)
    everything_exchanged(REGIONS)
    for region in REGIONS:
        assert [known(region).available(each) for each in REGIONS] == [0, 5, 5]
    assert_sound(*REGIONS)


def test_retiring_while_others_hold_and_receive() -> None:
    receive("us", 5)
    give("us", 3, to="eu")
    everything_exchanged(REGIONS)
    hold = holds.hold(lines=[Line(PLACE, SKU, 2)], operation=operation("eu"))
    operations.retire(sku=SKU, location=PLACE, operation=operation("us"))
    receive("us", 4)
    receive("eu", 9)
    everything_exchanged(REGIONS)
    assert {known(region).on_hand for region in REGIONS} == {4}
    assert holds.release(hold=hold) == "released"
    everything_exchanged(REGIONS)
    assert {known(region).available("eu") for region in REGIONS} == {0}
    assert_sound(*REGIONS)
