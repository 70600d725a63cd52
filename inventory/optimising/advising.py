"""Works out anew what is proposed for SKUs whose time has come, and writes what changed.

A SKU's time comes when its stock changed, and a day after it was last looked at: then its demand has faded by a day.
What is proposed of a SKU is written in one transaction with its diary and with when to look next, and only if nobody
has written diaries of the bucket meanwhile: a run that dies half-way leaves the rest due."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import uuid4

import numpy as np
import orjson
import structlog
from pydantic import Field, TypeAdapter
from redis.exceptions import WatchError

from inventory import fence, keyspace
from inventory.optimising import plans, proposing
from inventory.optimising.classes import Cuts
from inventory.optimising.days import SECOND_MS, Places
from inventory.optimising.diaries import Desk, Diary
from inventory.optimising.history import FIRST, NEVER, ORIGIN, OUT, Whole
from inventory.optimising.policy import Policy
from inventory.optimising.proposing import Proposals, Worked
from inventory.optimising.working import Stock, work_out
from redismart import prices
from redismart.redis import away, replies

PER_TRIP = 300
DAY_SECONDS = 86_400
SPREAD_SECONDS = 3_600
"""What was first seen together is not looked at together for ever."""

ATTEMPTS = 3
HUNDREDTHS = 100
TOLD_AS = TypeAdapter(dict[str, Annotated[list[str], Field(min_length=3, max_length=3)]])
log = structlog.get_logger(__name__)

Told = Mapping[str, Sequence[str]]
"""Of each proposal that is there: a digest of what it says, its id and its units."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is kept of some SKUs of one bucket."""

    diaries: Mapping[str, Diary]
    levels: Mapping[str, Mapping[str, str]]
    plans: Mapping[str, Mapping[str, str]]
    told: Mapping[str, Told]
    revenue: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Adviser:
    """Advises a region as of one moment (``now``, epoch ms)."""

    region: str
    places: Places
    policy: Policy
    cuts: Cuts
    now: int

    @property
    def today(self) -> int:
        return self.places.today(self.now)

    def advise(self, bucket: str) -> int:
        """Look at what is due in a bucket; returns at how many SKUs."""
        client, total = fence.node(self.region), 0
        while due := client.zrangebyscore(keyspace.due(bucket), "-inf", self.now / SECOND_MS, start=0, num=PER_TRIP):
            if not self._looked_at(bucket, due):
                return total
            total += len(due)
        return total

    def _looked_at(self, bucket: str, skus: Sequence[str]) -> bool:
        """As ``_advised``; a SKU of which something is damaged waits until tomorrow, and the others do not."""
        try:
            return self._advised(bucket, skus)
        except replies.DAMAGED as error:
            if away.behind(error) is not None:
                raise
            if len(skus) == 1:
                log.warning("sku_left_out", sku=skus[0], reason=str(error)[: replies.LONGEST_REASON])
                tomorrow = self.now // SECOND_MS + DAY_SECONDS
                fence.node(self.region).zadd(keyspace.due(bucket), {skus[0]: tomorrow})
                return True
        middle = len(skus) // 2
        return all(self._looked_at(bucket, half) for half in (skus[:middle], skus[middle:]))

    def _advised(self, bucket: str, skus: Sequence[str]) -> bool:
        """Whether it could be written; if others write all the while it stays due."""
        for _attempt in range(ATTEMPTS):
            try:
                with fence.node(self.region).pipeline(transaction=True) as pipeline:
                    pipeline.watch(keyspace.learned(bucket))
                    known = self.read(bucket, skus)
                    desk, worked = self.worked(skus, known)
                    pipeline.multi()
                    _appraise(pipeline, bucket, desk, worked.stock, self.policy)
                    self._write(pipeline, bucket, known, desk, proposing.proposals(worked, self.policy))
                    pipeline.execute()
            except WatchError:
                continue
            return True
        return False

    def read(self, bucket: str, skus: Sequence[str]) -> Known:
        """All that proposals rest on, in one round trip."""
        pipeline = fence.node(self.region).pipeline()
        pipeline.mget([keyspace.demand(sku) for sku in skus])
        pipeline.mget([keyspace.advised(sku) for sku in skus])
        pipeline.zmscore(keyspace.revenue(bucket), list(skus))
        for sku in skus:
            pipeline.hgetall(keyspace.levels(sku))
        for sku in skus:
            pipeline.hgetall(keyspace.plan(sku))
        diaries, told, revenue, *found = pipeline.execute()
        return Known(
            diaries={sku: Diary.decoded(each, day=self.today) for sku, each in zip(skus, diaries, strict=True)},
            levels=dict(zip(skus, found[: len(skus)], strict=True)),
            plans=dict(zip(skus, found[len(skus) :], strict=True)),
            told={sku: proposals_told(each) for sku, each in zip(skus, told, strict=True)},
            revenue={sku: float(each or 0) for sku, each in zip(skus, revenue, strict=True)},
        )

    def worked(self, skus: Sequence[str], known: Known) -> tuple[Desk, Worked]:
        """What follows of some SKUs, and their diaries as of today."""
        stocked = {sku: self._stocked(known.levels[sku]) for sku in skus}
        desk = Desk(known.diaries, stocked, self.today)
        desk.roll(self.policy.half_life)
        stock = self._stock(desk, known)
        desk.state[:, OUT] = stock.on_hand <= 0
        there = (desk.state[:, FIRST] == NEVER) & (stock.on_hand > 0)
        desk.state[there, FIRST] = self.today - ORIGIN

        def km(rows: Whole) -> Any:
            return self.places.km([desk.locations[row] for row in rows])

        figures = work_out(desk.state, self.today, desk.numbers, stock, policy=self.policy, km=km)
        names = [sku for (sku, _location) in desk.of]
        return desk, Worked(names, desk.locations, stock, figures)

    def _stocked(self, levels: Mapping[str, str]) -> list[str]:
        """Own locations that have stock of a SKU, or had."""
        named = (name.removeprefix("oh|") for name in levels if name.startswith("oh|"))
        return [name for name in named if name in self.places]

    def _stock(self, desk: Desk, known: Known) -> Stock:
        items = list(desk.of)
        costs, today = prices.of(desk.skus), self.today
        planned = [plans.of_fields(known.plans[sku], location) for sku, location in items]
        leads = [self.policy.lead(location) for _sku, location in items]
        kinds = self.cuts.classes(np.array([known.revenue[sku] for sku, _location in items], dtype=np.float64))
        return Stock(
            on_hand=_levels(known, items, "oh|{}"),
            free=_levels(known, items, f"av|{self.region}|{{}}"),
            coming=np.array([plan.coming(today, lead) for plan, lead in zip(planned, leads, strict=True)], float),
            points=np.array([np.nan if plan.point is None else plan.point for plan in planned], float),
            price=np.array([costs.get(sku, 0.0) for sku, _location in items], float),
            lead=np.array(leads, dtype=np.int64),
            kind=kinds,
        )

    def _write(self, pipeline: Any, bucket: str, known: Known, desk: Desk, found: Mapping[str, Proposals]) -> None:
        for sku, diary in desk.diaries().items():
            pipeline.set(keyspace.demand(sku), diary.encoded())
            tell(pipeline, sku, known.told[sku], found.get(sku, {}))
        pipeline.hincrby(keyspace.learned(bucket), keyspace.WRITES, 1)
        again = self.now // SECOND_MS + DAY_SECONDS
        pipeline.zadd(keyspace.due(bucket), {sku: again + _offset(sku) for sku in desk.skus})


def _appraise(pipeline: Any, bucket: str, desk: Desk, stock: Stock, policy: Policy) -> None:
    """Have diaries say what stock is worth now, and their bucket what all is."""
    costs = stock.on_hand * stock.price * policy.cost_share
    by_sku = np.bincount(desk.numbers, weights=costs, minlength=len(desk.skus))
    worth = {sku: round(float(each) * HUNDREDTHS) for sku, each in zip(desk.skus, by_sku, strict=True)}
    pipeline.hincrby(keyspace.learned(bucket), keyspace.WORTH, sum(worth.values()) - sum(desk.worth.values()))
    desk.worth = worth


def _levels(known: Known, items: Iterable[tuple[str, str]], name: str) -> Any:
    return np.array(
        [max(replies.whole(known.levels[sku].get(name.format(location))), 0) for sku, location in items], float
    )


def proposals_told(stored: str | None) -> dict[str, list[str]]:
    """What is kept of a SKU's proposals; none where that is damaged: they are told anew."""
    try:
        return TOLD_AS.validate_json(stored or "{}")
    except ValueError:
        log.warning("proposals_told_anew")
        return {}


def _offset(sku: str) -> int:
    return hashlib.sha256(sku.encode()).digest()[0] * SPREAD_SECONDS // 256


def tell(pipeline: Any, sku: str, before: Told, now: Proposals) -> None:
    """Queue what changed of a SKU's proposals. One that proposes as many units as before keeps its id."""
    after: dict[str, list[str]] = {}
    for name, fields in now.items():
        digest = hashlib.sha256(proposing.told(fields).encode()).hexdigest()[:12]
        known = before.get(name, ("", "", ""))
        same = known[2] == fields["units"]
        after[name] = [digest, known[1] if same else uuid4().hex, fields["units"]]
        if known[0] != digest:
            pipeline.delete(keyspace.advice(sku, name))
            pipeline.hset(keyspace.advice(sku, name), mapping=fields | {"id": after[name][1]})
    for name in before.keys() - now.keys():
        pipeline.delete(keyspace.advice(sku, name))
    if after:
        pipeline.set(keyspace.advised(sku), orjson.dumps(after))
    elif before:
        pipeline.delete(keyspace.advised(sku))
