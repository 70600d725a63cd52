"""Many want the same few units at once, in two regions; one shopper presses everything at once, in many windows."""

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from inventory import holds
from inventory.api import ShortError, levels
from purchasing import checkout, keyspace
from purchasing.carts import CartError
from purchasing.checkout import CheckoutError, records
from purchasing.models import Checkout, Order, Stage
from purchasing.payments import State
from purchasing.payments.testing import APPROVED, LATE, REFUSED, SILENT, Charge
from tests import racing_shoppers
from tests.buying import BUYER, SKU, begun, chosen, held, paid, stock
from tests.redis_nodes import REGIONS
from tests.regional.stock import assert_sound
from tests.regional.world import everything_exchanged

BUYERS, UNITS, AT_ONCE = 200, 50, 8


def orders() -> list[str]:
    return list(Order.db().scan_iter(match=keyspace.order("*")))


def charges() -> Counter[State]:
    keys = Charge.db().scan_iter(match=Charge.key_of("*"))
    return Counter(Charge.decoded(Charge.db().execute_command("JSON.GET", key)).state for key in keys)


def assert_sold(count: int, *, of: int) -> None:
    """As many orders as charges as units gone, and nothing set aside by money or stock."""
    assert (len(orders()), charges()[State.CAPTURED], charges()[State.AUTHORISED]) == (count, count, 0)
    known = levels(skus=[SKU])[SKU]
    assert (known.on_hand, known.total) == (of - count, of - count)
    assert_sound("us")


def at_once(*actions: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(len(actions)) as pool:
        return [future.result() for future in [pool.submit(action) for action in actions]]


def test_two_hundred_want_fifty_in_two_regions() -> None:
    stock(UNITS)
    everything_exchanged(REGIONS)
    racing = [racing_shoppers.begin(region, count=BUYERS // 2, at_once=AT_ONCE) for region in ("us", "eu")]
    told = sum((racing_shoppers.outcome(shoppers) for shoppers in racing), Counter[str]())
    assert told == {"placed": UNITS, "short": BUYERS - UNITS}
    everything_exchanged(REGIONS)
    assert_sold(UNITS, of=UNITS)
    assert_sound(*REGIONS)
    numbers = sorted(Order.decoded(Order.db().execute_command("JSON.GET", key)).number for key in orders())
    assert len(set(numbers)) == UNITS


def test_a_double_click_pays_once() -> None:
    stock(9)
    waiting = held()
    stages = {done.stage for done in at_once(*[lambda: paid(waiting)] * 8)}
    assert stages <= {Stage.PAYING, Stage.PLACED}
    assert checkout.advance(checkout_id=waiting.checkout_id).stage is Stage.PLACED
    assert_sold(1, of=9)


def test_two_cards_at_once_are_one_charge() -> None:
    stock(9)
    waiting = held()
    at_once(*[lambda card=card: paid(waiting, card) for card in (APPROVED, REFUSED, LATE, APPROVED)])
    current = checkout.advance(checkout_id=waiting.checkout_id)
    done = paid(current) if current.stage is Stage.HELD else current
    assert done.stage is Stage.PLACED
    assert_sold(1, of=9)


def test_a_choice_pressed_in_many_windows_is_one_hold() -> None:
    stock(9)
    found = begun(quantities={SKU: 2})
    assert {done.stage for done in at_once(*[lambda: chosen(found)] * 8)} == {Stage.HELD}
    assert levels(skus=[SKU])[SKU].total == 7


def test_checkouts_begun_at_once_leave_one_that_goes_on() -> None:
    stock(9)
    first = begun()
    started = at_once(*[lambda: checkout.begin(cart_id=first.cart_id, buyer=BUYER)] * 6)
    current = checkout.current(cart_id=first.cart_id)
    assert current is not None
    lively = [each for each in started if Checkout.read(each.checkout_id).stage is Stage.OPEN]
    assert {each.checkout_id for each in lively} == {current.checkout_id}


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_pressed_at_once_there_is_one_order_and_one_charge(seed: int) -> None:
    stock(9)
    chance, waiting = random.Random(seed), held()
    soon = records.clock() + 2 * records.MINUTE
    pressing = [
        *[lambda card=card: paid(waiting, card) for card in (APPROVED, REFUSED, LATE, SILENT)],
        lambda: chosen(waiting, method="express"),
        lambda: checkout.advance(checkout_id=waiting.checkout_id),
        lambda: checkout.advance(checkout_id=waiting.checkout_id, now=soon),
        lambda: checkout.recover(region="us", now=soon),
        lambda: checkout.begin(cart_id=waiting.cart_id, buyer=BUYER),
        lambda: checkout.give_up(checkout_id=waiting.checkout_id),
    ]

    def press(action: Callable[[], Any]) -> None:
        with suppress(CheckoutError, ShortError, CartError):
            action()

    at_once(*[lambda action=action: press(action) for action in chance.choices(pressing, k=12)])
    for after in (2 * records.MINUTE, 20 * records.MINUTE, 2 * records.DAY, 4 * records.DAY):
        holds.expire_holds(region="us", now=records.clock() + after)
        checkout.recover(region="us", now=records.clock() + after)
    ended = Checkout.read(waiting.checkout_id)
    assert ended.stage in (Stage.PLACED, Stage.ENDED)
    assert_sold(int(ended.stage is Stage.PLACED), of=9)
    assert Checkout.db().zcard(keyspace.open_checkouts("us")) == 0
