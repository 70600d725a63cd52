"""Ships what a region changed to one peer: log entries, and the rows of the items they are about, as of the last one.

The peer's own position decides where to go on, so that a sender that dies, repeats itself or loses its cursors does no
harm. Rows are merged by their maximum; entries join the peer's copy only where it ends.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson
from redis.exceptions import RedisError

from inventory import fence, keyspace
from inventory.calls import START, Batch, Call, Context, Entry, call, merge
from inventory.fence import StockUnavailableError
from inventory.replication import links, reading
from inventory.results import Line

MOST_ENTRIES = 500
"""Entries of a bucket that travel together: a script holds the peer up for as long as it merges them."""

MOST_ROUNDS = 1_000
"""Of a bucket in a row: who never comes to its end is written to faster than it can be told."""

RETRY_SECONDS = 0.5
"""A peer that cannot be reached is not tried for so long: each write would wait for it in vain."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """What one round brought: items and bytes, and whether more waits. ``late`` items were told of by log alone: their
    rows follow with their next entries, or by comparing."""

    items: int = 0
    late: int = 0
    bytes: int = 0
    more: bool = False


def ship(*, source: str, peer: str) -> Shipped:
    """Tell a peer what changed since last time. Raises ``StockUnavailableError`` when it cannot be reached."""
    with fence.reaching(source):
        return _shipped(source, peer)


def _shipped(source: str, peer: str) -> Shipped:
    if links.is_cut(region=source, peer=peer) or _resting(source, peer):
        return Shipped()
    try:
        shipped = _ship(source, peer)
        _hand_over_requests(source, peer)
    except StockUnavailableError as error:
        _note_problem(source, peer, str(error))
        raise
    except (RedisError, OSError) as error:
        _note_problem(source, peer, str(error))
        raise StockUnavailableError(peer, str(error)) from error
    _note_contact(source, peer, shipped)
    return shipped


def ship_bucket(*, source: str, peer: str, bucket: str, rounds: int = MOST_ROUNDS) -> int:
    """Tell a peer at once what changed in one bucket; returns how many rows it was told.

    Raises ``StockUnavailableError`` or ``RedisError``.
    """
    told = 0
    for _round in range(rounds):
        position = reading.position(fence.node(peer), bucket, source=source)
        shipped = _ship_after(source, peer, {bucket: position})
        told += shipped.items
        if not shipped.more:
            break
    return told


def _ship(source: str, peer: str) -> Shipped:
    known = fence.node(source).hgetall(keyspace.cursors(peer))
    return _ship_after(source, peer, {bucket: known.get(bucket, START) for bucket in keyspace.buckets()})


def _ship_after(source: str, peer: str, cursors: Mapping[str, str]) -> Shipped:
    logs = [keyspace.log(bucket) for bucket in cursors]
    found = reading.entries_after(fence.node(source), logs, list(cursors.values()), most=MOST_ENTRIES)
    batches = {
        bucket: Batch(cursor, entries[-1][0], entries)
        for (bucket, cursor), entries in zip(cursors.items(), map(_whole, found), strict=True)
        if entries
    }
    wanted = {bucket: (batch.upto, reading.items_of(batch.entries)) for bucket, batch in batches.items()}
    told = reading.told_at(source, wanted)
    calls = [merge(bucket, told[bucket], source=source, region=peer, batch=batch) for bucket, batch in batches.items()]
    heartbeat = Call("heartbeat", [keyspace.HEARD], [source])
    *reached, _heard = fence.run_all([*calls, heartbeat], region=peer, opener=None)
    _remember(source, peer, dict(zip(batches, reached, strict=True)))
    return Shipped(
        items=sum(map(len, told.values())),
        late=sum(len(items) for _upto, items in wanted.values()) - sum(map(len, told.values())),
        bytes=sum(len(part) for each in calls for part in each.arguments if isinstance(part, bytes)),
        more=any(len(entries) >= MOST_ENTRIES for entries in found),
    )


def _remember(source: str, peer: str, positions: Mapping[str, str]) -> None:
    """The peer's positions are the truth: a peer that lost some of our log gets it again."""
    if positions:
        fence.node(source).hset(keyspace.cursors(peer), mapping=dict(positions))


def _whole(entries: Sequence[Entry]) -> Sequence[Entry]:
    """An operation travels whole: half of one, given back to a node that lost it, would look done."""
    if len(entries) < MOST_ENTRIES:
        return entries
    operations = [reading.named(flat)["op"] for _entry_id, flat in entries]
    kept = len(entries)
    while kept and operations[kept - 1] == operations[-1]:
        kept -= 1
    return entries[:kept] or entries


def _hand_over_requests(source: str, peer: str) -> None:
    """Have a peer take in the returns of what it sold, which were told to us."""
    client = fence.node(source)
    pipeline = client.pipeline()
    for bucket in keyspace.buckets():
        pipeline.hgetall(keyspace.requests(bucket, peer))
    for bucket, waiting in zip(keyspace.buckets(), pipeline.execute(), strict=True):
        for operation, request in waiting.items():
            fence.run(_return(peer, operation, request), region=peer, opener=None)
            client.hdel(keyspace.requests(bucket, peer), operation)


def _return(peer: str, operation: str, request: str) -> Call:
    location, sku, quantity, who, why = orjson.loads(request)
    context = Context(peer, operation, who, why)
    return call("receive", context, [Line(location, sku, quantity)], [location, sku, quantity, "return"])


def _resting(source: str, peer: str) -> bool:
    return float(fence.node(source).hget(keyspace.link(peer), "retry") or 0) > time.time()


def _note_problem(source: str, peer: str, problem: str) -> None:
    fence.node(source).hset(
        keyspace.link(peer), mapping={"problem": problem[:300], "retry": time.time() + RETRY_SECONDS}
    )


def _note_contact(source: str, peer: str, shipped: Shipped) -> None:
    pipeline = fence.node(source).pipeline()
    seconds, microseconds = fence.node(source).time()
    contact = int(seconds) * 1000 + int(microseconds) // 1000
    pipeline.hset(keyspace.link(peer), mapping={"contact": contact, "problem": ""})
    pipeline.hincrby(keyspace.link(peer), "items", shipped.items)
    pipeline.hincrby(keyspace.link(peer), "bytes", shipped.bytes)
    pipeline.execute()
