"""A process is killed at each step of a checkout in turn; after recovery nothing is lost and nothing doubled."""

from collections.abc import Iterator
from itertools import count

import pytest

from inventory import holds
from inventory.api import levels
from purchasing import checkout, keyspace
from purchasing.checkout import records
from purchasing.models import Checkout, Order, Stage
from purchasing.payments import State
from purchasing.payments.testing import APPROVED, LATE, REFUSED, SILENT, Charge
from tests.buying import SKU, begun, chosen, paid, stock
from tests.killed_checkout import Shoppers
from tests.regional.stock import assert_sound

UNITS = 3
STEPS = ("hold", "number", "authorise", "state", "confirm", "order", "capture", "cart", "tell")
FEWEST_COMMANDS = 15
RECORDS = 7
"""Of an approved purchase: choice, hold, payment, authorisation, confirmation, order, end."""

POINTS = [f"{step}.1:{side}" for step in STEPS if step != "state" for side in ("before", "after")]
POINTS += [f"record.{number}:{side}" for number in range(1, RECORDS + 1) for side in ("before", "after")]


@pytest.fixture(scope="module")
def shoppers() -> Iterator[Shoppers]:
    with Shoppers() as made:
        yield made


def charges(found: Checkout) -> list[State]:
    keys = Charge.db().scan_iter(match=Charge.key_of(f"{found.checkout_id}-*"))
    return [Charge.decoded(Charge.db().execute_command("JSON.GET", key)).state for key in keys]


def orders() -> list[str]:
    return list(Order.db().scan_iter(match=keyspace.order("*")))


def assert_sold(found: Checkout, sold: int) -> None:
    """So many orders, as many charges, as many units gone; nothing is left set aside, and nobody looks on."""
    states = charges(found)
    assert (len(orders()), states.count(State.CAPTURED), states.count(State.AUTHORISED)) == (sold, sold, 0)
    known = levels(skus=[SKU])[SKU]
    assert (known.on_hand, known.total) == (UNITS - sold, UNITS - sold)
    assert Checkout.db().zcard(keyspace.open_checkouts("us")) == 0
    assert_sound("us")


def recovered(found: Checkout, *, after: int) -> Checkout:
    """What the schedule makes of it so much later (ms), the stock's own included."""
    moment = records.clock() + after
    holds.expire_holds(region="us", now=moment)
    checkout.recover(region="us", now=moment)
    return Checkout.read(found.checkout_id)


def nobody_comes_back(found: Checkout) -> Checkout:
    for after in (2 * records.MINUTE, 20 * records.MINUTE, 2 * records.DAY, 4 * records.DAY):
        ended = recovered(found, after=after)
    return ended


def shopper_comes_back(found: Checkout) -> Checkout:
    """A minute later, to go on from wherever it is."""
    current = recovered(found, after=2 * records.MINUTE)
    if current.stage is Stage.OPEN:
        current = chosen(current)
    return paid(current)


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_step_a_purchase_is_whole_or_was_never(shoppers: Shoppers, point: str) -> None:
    stock(UNITS)
    found = begun()
    assert shoppers.buy(found.checkout_id, card=APPROVED, until=point) == []
    ended = nobody_comes_back(found)
    assert ended.stage in (Stage.PLACED, Stage.ENDED)
    assert_sold(ended, int(ended.stage is Stage.PLACED))


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_step_the_shopper_comes_back_and_buys_once(shoppers: Shoppers, point: str) -> None:
    stock(UNITS)
    found = begun()
    assert shoppers.buy(found.checkout_id, card=APPROVED, until=point) == []
    assert shopper_comes_back(found).stage is Stage.PLACED
    assert_sold(found, 1)


def test_no_step_was_forgotten(shoppers: Shoppers) -> None:
    stock(UNITS)
    passed = shoppers.buy(begun().checkout_id, card=APPROVED)
    assert {point for point in passed if not point.startswith("redis")} == set(POINTS)


@pytest.mark.parametrize("card", [APPROVED, REFUSED, LATE, SILENT])
def test_killed_at_any_command_whatever_the_card(shoppers: Shoppers, card: str) -> None:
    """Every command to every node, before it is sent and after it took effect."""
    for point in (f"redis.{number}:{side}" for number in count(1) for side in ("before", "after")):
        _empty_shop()
        found = begun()
        lived = shoppers.buy(found.checkout_id, card=card, until=point)
        ended = nobody_comes_back(found)
        assert ended.stage in (Stage.PLACED, Stage.ENDED), point
        assert_sold(ended, int(ended.stage is Stage.PLACED))
        if lived:
            assert int(point.split(".")[1].split(":")[0]) > FEWEST_COMMANDS
            break


def _empty_shop() -> None:
    """As many units as at first, and no orders."""
    missing = UNITS - levels(skus=[SKU])[SKU].on_hand
    assert missing >= 0
    for key in Order.db().scan_iter(match=f"{keyspace.PREFIX}:*"):
        Order.db().delete(key)
    stock(missing)
