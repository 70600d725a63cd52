"""Measures whole checkouts: from holding the units to the order's confirmation, paid by the test provider.

They are made by the shop's own operations, without the web server. Several clients are threads of one process, so that
theirs is the least that a shop with several processes can do.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import count

from bench import pages
from bench.regions import HERE
from bench.results import Buying
from bench.timings import summary
from catalog import api as catalog
from inventory import stocking
from inventory.replication import recovery
from inventory.results import Line
from purchasing import carts, checkout
from purchasing.access import GUEST
from purchasing.checkout import Choice
from purchasing.models import Buyer, Checkout, Fulfilment, Parcel, Stage
from purchasing.payments.testing import TestProvider
from redismart.redis import recorder

PLACE, PLENTY = "bench-buying", 10**6
CARD = "4242 4242 4242 4242"
METHOD = "pickup"
SKUS = 50

Say = Callable[[str], object]


def measure(*, clients: tuple[int, ...], seconds: float, say: Say) -> list[Buying]:
    """Checkouts of one unit each, for so many shoppers at once."""
    recovery.open_region(HERE)
    found = catalog.cards(skus=pages.some_skus())
    skus = [sku for sku, card in found.items() if not carts.refusal(card)][:SKUS]
    lines = [Line(PLACE, sku, PLENTY) for sku in skus]
    stocking.stock(lines=lines, regions={PLACE: HERE}, operation="bench-buying", recount=False)
    shoppers = _Shoppers(skus)
    with recorder.recording() as recorded:
        shoppers.buy(shoppers.begin())
    trips = len(recorded.trips)
    return [_measured(shoppers, number, seconds, trips, say) for number in clients]


class _Shoppers:
    """Shoppers, each of whom buys one thing."""

    def __init__(self, skus: list[str]) -> None:
        self._skus, self._numbers = skus, count()

    def begin(self) -> Checkout:
        """What comes before: the cart, and the checkout that is opened."""
        number = next(self._numbers)
        cart = f"{GUEST}bench-buying-{number:019d}"
        carts.add(cart_id=cart, sku=self._skus[number % len(self._skus)])
        return checkout.begin(cart_id=cart, buyer=Buyer(email=f"shopper-{number}@example.com"))

    def buy(self, begun: Checkout) -> float:
        """Hold, pay, confirm, place the order; milliseconds. Raises ``RuntimeError`` when there is no order then."""
        parcel = Parcel(location=PLACE, quantities={item.sku: item.quantity for item in begun.items})
        started = time.perf_counter()
        choice = Choice(Fulfilment.PICKUP, METHOD, None, (parcel,), Decimal(0))
        checkout.choose(checkout_id=begun.checkout_id, choice=choice)
        done = checkout.pay(checkout_id=begun.checkout_id, provider=TestProvider.name, source=CARD)
        took = (time.perf_counter() - started) * 1000
        if done.stage is not Stage.PLACED:
            raise RuntimeError(f"A checkout ended as {done.stage.value} instead of an order: {done.problem}")
        return took


def _measured(shoppers: _Shoppers, clients: int, seconds: float, trips: int, say: Say) -> Buying:
    say(f"Measuring whole checkouts, {clients} at once.")
    deadline = time.perf_counter() + seconds

    def one_after_the_other(_client: int) -> list[float]:
        took: list[float] = []
        while time.perf_counter() < deadline or not took:
            took.append(shoppers.buy(shoppers.begin()))
        return took

    started = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        durations = [each for found in pool.map(one_after_the_other, range(clients)) for each in found]
    return Buying(clients, summary(durations, seconds=time.perf_counter() - started), trips)
