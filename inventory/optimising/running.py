"""One run of the optimiser for a region: learn what was sold, class what sells, work out what is due, say what it
comes to.

Each step may be killed and run again. Two runs at once would do the same work twice, no harm: so a lock keeps one away,
for as long as the other tells that it is alive.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import numpy as np
import orjson

from inventory import fence, keyspace, places
from inventory.optimising import classes, learning, revenue
from inventory.optimising.advising import HUNDREDTHS, Adviser
from inventory.optimising.classes import Cuts
from inventory.optimising.days import SECOND_MS, Places
from inventory.optimising.history import Floats
from inventory.optimising.policy import Policy
from redismart.redis import replies
from redismart.redis.connections import ShopRedis

LOCK_SECONDS = 120
RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


@dataclass(frozen=True, slots=True)
class Run:
    """What a run did: log entries learned, SKUs looked at, how long it took."""

    entries: int
    skus: int
    seconds: float


def run(*, region: str, policy: Policy, now: int | None = None) -> Run | None:
    """Run once; None when another run is at it. ``now``: epoch ms, the clock of the region's node unless told."""
    started = time.monotonic()
    client = fence.node(region)
    with fence.reaching(region), _alone(client) as alive:
        if alive is None:
            return None
        moment = now if now is not None else _clock(client)
        here = Places({location.id: location for location in places.all_locations()}, region)
        entries = learning.learn(region=region, places=here, policy=policy, now=moment, alive=alive.tell)
        cuts, shares = _cuts(client)
        adviser = Adviser(region, here, policy, cuts, moment)
        skus = 0
        for bucket in keyspace.buckets():
            alive.tell()
            skus += adviser.advise(bucket)
        done = Run(entries, skus, time.monotonic() - started)
        _note(client, done, cuts, shares, moment)
    return done


@dataclass(frozen=True, slots=True)
class _Alive:
    """Keeps the lock while work goes on."""

    client: ShopRedis
    token: str

    def tell(self) -> None:
        if self.client.get(keyspace.OPTIMISING) == self.token:
            self.client.expire(keyspace.OPTIMISING, LOCK_SECONDS)


@contextmanager
def _alone(client: ShopRedis) -> Iterator[_Alive | None]:
    token = uuid4().hex
    if not client.set(keyspace.OPTIMISING, token, nx=True, ex=LOCK_SECONDS):
        yield None
        return
    try:
        yield _Alive(client, token)
    finally:
        client.eval(RELEASE, 1, keyspace.OPTIMISING, token)


def _clock(client: ShopRedis) -> int:
    seconds, microseconds = client.time()
    return int(seconds) * SECOND_MS + int(microseconds) // 1000


def _cuts(client: ShopRedis) -> tuple[Cuts, dict[str, list[float]]]:
    """Where classes begin, and how many SKUs and what part of the revenue each has."""
    earned = np.concatenate([_earned(client, bucket) for bucket in keyspace.buckets()])
    cuts = classes.cuts(earned)
    kinds = cuts.classes(earned)
    total = max(earned.sum(), 1e-12)
    shares = {
        name: [int((kinds == number).sum()), float(earned[kinds == number].sum() / total)]
        for number, name in enumerate("ABC")
    }
    return cuts, shares


def _earned(client: ShopRedis, bucket: str) -> Floats:
    """The revenues of one bucket: of a million SKUs, names beside them would take a hundred times the memory."""
    pipeline = client.pipeline(transaction=False)
    pipeline.zrange(keyspace.revenue(bucket), 0, -1, withscores=True)
    (found,) = _sound(pipeline)
    return np.array([score for _sku, score in found], dtype=np.float64)


def _note(client: ShopRedis, done: Run, cuts: Cuts, shares: dict[str, list[float]], now: int) -> None:
    """What people and the next look at an item want to know of it."""
    facts: dict[str, Any] = {
        "at": now,
        "seconds": round(done.seconds, 2),
        "skus": done.skus,
        "cuts": orjson.dumps([cuts.a, cuts.b]) if np.isfinite(cuts.a) else b"",
        "classes": orjson.dumps(shares),
        "kinds": orjson.dumps(_kinds(client)),
        "days": orjson.dumps(_sold_days(client)),
        "stock": _worth(client),
    }
    pipeline = client.pipeline(transaction=True)
    pipeline.delete(keyspace.OPTIMISED)
    pipeline.hset(keyspace.OPTIMISED, mapping=facts)
    pipeline.execute()


def _kinds(client: ShopRedis) -> dict[str, list[float]]:
    """Of each kind of proposal: how many, how many units, and their value."""
    reduced = ("COUNT", 0, "AS", "n"), ("SUM", 1, "@units", "AS", "units"), ("SUM", 1, "@value", "AS", "value")
    command: list[Any] = ["FT.AGGREGATE", keyspace.ADVICE_INDEX, "*", "GROUPBY", 1, "@kind"]
    for reducer in reduced:
        command += ["REDUCE", *reducer]
    found = [replies.pairs(row) for row in client.execute_command(*command, "TIMEOUT", 0)[1:]]
    return {row["kind"]: [int(row["n"]), float(row["units"]), float(row["value"])] for row in found}


def _worth(client: ShopRedis) -> float:
    """What all that is on hand here cost."""
    pipeline = client.pipeline()
    for bucket in keyspace.buckets():
        pipeline.hget(keyspace.learned(bucket), keyspace.WORTH)
    return sum(replies.whole(each or None) for each in _sound(pipeline)) / HUNDREDTHS


def _sound(pipeline: Any) -> list[Any]:
    """Replies of all buckets; nothing of one of which something is damaged."""
    return [replies.sound(reply) or [] for reply in pipeline.execute(raise_on_error=False)]


def _days(fields: Any) -> dict[int, int]:
    return {int(day): replies.whole(units) for day, units in dict(fields).items() if day.isascii() and day.isdigit()}


def _sold_days(client: ShopRedis) -> dict[str, int]:
    """Units sold by day; days that are too long ago are forgotten."""
    pipeline = client.pipeline()
    for bucket in keyspace.buckets():
        pipeline.hgetall(keyspace.sold_days(bucket))
    sums: dict[int, int] = {}
    found = [_days(fields or {}) for fields in _sound(pipeline)]
    for fields in found:
        for day, units in fields.items():
            sums[day] = sums.get(day, 0) + units
    oldest = max(sums, default=0) - revenue.SOLD_DAYS
    pipeline = client.pipeline()
    for bucket, fields in zip(keyspace.buckets(), found, strict=True):
        if gone := [day for day in fields if day <= oldest]:
            pipeline.hdel(keyspace.sold_days(bucket), *gone)
    pipeline.execute()
    return {str(day): units for day, units in sorted(sums.items()) if day > oldest}
