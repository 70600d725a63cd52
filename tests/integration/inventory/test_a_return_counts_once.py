"""Returns and cancellations, said twice, also in another region; holds that expire just as they are confirmed."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from inventory import holds, operations
from inventory.holds import HoldEndedError
from inventory.results import Hold
from tests.redis_nodes import REGIONS
from tests.regional.stock import PLACE, SKU, assert_sound, held, known, operation, receive, sell
from tests.regional.world import World, everything_exchanged

AFTER = 4_000_000_000_000


def come_back(region: str) -> None:
    operations.give_back(
        sku=SKU, location=PLACE, quantity=2, operation=operation(region, "return-of-order-1"), sold_in="us"
    )


def test_said_twice_and_in_every_region() -> None:
    receive("us", 5)
    sell("us", 2)
    for region in ("eu", "us", "eu", "ap", "us"):
        come_back(region)
    everything_exchanged(REGIONS)
    come_back("ap")
    everything_exchanged(REGIONS)
    assert {known(region).on_hand for region in REGIONS} == {5}
    assert_sound(*REGIONS)


def test_said_elsewhere_while_the_seller_is_cut_off_and_killed(world: World) -> None:
    receive("us", 5)
    sell("us", 2)
    everything_exchanged(REGIONS)
    world.isolate("us")
    for region in ("eu", "ap", "eu"):
        with world.seen_from(region):
            come_back(region)
            assert known(region).on_hand == 3
    with world.seen_from("us"):
        come_back("us")
    world.kill("us")
    world.restart("us")
    world.heal()
    world.exchange()
    everything_exchanged(REGIONS)
    assert {known(region).on_hand for region in REGIONS} == {5}
    assert_sound(*REGIONS)


def test_cancelled_twice() -> None:
    receive("us", 5)
    hold = held("us", 2)
    assert [holds.release(hold=hold) for _time in range(3)] == ["released"] * 3
    assert known("us").available("us") == 5
    with pytest.raises(HoldEndedError):
        holds.confirm(hold=hold)


def test_expiry_racing_confirmation_has_one_winner() -> None:
    receive("us", 40)
    all_held = [held("us") for _number in range(40)]

    def confirmed(hold: Hold) -> bool:
        with suppress(HoldEndedError):
            holds.confirm(hold=hold)
            return True
        return False

    with ThreadPoolExecutor(4) as pool:
        expiring = [pool.submit(holds.expire, hold=hold, now=AFTER) for hold in all_held[::-1]]
        won = sum(pool.map(confirmed, all_held))
    assert sum(future.result() == "expired" for future in expiring) == 40 - won
    item = known("us")
    assert (item.on_hand, item.row("us").held, item.available("us")) == (40 - won, 0, 40 - won)
    assert_sound("us")
