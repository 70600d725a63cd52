"""The scripts' keys and arguments, put together in one place. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from inventory import keyspace, rows
from inventory.results import Line
from inventory.rows import Told

CLOCK_OF_THE_NODE = 0
START = "0-0"
"""Before the first entry of a log."""

REPLICATION = "replication"
ENTRIES_KEPT = 20_000
"""Entries of another region's log that a bucket keeps: enough to show what happened, and to give back what it lost."""

Entry = tuple[str, Sequence[str]]
"""A log entry: its id, and its fields and values in turn."""

ToldItem = tuple[str, str, Told]
"""Location, SKU and row."""


@dataclass(frozen=True, slots=True)
class Call:
    """One run of a script: its name, all keys it touches, and its arguments."""

    script: str
    keys: Sequence[str]
    arguments: Sequence[str | int | float | bytes]


@dataclass(frozen=True, slots=True)
class Context:
    """Who does what, where, why and when: ``now`` is epoch ms, 0 for the clock of the region's node."""

    region: str
    operation: str
    who: str = ""
    why: str = ""
    now: int = CLOCK_OF_THE_NODE

    def arguments(self) -> list[str | int]:
        return [self.region, self.now, self.operation, self.who, self.why]


def call(
    script: str,
    context: Context,
    lines: Sequence[Line],
    arguments: Sequence[str | int],
    *,
    bucket: str = "",
    subject: str = "",
) -> Call:
    """A script on items of one bucket; ``subject`` is the key of what it works on, an operation unless named."""
    bucket = bucket or keyspace.bucket_of(lines[0].sku)
    keys = own_keys(bucket, subject or keyspace.operation(bucket, context.operation))
    for line in lines:
        keys += item_keys(line.sku, line.location)
    return Call(script, keys, [*context.arguments(), *arguments])


@dataclass(frozen=True, slots=True)
class Batch:
    """Part of another region's log: the entries after one position up to another. The copy may have holes before it,
    where the region had trimmed its log."""

    after: str = START
    upto: str = START
    entries: Sequence[Entry] = ()


NOTHING = Batch()


def tell(bucket: str, items: Sequence[tuple[str, str]], *, upto: str, most: int) -> Call:
    """What a region's node knows of items (location and SKU), and its log after a position."""
    keys = [keyspace.log(bucket), *(keyspace.item(sku, location) for location, sku in items)]
    return Call("tell", keys, [upto, most])


def merge(bucket: str, told: Sequence[ToldItem], *, source: str, region: str, batch: Batch = NOTHING) -> Call:
    """The merge, at ``region``, of what ``source`` tells of its rows of one bucket, and of part of its log."""
    keys = [
        keyspace.log(bucket),
        keyspace.digest(bucket),
        keyspace.position(bucket, source),
        keyspace.log_of(bucket, source),
        keyspace.skus(bucket),
    ]
    for location, sku, _row in told:
        keys += item_keys(sku, location)
    context = Context(region, f"merge:{source}", who=REPLICATION)
    log: list[str | int] = [source, batch.after, batch.upto, ENTRIES_KEPT]
    return Call("apply", keys, [*context.arguments(), *log, rows.packed(batch.entries), rows.packed(told)])


@lru_cache(maxsize=1_000)
def _logs(bucket: str) -> tuple[str, str, str, str]:
    return keyspace.log(bucket), keyspace.digest(bucket), keyspace.expiring(bucket), keyspace.skus(bucket)


def own_keys(bucket: str, subject: str) -> list[str]:
    """The five keys that every script has."""
    log, digest, expiring, skus = _logs(bucket)
    return [log, digest, subject, expiring, skus]


@lru_cache(maxsize=50_000)
def item_keys(sku: str, location: str) -> tuple[str, str, str]:
    """The three keys of an item."""
    return keyspace.item(sku, location), keyspace.levels(sku), keyspace.projection(sku, location)
