"""Learns from a region's logs what was sold at its own locations, wherever it was sold.

Bucket by bucket: what the logs said since last time, the diaries that changed by it and how far the logs were read are
written in one transaction, so that each sale counts once whatever dies in between. Of what was read and not written
nothing is left.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import structlog
from redis.exceptions import WatchError

from inventory import fence, keyspace
from inventory.calls import START
from inventory.optimising import history, plans, revenue
from inventory.optimising.days import SECOND_MS, Places
from inventory.optimising.diaries import Desk, Diary
from inventory.optimising.history import ORIGIN, TOLD, Sold
from inventory.optimising.plans import Plan
from inventory.optimising.policy import Policy
from inventory.replication import reading
from inventory.replication.reading import Item, named
from redismart import prices
from redismart.redis import away, replies

PER_LOG = 2_000
ATTEMPTS = 5
log = structlog.get_logger(__name__)
UNPRICED = 1.0
"""What is sold without a price counts by its units."""

Sales = Mapping[tuple[str, str, int], int]
"""Units by SKU, location and day. Nought units say that the item was there that day."""


@dataclass(slots=True)
class Learned:
    """What some entries tell: units sold by SKU, location and day, arrivals, and the SKUs whose stock changed at
    all."""

    sold: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    arrived: Counter[Item] = field(default_factory=Counter)
    retired: set[Item] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    told: bool = False

    def add(self, entry: Mapping[str, str], places: Places) -> None:
        location, sku = entry.get("location", ""), entry.get("sku", "")
        if location not in places:
            return
        self.changed.add(sku)
        quantity, item = int(entry.get("quantity", 0)), (location, sku)
        if entry["kind"] == "sale":
            self.sold[sku, location, places.day(int(entry["at"]), location)] -= quantity
        elif entry["kind"] == "receive":
            self.arrived[item] += quantity
            # From then on it could be sold.
            self.sold[sku, location, places.day(int(entry["at"]), location)] += 0
        elif entry["kind"] == "retire":
            self._forget(item)

    def _forget(self, item: Item) -> None:
        location, sku = item
        self.retired.add(item)
        self.sold = Counter({key: units for key, units in self.sold.items() if key[:2] != (sku, location)})


def learn(*, region: str, places: Places, policy: Policy, now: int, alive: Callable[[], None] = lambda: None) -> int:
    """Take in all that the logs tell; returns of how many entries. ``now`` in epoch ms; ``alive`` is called between
    buckets."""
    total = 0
    for bucket in keyspace.buckets():
        alive()
        total += _learn_or_leave(region, bucket, places, policy, now)
    return total


def _learn_or_leave(region: str, bucket: str, places: Places, policy: Policy, now: int) -> int:
    """A bucket of which something is damaged is left as it is, and the others are not."""
    try:
        return _learn_bucket(region, bucket, places, policy, now)
    except replies.DAMAGED as error:
        if away.behind(error) is not None:
            raise
        log.warning("bucket_left_out", bucket=bucket, reason=str(error)[: replies.LONGEST_REASON])
        return 0


def _learn_bucket(region: str, bucket: str, places: Places, policy: Policy, now: int) -> int:
    total = 0
    while read := _learn_some(region, bucket, places, policy, now):
        total += read
    return total


def _learn_some(region: str, bucket: str, places: Places, policy: Policy, now: int) -> int:
    for _attempt in range(ATTEMPTS):
        try:
            return _try(region, bucket, places, policy, now)
        except WatchError:
            continue
    return 0


def _try(region: str, bucket: str, places: Places, policy: Policy, now: int) -> int:
    client = fence.node(region)
    logs = _logs(region, bucket)
    with client.pipeline(transaction=True) as pipeline:
        pipeline.watch(keyspace.learned(bucket))
        known = client.hmget(keyspace.learned(bucket), list(logs))
        found = reading.entries_after(client, list(logs.values()), [each or START for each in known], most=PER_LOG)
        read = {source: entries[-1][0] for source, entries in zip(logs, found, strict=True) if entries}
        if not read:
            return 0
        told = Learned()
        for _entry_id, flat in (entry for entries in found for entry in entries):
            told.add(named(flat), places)
        planned = plans.read(region, told.arrived)
        if planned:
            pipeline.watch(*(keyspace.plan(sku) for _location, sku in planned))
            planned = plans.read(region, told.arrived)
        diaries = _read(client, sorted({sku for sku, _location, _day in told.sold} | _skus(told.retired)), places, now)
        pipeline.multi()
        write(pipeline, bucket, told, diaries, today=places.today(now), policy=policy)
        _arrive(pipeline, told.arrived, planned)
        if told.changed:
            pipeline.zadd(keyspace.due(bucket), dict.fromkeys(sorted(told.changed), now / SECOND_MS), lt=True)
        pipeline.hset(keyspace.learned(bucket), mapping=read)
        pipeline.execute()
    return sum(map(len, found))


def _logs(region: str, bucket: str) -> dict[str, str]:
    own = {region: keyspace.log(bucket)}
    return own | {peer: keyspace.log_of(bucket, peer) for peer in reading.peers_of(region)}


def _skus(items: Iterable[Item]) -> set[str]:
    return {sku for _location, sku in items}


def _read(client: Any, skus: Sequence[str], places: Places, now: int) -> dict[str, Diary]:
    found = client.mget([keyspace.demand(sku) for sku in skus]) if skus else []
    today = places.today(now)
    return {sku: Diary.decoded(stored, day=today) for sku, stored in zip(skus, found, strict=True)}


def write(
    pipeline: Any,
    bucket: str,
    learned: Learned,
    diaries: Mapping[str, Diary],
    *,
    today: int,
    policy: Policy,
) -> None:
    """Queue the diaries of one bucket with what was sold, and all that is added up from it.

    What is told of a day that has not come is of ``today``: somebody's clock is ahead.
    """
    by_item = _until(learned.sold, today)
    wanted: defaultdict[str, list[str]] = defaultdict(list)
    for sku, location, _day in by_item:
        wanted[sku].append(location)
    desk = Desk(diaries, wanted, today)
    desk.roll(policy.half_life)
    for location, sku in learned.retired:
        if (row := desk.of.get((sku, location))) is not None:
            desk.state[row] = 0
    sold = _sold(by_item, desk)
    desk.state = history.learned(desk.state, sold, today, half_life=policy.half_life)
    if learned.told:
        np.maximum.at(desk.state[:, TOLD], sold.rows, (sold.days - ORIGIN).astype(np.float64))
    for sku, diary in desk.diaries().items():
        pipeline.set(keyspace.demand(sku), diary.encoded())
    pipeline.hincrby(keyspace.learned(bucket), keyspace.WRITES, 1)
    _add_up(pipeline, bucket, by_item, today)


def _until(sold: Sales, today: int) -> Sales:
    told: Counter[tuple[str, str, int]] = Counter()
    for (sku, location, day), units in sold.items():
        told[sku, location, min(day, today)] += units
    return told


def _sold(by_item: Sales, desk: Desk) -> Sold:
    rows = np.array([desk.of[sku, location] for sku, location, _day in by_item], dtype=np.int64)
    days = np.array([day for _sku, _location, day in by_item], dtype=np.int64)
    return Sold(rows, days, np.array(list(by_item.values()), dtype=np.float64))


def _add_up(pipeline: Any, bucket: str, by_item: Sales, today: int) -> None:
    """Revenue by SKU, and units by day."""
    skus = sorted({sku for (sku, _location, _day), units in by_item.items() if units > 0})
    known = prices.of(skus)
    by_day: Counter[int] = Counter()
    earned: Counter[str] = Counter()
    for (sku, _location, day), units in by_item.items():
        by_day[day] += units
        earned[sku] += units * known.get(sku, UNPRICED) * revenue.weight(day)  # type: ignore[assignment]
    for sku, amount in earned.items():
        if amount > 0:
            pipeline.zincrby(keyspace.revenue(bucket), amount, sku)
    for day, units in by_day.items():
        if units > 0 and day > today - revenue.SOLD_DAYS:
            pipeline.hincrby(keyspace.sold_days(bucket), str(day), units)


def _arrive(pipeline: Any, arrived: Mapping[Item, int], planned: Mapping[Item, Plan]) -> None:
    """What was ordered and has come is on its way no longer."""
    for item, plan in planned.items():
        plans.write(pipeline, item, plan.arrived(arrived[item]))
