"""What meets at a region's node comes from processes of several regions, at one moment: each unit goes once."""

from inventory.results import Line
from tests.redis_nodes import REGIONS
from tests.regional import elsewhere
from tests.regional.stock import PLACE, SKU, assert_sound, held, known, receive
from tests.regional.world import World, everything_exchanged

AFTER = 4_000_000_000_000
SKUS = ("lamp", "kettle", "rug", "sofa")


def test_the_last_units_wanted_in_three_regions_during_a_cut(world: World) -> None:
    receive("us", 5)
    everything_exchanged(REGIONS)
    world.isolate("us")
    world.cut("eu", "ap")
    world.cut("ap", "eu")
    with (
        elsewhere.processes(world, "us", count=2) as us,
        elsewhere.processes(world, "eu") as eu,
        elsewhere.processes(world, "ap") as ap,
    ):
        wanting = [
            pool.submit(elsewhere.buys, region, [Line(PLACE, SKU, 1)])
            for _time in range(8)
            for pool, region in ((us, "us"), (eu, "eu"), (ap, "ap"))
        ]
        assert sum(bought.result() for bought in wanting) == 5
    world.heal()
    everything_exchanged(REGIONS)
    assert {known(region).on_hand for region in REGIONS} == {0}
    assert_sound(*REGIONS)


def test_expiry_and_confirmation_race_in_two_processes(world: World) -> None:
    """Each hold is over in one way only, and both processes are told which."""
    receive("us", 40)
    holds = [held("us") for _number in range(40)]
    with elsewhere.processes(world, "us") as shop, elsewhere.processes(world, "us") as upkeep:
        confirming = [shop.submit(elsewhere.confirms, hold) for hold in holds]
        expiring = [upkeep.submit(elsewhere.expires, hold, AFTER) for hold in holds[::-1]]
        confirmed = [each.result() for each in confirming]
        expired = [each.result() for each in expiring][::-1]
    assert [not each for each in expired] == confirmed
    item = known("us")
    assert (item.on_hand, item.row("us").held) == (40 - sum(confirmed), 0)
    assert item.available("us") == 40 - sum(confirmed)
    assert_sound("us")


def test_baskets_in_opposite_order_are_sold_whole(world: World) -> None:
    """Also where one of the items stands on two lines, and where the rights must be fetched from another region."""
    for sku in SKUS:
        receive("us", 24, sku=sku)
    everything_exchanged(REGIONS)
    basket = [Line(PLACE, sku, 1) for sku in (*SKUS, SKUS[0])]
    with elsewhere.processes(world, "us") as us, elsewhere.processes(world, "eu") as eu:
        buying = [
            pool.submit(elsewhere.buys, region, lines)
            for _time in range(16)
            for pool, region, lines in ((us, "us", basket), (eu, "eu", basket[::-1]))
        ]
        bought = sum(each.result() for each in buying)
    while elsewhere.buys("us", basket):
        bought += 1
    everything_exchanged(REGIONS)
    left = {sku: known("ap", sku=sku) for sku in SKUS}
    assert [left[sku].on_hand for sku in SKUS] == [24 - 2 * bought, *[24 - bought] * 3]
    assert {row.held for item in left.values() for row in item.rows.values()} == {0}
    assert bought == 12
    assert_sound(*REGIONS)
