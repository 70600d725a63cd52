"""Reads a region's logs and rows, bucket by bucket, for others to take in."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from inventory import fence, keyspace, rows
from inventory.calls import START, Entry, ToldItem
from redismart.redis.connections import ShopRedis

PER_BUCKET = 500
ROWS_PER_TRIP = 500

MOST_UNDONE = 1_000
"""Entries that rows are taken back by: a log that goes on for longer is read again anyway, and soon."""

Item = tuple[str, str]
"""Location and SKU."""


def entries_after(client: ShopRedis, keys: Sequence[str], positions: Sequence[str], *, most: int) -> list[list[Entry]]:
    """The next entries of several logs, in one round trip."""
    pipeline = client.pipeline()
    for key, position in zip(keys, positions, strict=True):
        pipeline.execute_command("XRANGE", key, f"({position}", "+", "COUNT", most)
    return [[(entry_id, _flat(fields)) for entry_id, fields in found] for found in pipeline.execute()]


def told_rows(client: ShopRedis, items: Sequence[Item], *, region: str) -> list[ToldItem]:
    """One region's rows of items, as the node of ``client`` knows them."""
    return told_rows_at(client, items, {}, region=region)


def told_rows_at(
    client: ShopRedis, items: Sequence[Item], positions: Mapping[str, str], *, region: str
) -> list[ToldItem]:
    """A region's own rows of items as they were at a position of each bucket's log, read at one moment.

    Where the log goes on for long after it they are as they are now. Who takes them in then knows of changes before
    he knows of the operations that made them, which only matters if the log is lost in between.
    """
    pipeline = client.pipeline(transaction=True)
    for location, sku in items:
        pipeline.hgetall(keyspace.item(sku, location))
    for bucket, position in positions.items():
        pipeline.execute_command("XRANGE", keyspace.log(bucket), f"({position}", "+", "COUNT", MOST_UNDONE)
    replies = pipeline.execute() if items else []
    later = _by_item(entries for entries in replies[len(items) :] if len(entries) < MOST_UNDONE)
    return [
        (location, sku, rows.rewound(rows.told(known, region), later.get((location, sku), ())))
        for (location, sku), known in zip(items, replies, strict=False)
    ]


def _by_item(logs: Iterable[Sequence[tuple[str, Any]]]) -> dict[Item, list[dict[str, str]]]:
    found: dict[Item, list[dict[str, str]]] = {}
    for entries in logs:
        for _entry_id, fields in entries:
            entry = _named(_flat(fields))
            found.setdefault((entry.get("location", ""), entry.get("sku", "")), []).append(entry)
    return found


def items_of(entries: Iterable[Entry]) -> list[Item]:
    """The items that log entries are about, each once."""
    found: dict[Item, None] = {}
    for _entry_id, flat in entries:
        fields = _named(flat)
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


def last_ids(client: ShopRedis) -> list[str]:
    """The last entry of each of a node's own logs."""
    pipeline = client.pipeline()
    for bucket in keyspace.buckets():
        pipeline.xrevrange(keyspace.log(bucket), count=1)
    return [found[0][0] if found else START for found in pipeline.execute()]


def peers_of(region: str) -> list[str]:
    return [peer for peer in fence.regions() if peer != region]


def as_number(position: str) -> tuple[int, int]:
    """A log position to compare with others."""
    milliseconds, _dash, sequence = position.partition("-")
    return int(milliseconds), int(sequence or 0)


def _named(flat: Sequence[str]) -> dict[str, str]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _flat(fields: object) -> list[str]:
    pairs = fields.items() if isinstance(fields, dict) else zip(*[iter(fields)] * 2, strict=True)  # type: ignore[call-overload]
    return [part for pair in pairs for part in pair]
