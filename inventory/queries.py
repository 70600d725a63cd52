"""Reads of stock, from this region's own node."""

from collections.abc import Iterable, Mapping, Sequence

from inventory import fence, keyspace, places
from inventory.replication import reading
from inventory.results import Entry, Levels, LocationLevel
from redismart.redis import replies


def levels(*, skus: Sequence[str], region: str | None = None) -> dict[str, Levels]:
    """What is on hand and may be sold of each SKU, everywhere, in one round trip."""
    here = region or fence.here()
    pipeline = fence.node(here).pipeline()
    pipeline.time()
    pipeline.hgetall(keyspace.HEARD)
    for sku in skus:
        pipeline.hgetall(keyspace.levels(sku))
    with fence.reaching(here):
        clock, heard, *found = pipeline.execute()
    ages = _ages(here, heard, int(clock[0]) * 1000 + int(clock[1]) // 1000)
    return {sku: _levels(sku, fields, ages) for sku, fields in zip(skus, found, strict=True)}


def totals(
    *,
    skus: Sequence[str],
    detailed: Sequence[str] = (),
    region: str | None = None,
) -> dict[str, Levels]:
    """As ``levels``, without the locations: what a list of products needs of a chain with a thousand stores.

    Those of ``detailed`` come with them, in the same round trip, which then also tells ``places`` what is new there.
    """
    here = region or fence.here()
    regions = [here, *reading.peers_of(here)]
    pipeline = fence.node(here).pipeline()
    pipeline.time()
    pipeline.hgetall(keyspace.HEARD)
    for sku in detailed:
        pipeline.hgetall(keyspace.levels(sku))
    for sku in skus:
        pipeline.hmget(keyspace.levels(sku), "oh", *(f"av|{name}" for name in regions))
    pipeline.get(keyspace.LOCATION_VERSION)
    with fence.reaching(here):
        clock, heard, *found, version = pipeline.execute()
    if here == fence.here():
        places.note(version)
    ages = _ages(here, heard, int(clock[0]) * 1000 + int(clock[1]) // 1000)
    found, whole = found[len(detailed) :], found[: len(detailed)]
    short = {sku: _totals(sku, values, regions, ages) for sku, values in zip(skus, found, strict=True)}
    return short | {sku: _levels(sku, fields, ages) for sku, fields in zip(detailed, whole, strict=True)}


def ledger(*, sku: str, region: str | None = None, most: int = 100) -> list[Entry]:
    """What was done to a SKU lately, in every region, newest first."""
    here, bucket = region or fence.here(), keyspace.bucket_of(sku)
    sources = {here: keyspace.log(bucket)} | {peer: keyspace.log_of(bucket, peer) for peer in reading.peers_of(here)}
    pipeline = fence.node(here).pipeline()
    for key in sources.values():
        pipeline.xrevrange(key, count=most * keyspace.BUCKETS)
    with fence.reaching(here):
        logs = pipeline.execute()
    found = [
        entry(source, entry_id, fields)
        for source, entries in zip(sources, logs, strict=True)
        for entry_id, fields in entries
        if fields.get("sku") == sku
    ]
    return sorted(found, key=lambda each: -each.at)[:most]


def entry(region: str, entry_id: str, fields: Mapping[str, str]) -> Entry:
    """A log entry as Redis keeps it."""
    return Entry(
        entry_id=entry_id,
        region=region,
        operation=fields.get("op", ""),
        kind=fields.get("kind", ""),
        location=fields.get("location", ""),
        sku=fields.get("sku", ""),
        quantity=replies.whole(fields.get("quantity")),
        who=fields.get("who", ""),
        why=fields.get("why", ""),
        at=replies.whole(fields.get("at")),
        counted=replies.whole(fields["counted"]) if "counted" in fields else None,
        changes={name[1:]: replies.whole(value) for name, value in fields.items() if name.startswith("+")},
    )


def _ages(here: str, heard: Mapping[str, str], now: int) -> dict[str, int | None]:
    return {peer: max(now - int(heard[peer]), 0) if peer in heard else None for peer in reading.peers_of(here)}


def _levels(sku: str, fields: Mapping[str, str], ages: Mapping[str, int | None]) -> Levels:
    on_hand: dict[str, int] = {}
    available: dict[str, dict[str, int]] = {}
    for name, value in fields.items():
        kind, *rest = name.split("|")
        if kind == "oh":
            on_hand["|".join(rest)] = replies.whole(value)
        else:
            available.setdefault("|".join(rest[1:]), {})[rest[0]] = replies.whole(value)
    located = {
        place: LocationLevel(max(on_hand.get(place, 0), 0), available.get(place, {}))
        for place in sorted({*on_hand, *available} - {""})
    }
    return Levels(sku, max(on_hand.get("", 0), 0), available.get("", {}), located, ages)


def _totals(sku: str, values: Iterable[str | None], regions: Sequence[str], ages: Mapping[str, int | None]) -> Levels:
    on_hand, *available = values
    known = {
        region: replies.whole(value) for region, value in zip(regions, available, strict=True) if value is not None
    }
    return Levels(sku, max(replies.whole(on_hand), 0), known, {}, ages)
