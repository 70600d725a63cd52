"""Holds what a region's node keeps against what it must be, and repairs what can be derived.

Counters are the truth. From them follow levels, projections and digests; from the holds that are not over yet what is
held; and the region's own log, with the sums carried forward from entries no longer kept, explains each of its
counters. Each bucket is read in one transaction, so that an audit may run while the shop sells.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import orjson

from inventory import fence, keyspace, rows
from inventory.calls import Call, Context, item_keys, own_keys
from inventory.counters import Item
from inventory.replication import reading
from inventory.replication.recovery import open_region

ATTEMPTS = 20
"""Readings of a bucket to which items or holds are just being added, before it is given up."""

PROJECTED = ("sku", "location", "on_hand", "sellable", "held")
GROWING = ("r", "u", "c", "s", "g")

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Drift:
    """Something kept that is not what it must be. ``kind``: level, projection, digest, held or ledger."""

    region: str
    kind: str
    key: str
    name: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.kind} in {self.region}: {self.key} {self.name} is {self.found}, not {self.expected}"


@dataclass(frozen=True, slots=True)
class Bucket:
    """What a node keeps in one bucket, all read at one moment."""

    region: str
    name: str
    items: Mapping[reading.Item, Fields]
    levels: Mapping[str, Fields]
    projections: Mapping[reading.Item, Fields]
    holds: Sequence[Fields]
    digest: Fields
    log: Sequence[Fields]
    carried: Fields


class MovingError(RuntimeError):
    """A bucket could not be read while it stood still: try again when less is going on."""


def audit(region: str) -> list[Drift]:
    """Whatever is not as it must be. Raises ``StockUnavailableError``, ``MovingError``."""
    with fence.reaching(region):
        return [drift for bucket in keyspace.buckets() for drift in drifts(read(region, bucket))]


def repair(region: str) -> int:
    """Derive levels, projections and digests anew; returns how many items there are."""
    with fence.reaching(region):
        return sum(_repair(region, bucket) for bucket in keyspace.buckets())


def drifts(bucket: Bucket) -> Iterator[Drift]:
    """What is wrong in a bucket. Pure."""
    items = {item: rows.item(fields) for item, fields in bucket.items.items()}
    yield from _level_drifts(bucket, items)
    yield from _projection_drifts(bucket, items)
    yield from _digest_drifts(bucket, items)
    yield from _held_drifts(bucket, items)
    yield from _ledger_drifts(bucket)


def read(region: str, bucket: str) -> Bucket:
    """All of a bucket at one moment."""
    client = fence.node(region)
    for _attempt in range(ATTEMPTS):
        skus = sorted(client.smembers(keyspace.skus(bucket)))
        holds = client.zrange(keyspace.expiring(bucket), 0, -1)
        items = reading.items_in(client, bucket)
        pipeline = client.pipeline(transaction=True)
        pipeline.smembers(keyspace.skus(bucket))
        pipeline.zrange(keyspace.expiring(bucket), 0, -1)
        pipeline.hgetall(keyspace.digest(bucket))
        pipeline.xrange(keyspace.log(bucket))
        pipeline.hgetall(keyspace.carried(bucket))
        for sku in skus:
            pipeline.hgetall(keyspace.levels(sku))
        for location, sku in items:
            pipeline.hgetall(keyspace.item(sku, location))
            pipeline.hgetall(keyspace.projection(sku, location))
        for hold in holds:
            pipeline.hgetall(keyspace.hold(bucket, hold))
        skus_now, holds_now, digest, log, carried, *found = pipeline.execute()
        levels = dict(zip(skus, found, strict=False))
        rest = found[len(skus) :]
        located = [(name[3:], sku) for sku in skus for name in levels[sku] if name.startswith("oh|")]
        if (sorted(skus_now), holds_now, sorted(located)) == (skus, holds, sorted(items)):
            return Bucket(
                region=region,
                name=bucket,
                items=dict(zip(items, rest[: 2 * len(items) : 2], strict=True)),
                levels=levels,
                projections=dict(zip(items, rest[1 : 2 * len(items) : 2], strict=True)),
                holds=rest[2 * len(items) :],
                digest=digest,
                log=[fields for _entry_id, fields in log],
                carried=carried,
            )
    raise MovingError(f"Bucket {bucket} of region {region} does not stand still: audit again when less is sold.")


def _level_drifts(bucket: Bucket, items: Mapping[reading.Item, Item]) -> Iterator[Drift]:
    expected: dict[str, Counter[str]] = {sku: Counter() for sku in bucket.levels}
    for (location, sku), item in items.items():
        figures = {"oh": item.on_hand} | {f"av|{region}": item.available(region) for region in _regions(item)}
        for name, figure in figures.items():
            expected[sku][name] += figure
            expected[sku][f"{name}|{location}"] += figure
    for sku, fields in bucket.levels.items():
        yield from _differing(bucket, "level", keyspace.levels(sku), _numbers(fields), expected[sku])


def _projection_drifts(bucket: Bucket, items: Mapping[reading.Item, Item]) -> Iterator[Drift]:
    here = bucket.region
    for (location, sku), item in items.items():
        kept = bucket.projections[location, sku]
        sellable = sum(item.available(region) for region in _regions(item))
        values = (sku, location, item.on_hand, sellable, item.row(here).held)
        for name, value in zip(PROJECTED, values, strict=True):
            if kept.get(name, "") != str(value):
                key = keyspace.projection(sku, location)
                yield Drift(here, "projection", key, name, kept.get(name, ""), str(value))


def _digest_drifts(bucket: Bucket, items: Mapping[reading.Item, Item]) -> Iterator[Drift]:
    expected: Counter[str] = Counter()
    for item in items.values():
        expected.update({region: row.version for region, row in item.rows.items()})
    yield from _differing(bucket, "digest", keyspace.digest(bucket.name), _numbers(bucket.digest), expected)


def _held_drifts(bucket: Bucket, items: Mapping[reading.Item, Item]) -> Iterator[Drift]:
    held: Counter[reading.Item] = Counter()
    for hold in bucket.holds:
        if hold.get("state") != "held":
            continue
        flat, epochs = orjson.loads(hold["lines"]), hold["epochs"].split()
        for location, sku, quantity, epoch in zip(flat[::3], flat[1::3], flat[2::3], epochs, strict=True):
            if (item := items.get((location, sku))) and item.epoch == int(epoch):
                held[location, sku] += quantity
    for (location, sku), item in items.items():
        kept, expected = item.row(bucket.region).held, held[location, sku]
        if kept != expected:
            yield Drift(bucket.region, "held", keyspace.item(sku, location), "h", str(kept), str(expected))


def _ledger_drifts(bucket: Bucket) -> Iterator[Drift]:
    said: dict[str, Counter[str]] = {}
    for place, value in bucket.carried.items():
        item, _bar, name = place.rpartition("|")
        said.setdefault(item, Counter())[name] += int(value)
    for fields in bucket.log:
        for name, value in fields.items():
            if name.startswith("+") and name != "+h":
                said.setdefault(f"{fields['location']}|{fields['sku']}", Counter())[name[1:]] += int(value)
    for (location, sku), fields in bucket.items.items():
        own = {name: int(value) for name, value in rows.told(fields, bucket.region).items() if name[0] in GROWING}
        expected = said.get(f"{location}|{sku}", Counter())
        yield from _differing(bucket, "ledger", keyspace.item(sku, location), own, expected)


def _differing(
    bucket: Bucket, kind: str, key: str, found: Mapping[str, int], expected: Mapping[str, int]
) -> Iterator[Drift]:
    for name in sorted({*found, *expected}):
        if found.get(name, 0) != expected.get(name, 0):
            yield Drift(bucket.region, kind, key, name, str(found.get(name, 0)), str(expected.get(name, 0)))


def _regions(item: Item) -> set[str]:
    """Regions that have a row, or rights by somebody else's."""
    return {*item.rows, *(to for row in item.rows.values() for to in row.given)}


def _numbers(fields: Fields) -> dict[str, int]:
    return {name: int(value) for name, value in fields.items()}


def _repair(region: str, bucket: str) -> int:
    items = reading.items_in(fence.node(region), bucket)
    if not items:
        return 0
    keys = own_keys(bucket, keyspace.operation(bucket, "repair"))
    for location, sku in items:
        keys += item_keys(sku, location)
    call = Call("repair", keys, [*Context(region, "repair").arguments(), rows.packed(items)])
    return int(fence.run(call, region=region, opener=open_region))
