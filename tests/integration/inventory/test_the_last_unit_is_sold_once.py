"""Cut off from each other, in one direction or both, regions sell what they have rights to, and never a unit twice."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from inventory import holds
from inventory.changes import ShortError
from inventory.results import Line
from tests.redis_nodes import REGIONS
from tests.regional.proxy import Mode
from tests.regional.stock import PLACE, SKU, assert_sound, known, operation, receive, sell
from tests.regional.world import World, everything_exchanged


def wanted_everywhere(world: World) -> int:
    sold = 0
    for region in REGIONS:
        with world.seen_from(region):
            try:
                sell(region)
            except ShortError:
                continue
            sold += 1
    return sold


def test_wanted_in_three_regions_during_a_cut(world: World) -> None:
    receive("us", 1)
    everything_exchanged(REGIONS)
    for region in REGIONS:
        world.isolate(region)
    assert wanted_everywhere(world) == 1
    world.heal()
    everything_exchanged(REGIONS)
    assert wanted_everywhere(world) == 0
    assert {known(region).on_hand for region in REGIONS} == {0}


@pytest.mark.parametrize("mode", [Mode.REFUSE, Mode.SWALLOW_REQUESTS, Mode.SWALLOW_REPLIES])
def test_a_one_way_cut(world: World, mode: Mode) -> None:
    receive("us", 3)
    everything_exchanged(REGIONS)
    world.cut("eu", "us", mode)
    with world.seen_from("eu"), pytest.raises(ShortError):
        sell("eu")
    with world.seen_from("us"):
        sell("us")
    world.heal()
    everything_exchanged(REGIONS)
    # What us gave and eu never heard of has arrived by replication, and nothing of it is lost.
    with world.seen_from("eu"):
        sell("eu", 2)
    everything_exchanged(REGIONS)
    assert {known(region).on_hand for region in REGIONS} == {0}
    assert_sound(*REGIONS)


def test_two_donors_at_once_and_a_cut_while_rights_travel(world: World) -> None:
    receive("us", 2)
    receive("ap", 2)
    everything_exchanged(REGIONS)
    world.cut("eu", "us", Mode.SWALLOW_REPLIES)
    with world.seen_from("eu"), pytest.raises(ShortError):
        sell("eu", 4)
    world.heal()
    everything_exchanged(REGIONS)
    with world.seen_from("eu"):
        sell("eu", 4)
    everything_exchanged(REGIONS)
    item = known("us")
    assert (item.on_hand, sum(row.consumed for row in item.rows.values())) == (0, 4)
    assert_sound(*REGIONS)


def test_the_same_item_on_two_lines_is_one_wish(world: World) -> None:
    receive("us", 3)
    for region in ("us", "eu"):
        with world.seen_from(region), pytest.raises(ShortError) as error:
            holds.hold(lines=[Line(PLACE, SKU, 2), Line(PLACE, SKU, 2)], operation=operation(region))
        assert error.value.shortages[0].wanted == 4
    assert known("us").row("us").held == known("eu").row("eu").held == 0


@pytest.mark.usefixtures("world")
def test_baskets_in_opposite_order_never_wait_for_each_other() -> None:
    skus = ("lamp", "kettle", "rug", "sofa")
    for sku in skus:
        receive("us", 20, sku=sku)
    lines = [Line(PLACE, sku, 1) for sku in skus]

    def buy(number: int) -> bool:
        try:
            hold = holds.hold(lines=lines if number % 2 else lines[::-1], operation=operation("us"))
        except ShortError:
            return False
        holds.confirm(hold=hold)
        return True

    with ThreadPoolExecutor(8) as pool:
        bought = sum(pool.map(buy, range(60)))
    assert bought == 20
    assert {known("us", sku=sku).on_hand for sku in skus} == {0}
    assert_sound("us")
