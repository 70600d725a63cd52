"""What the demo's locations sold before it was started: plausible, and the same everywhere for the same day. Pure.

A shop that is run well has bought what it sells: so sales follow the stock. Each product has a number of days for which
what is on hand lasts, mostly some weeks or months; few are short and few lie for ever. Weekends are busy, some products
come into fashion and some go out of it.
"""

import math
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from inventory import demo_stock
from inventory.results import SoldDay

DAYS = 60
USUAL_COVER, COVER_SPREAD = 80.0, 0.7
"""Median of the days for which a product's stock lasts, and the spread of their logarithm."""

LEAST_COVER, MOST_COVER = 10.0, 300.0
STORE = 2.0
"""A store shows a range: what it has lasts so many times as long as in a fulfilment centre."""

USUAL_UNITS = {True: 100.0, False: 6.0}
"""On hand of a product at a fulfilment centre, and at a store."""

USUAL_SHARE = 0.05
"""What is asked for follows a location's own stock, but for so much: what is sold out is missed."""

UNSOLD, RARE_UNSOLD = 0.04, 0.9
"""Shares of products of which nothing is sold: of all, and of rare ones, most of which are the last of their kind."""

TRENDING, MOST_TREND = 0.2, 0.9
WEEKDAYS = (0.7, 0.7, 0.8, 0.9, 1.2, 1.6, 1.1)


@dataclass(frozen=True, slots=True)
class _Product:
    """Days that its stock lasts (infinite: it is not sold), and the logarithm by which its sales grew over all days."""

    cover: float
    trend: float


def days(*, skus: Iterable[str], kinds: Mapping[str, str], until: date) -> Iterator[SoldDay]:
    """Units of each SKU at each location that carries it, on the days before ``until``; ``kinds`` as for stock."""
    for sku in skus:
        product = _product(sku)
        for location, kind in kinds.items():
            on_hand = demo_stock.units(sku, location, kind)
            if on_hand is not None:
                rate = _rate(product, sku, location, kind == demo_stock.FULFILMENT, on_hand)
                yield from _item(sku, location, rate, product.trend, until)


def _product(sku: str) -> _Product:
    drawn = random.Random(f"{sku} demand")
    cover = min(max(drawn.lognormvariate(math.log(USUAL_COVER), COVER_SPREAD), LEAST_COVER), MOST_COVER)
    is_sold = drawn.random() >= (RARE_UNSOLD if demo_stock.is_rare(sku) else UNSOLD)
    trend = drawn.uniform(-MOST_TREND, MOST_TREND) if drawn.random() < TRENDING else 0.0
    return _Product(cover if is_sold else math.inf, trend)


def _rate(product: _Product, sku: str, location: str, is_centre: bool, on_hand: int) -> float:
    """Units a day."""
    usual = (1 - USUAL_SHARE) * on_hand + USUAL_SHARE * USUAL_UNITS[is_centre]
    place = random.Random(f"{sku} {location}").uniform(0.7, 1.3)
    return place * usual / (product.cover * (1 if is_centre else STORE))


def _item(sku: str, location: str, rate: float, trend: float, until: date) -> Iterator[SoldDay]:
    chance = random.Random(f"{sku} {location} {until}")
    for ago in range(DAYS, 0, -1):
        day = until - timedelta(days=ago)
        mean = rate * WEEKDAYS[day.weekday()] * math.exp(trend * (0.5 - ago / DAYS))
        units = _poisson(mean, chance)
        # The first day says since when the item has been there.
        if units or ago == DAYS:
            yield SoldDay(location, sku, day.toordinal(), units)


def _poisson(mean: float, chance: random.Random) -> int:
    """By counting how many exponential waits fit into one day (Knuth); means are small."""
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count
