"""Measures the optimiser: over a region whose every item is due, and again after some sales.

Demand is made up, and what is kept of it is written as the optimiser itself would have: what is measured is the
product's own command, in a process of its own.
"""

import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.random import Generator

from bench.loading import BYTES_PER_MB, managed
from bench.regions import HERE, open_all
from bench.results import Optimising
from catalog import api as catalog
from inventory import fence, holds, keyspace, operations, placing
from inventory.models import Location, Point
from inventory.optimising import days, finding, history, made_up, policy, revenue
from inventory.optimising.diaries import Diary
from inventory.optimising.history import Floats, Sold
from inventory.results import Line, Operation
from redismart.redis import searched

LOCATIONS = 50
HISTORY_DAYS = 84
PER_TRIP = 1_000
MOST_COVER_DAYS = 60
"""For how long what is on hand lasts, evenly spread from nought: some has run out, some is slow."""

SALES = 1_000
SEED = 20_240_601

Say = Callable[[str], object]


def measure(*, say: Say) -> Optimising:
    """Advise on every product of the catalogue at ``LOCATIONS`` stores, then on those of ``SALES`` sales."""
    open_all()
    placing.store(locations={name: _location(name, number) for number, name in enumerate(_names())})
    searched.ensure_of_hashes()
    skus = _every_sku()
    say(f"Making up what {len(skus):,} products sold at {LOCATIONS} locations.")
    chance = np.random.default_rng(SEED)
    for start in range(0, len(skus), PER_TRIP):
        _fill(skus[start : start + PER_TRIP], chance)
    before = _memory()
    say(f"Optimising {len(skus) * LOCATIONS:,} items.")
    whole, peak = _timed()
    after = _memory()
    _sell([str(sku) for sku in chance.choice(skus, size=min(SALES, len(skus)), replace=False)])
    say(f"Optimising again after {SALES:,} sales.")
    again, _peak = _timed()
    proposals = sum(int(found[0]) for found in finding.summary(region=HERE).kinds.values())
    return Optimising(
        len(skus), LOCATIONS, whole, peak / BYTES_PER_MB, proposals, (after - before) / BYTES_PER_MB, again
    )


def _names() -> list[str]:
    return [f"bench-{number}" for number in range(LOCATIONS)]


def _location(name: str, number: int) -> Location:
    """Spread over a continent, so that distances differ."""
    point = Point(lon=-120.0 + number, lat=30.0 + number * 7 % 18)
    return Location(id=name, name=name, region=HERE, city=name, country="US", point=point, timezone="America/Chicago")


def _every_sku() -> list[str]:
    found: dict[str, None] = {}
    cursor = -1
    while cursor:
        cursor, some = catalog.some_skus(cursor=max(cursor, 0), most=PER_TRIP)
        found |= dict.fromkeys(some)
    return list(found)


def _fill(skus: Sequence[str], chance: Generator) -> None:
    """Diaries, levels and revenue of some SKUs, all of them due."""
    today = days.Places({}, HERE).today(int(time.time() * days.SECOND_MS))
    first = today - HISTORY_DAYS
    made = made_up.shoppers(
        seed=int(chance.integers(2**32)), skus=len(skus), locations=LOCATIONS, days=HISTORY_DAYS, first=first
    )
    rows, passed = made.asked.nonzero()
    sold = Sold(rows, first + passed, made.asked[rows, passed])
    blank = history.blank(len(made.asked))
    state = history.learned(blank, sold, today, half_life=policy.current().half_life)
    rates = made.asked.mean(axis=1)
    on_hand = chance.poisson(rates * chance.uniform(0, MOST_COVER_DAYS, len(rates)))
    _write(skus, state, on_hand, made.asked.sum(axis=1), today)


def _write(skus: Sequence[str], state: Floats, on_hand: Floats, sold: Floats, today: int) -> None:
    pipeline = fence.node(HERE).pipeline(transaction=False)
    for number, sku in enumerate(skus):
        part = slice(number * LOCATIONS, (number + 1) * LOCATIONS)
        bucket, there = keyspace.bucket_of(sku), dict(zip(_names(), map(int, on_hand[part]), strict=True))
        pipeline.set(keyspace.demand(sku), Diary(today, _names(), state[part]).encoded())
        levels = {f"oh|{name}": units for name, units in there.items()}
        pipeline.hset(
            keyspace.levels(sku), mapping=levels | {f"av|{HERE}|{name}": units for name, units in there.items()}
        )
        pipeline.zadd(keyspace.revenue(bucket), {sku: float(sold[part].sum()) * revenue.weight(today)})
        pipeline.zadd(keyspace.due(bucket), {sku: 0})
    pipeline.execute()


def _sell(skus: Sequence[str]) -> None:
    """One unit of each, at a location that is given some."""
    place = _names()[0]
    for sku in skus:
        operations.receive(sku=sku, location=place, quantity=1, operation=Operation(f"in-{sku}", region=HERE))
        sale = Operation(f"out-{sku}", region=HERE)
        holds.confirm(hold=holds.hold(lines=[Line(place, sku, 1)], operation=sale))


def _timed() -> tuple[float, int]:
    """Seconds that the command took, and the most memory (bytes) it held."""
    started = time.perf_counter()
    peak = managed(["optimise_stock", "--region", HERE])
    return time.perf_counter() - started, peak


def _memory() -> int:
    """Bytes that the region's node holds."""
    return int(fence.node(HERE).info("memory")["used_memory"])
