"""Reads a region's logs and rows, bucket by bucket, for others to take in."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from redis.exceptions import ResponseError

from inventory import fence, keyspace, rows
from inventory.calls import START, Entry, ToldItem, tell
from redismart.redis.connections import ShopRedis

PER_BUCKET = 500

MOST_UNDONE = 1_000
"""Entries by which rows are taken back. Where a log goes on for longer, rows follow once its end has been told."""

Item = tuple[str, str]
"""Location and SKU."""


def entries_after(client: ShopRedis, keys: Sequence[str], positions: Sequence[str], *, most: int) -> list[list[Entry]]:
    """The next entries of several logs, in one round trip."""
    pipeline = client.pipeline()
    for key, position in zip(keys, positions, strict=True):
        pipeline.execute_command("XRANGE", key, f"({position}", "+", "COUNT", most)
    return [[(entry_id, _flat(fields)) for entry_id, fields in found] for found in pipeline.execute()]


def told_rows(client: ShopRedis, items: Sequence[Item], *, region: str) -> list[ToldItem]:
    """One region's rows of items, as the node of ``client`` knows them now."""
    pipeline = client.pipeline()
    for location, sku in items:
        pipeline.hgetall(keyspace.item(sku, location))
    fields = pipeline.execute() if items else []
    return [(location, sku, rows.told(known, region)) for (location, sku), known in zip(items, fields, strict=True)]


def told_at(region: str, wanted: Mapping[str, tuple[str, Sequence[Item]]]) -> dict[str, list[ToldItem]]:
    """A region's own rows of items as they were at a position of their bucket's log; by bucket, in one round trip.

    Those that changed since in a way that cannot be undone are left out, and all where the log goes on for long.
    Raises ``StockUnavailableError``, also while the node must not sell.
    """
    calls = [tell(bucket, items, upto=upto, most=MOST_UNDONE) for bucket, (upto, items) in wanted.items()]
    replies = fence.run_all(calls, region=region, opener=None)
    return {
        bucket: list(_told(region, items, reply))
        for (bucket, (_upto, items)), reply in zip(wanted.items(), replies, strict=True)
    }


def _told(region: str, items: Sequence[Item], reply: Sequence[Any]) -> Iterator[ToldItem]:
    entries, *fields = reply
    if len(entries) == MOST_UNDONE:
        return
    later: dict[Item, list[dict[str, str]]] = {}
    for _entry_id, flat in entries:
        entry = named(flat)
        later.setdefault((entry["location"], entry["sku"]), []).append(entry)
    for (location, sku), known in zip(items, fields, strict=True):
        row = rows.rewound(rows.told(named(known), region), later.get((location, sku), ()))
        if row is not None:
            yield location, sku, row


def named(flat: Sequence[str]) -> dict[str, str]:
    """Fields and values in turn, as a mapping."""
    return dict(zip(flat[::2], flat[1::2], strict=True))


def items_of(entries: Iterable[Entry]) -> list[Item]:
    """The items that log entries are about, each once."""
    found: dict[Item, None] = {}
    for _entry_id, flat in entries:
        fields = named(flat)
        if fields.get("sku"):
            found[fields["location"], fields["sku"]] = None
    return list(found)


def items_in(client: ShopRedis, bucket: str) -> list[Item]:
    """Every item of a bucket."""
    skus = sorted(client.sscan_iter(keyspace.skus(bucket), count=1_000))
    pipeline = client.pipeline()
    for sku in skus:
        pipeline.hkeys(keyspace.levels(sku))
    names = pipeline.execute() if skus else []
    return [
        (name.removeprefix("oh|"), sku)
        for sku, fields in zip(skus, names, strict=True)
        for name in fields
        if name.startswith("oh|")
    ]


def digests(client: ShopRedis, *, region: str) -> list[int]:
    """The sum of the versions of a region's rows, bucket by bucket."""
    pipeline = client.pipeline()
    for bucket in keyspace.buckets():
        pipeline.hget(keyspace.digest(bucket), region)
    return [int(found or 0) for found in pipeline.execute()]


def positions(client: ShopRedis, *, source: str) -> list[str]:
    """How far a node's copies of another region's log go, bucket by bucket."""
    return [
        found or START for found in client.mget([keyspace.position(bucket, source) for bucket in keyspace.buckets()])
    ]


def position(client: ShopRedis, bucket: str, *, source: str) -> str:
    """How far a node's copy of another region's log of one bucket goes."""
    return client.get(keyspace.position(bucket, source)) or START


def last_ids(client: ShopRedis, *buckets: str) -> list[str]:
    """How far a node's own logs, or those of some buckets, ever went: their last entries may be gone."""
    pipeline = client.pipeline()
    for bucket in buckets or keyspace.buckets():
        pipeline.execute_command("XINFO STREAM", keyspace.log(bucket))
    return [_last_id(found) for found in pipeline.execute(raise_on_error=False)]


def _last_id(found: Any) -> str:
    if isinstance(found, ResponseError):
        if "no such key" not in str(found):
            raise found
        return START
    return str(found["last-generated-id"])


def peers_of(region: str) -> list[str]:
    return [peer for peer in fence.regions() if peer != region]


def log_keys(region: str) -> dict[str, str]:
    """Every log at a region's node, its own and its copies of others', with the region whose log it is."""
    sources = [region, *peers_of(region)]
    return {
        (keyspace.log(bucket) if source == region else keyspace.log_of(bucket, source)): source
        for source in sources
        for bucket in keyspace.buckets()
    }


def as_number(position: str) -> tuple[int, int]:
    """A log position to compare with others."""
    milliseconds, _dash, sequence = position.partition("-")
    return int(milliseconds), int(sequence or 0)


def _flat(fields: object) -> list[str]:
    pairs = fields.items() if isinstance(fields, dict) else zip(*[iter(fields)] * 2, strict=True)  # type: ignore[call-overload]
    return [part for pair in pairs for part in pair]
