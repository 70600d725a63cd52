"""What the demo's locations sold before it was started: plausible, and the same everywhere for the same day. Pure.

A few products sell well, most now and then, some not at all; weekends are busy, some products come into fashion and
some go out of it.
"""

import math
import random
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from inventory import demo_stock
from inventory.results import SoldDay

DAYS = 60
BUSIEST, STEEPNESS, LEAST = 1.1, 3.0, 0.01
"""Units a day of the best seller at a store; how quickly others fall behind; and what even slow ones sell."""

UNSOLD_OF = 11
"""Of so many products one is not sold at all."""

CENTRE = 6.0
"""A fulfilment centre sends as much as so many stores sell."""

WEEKDAYS = (0.7, 0.7, 0.8, 0.9, 1.2, 1.6, 1.1)
MOST_TREND = 0.9


def days(*, skus: Iterable[str], kinds: Mapping[str, str], until: date) -> Iterator[SoldDay]:
    """Units of each SKU at each location that carries it, on the days before ``until``; ``kinds`` as for stock."""
    for sku in skus:
        for location, kind in kinds.items():
            if demo_stock.carries(sku, location, kind):
                yield from _item(sku, location, kind, until)


def _item(sku: str, location: str, kind: str, until: date) -> Iterator[SoldDay]:
    product = zlib.crc32(sku.encode())
    chance = random.Random(f"{sku} {location} {until}")
    place = random.Random(f"{sku} {location}").uniform(0.4, 1.6) * (CENTRE if kind == demo_stock.FULFILMENT else 1.0)
    rate = 0.0 if product % UNSOLD_OF == 0 else place * (LEAST + BUSIEST * (product % 997 / 997) ** STEEPNESS)
    trend = MOST_TREND * ((product >> 8) % 201 - 100) / 100 if product % 5 == 0 else 0.0
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
