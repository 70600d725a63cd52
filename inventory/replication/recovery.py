"""Gives a region back what its node lost: it asks every peer before it sells again.

A node that restarts from an older file, or a replica that takes over, has forgotten sales that others were told of.
What no other region was told cannot be known: see the note on ``appendfsync`` in ``docs/inventory.md``.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import structlog
from redis.exceptions import RedisError

from inventory import fence, keyspace, lua, rows
from inventory.calls import Context, Entry, ToldItem, item_keys, own_keys
from inventory.fence import FencedError
from inventory.replication import reading
from inventory.replication.reading import as_number
from redismart.redis.connections import ShopRedis

ENTRIES_PER_TRIP = 1_000
WHY = "the node came back with older data"

log = structlog.get_logger(__name__)


def open_region(region: str, *, without: Sequence[str] = ()) -> int:
    """Learn from every peer what the region's node has lost, then let it sell. Returns how many rows were behind.

    Raises ``FencedError`` when a peer cannot be asked: only it may know of a sale. ``without`` names peers that are
    gone for good, by an operator's decision. Processes may do this at once: whoever is late finds it done.
    """
    with fence.reaching(region), fence.opening(region):
        behind = learn(region, [peer for peer in reading.peers_of(region) if peer not in without])
    if behind:
        log.warning("inventory_recovered", region=region, rows=behind)
    return behind


def learn(region: str, peers: Sequence[str]) -> int:
    """Take from peers what they know of the region's own doing and its node does not; returns how many rows that were.

    All are asked before anything is taken: an entry that only the last of them has may say what became of an operation
    whose effect the first one's rows already show.
    """
    buckets = {bucket for peer in peers for bucket in ahead(region, peer)}
    return sum(_recover(region, peers, bucket) for bucket in sorted(buckets))


@contextmanager
def _asking(region: str, peer: str) -> Iterator[ShopRedis]:
    try:
        yield fence.node(peer)
    except (RedisError, OSError) as error:
        reason = f"it was restarted, and what it had sold cannot be asked of region {peer} ({error})"
        raise FencedError(region, reason) from error


def ahead(region: str, peer: str) -> list[str]:
    """The buckets of which a peer knows more than the region's own node."""
    # The peer first: what is told to it in between is no news.
    with _asking(region, peer) as client:
        theirs, known = reading.digests(client, region=region), reading.positions(client, source=region)
    ours, last = reading.digests(fence.node(region), region=region), reading.last_ids(fence.node(region))
    return [
        bucket
        for bucket, own, told, position, last_id in zip(keyspace.buckets(), ours, theirs, known, last, strict=True)
        if told > own or as_number(position) > as_number(last_id)
    ]


def _recover(region: str, peers: Sequence[str], bucket: str) -> int:
    """One bucket: the log entry by entry, and of each row the newest that anybody knows."""
    client = fence.node(region)
    (last,) = reading.last_ids(client, bucket)
    # Our own rows too: a hold that ended meanwhile may have lines that nobody was told of.
    newest = _rows(client, region, bucket)
    entries: dict[str, Sequence[str]] = {}
    for peer in peers:
        with _asking(region, peer) as other:
            entries.update(_entries(other, region, bucket, last))
            for item, told in _rows(other, region, bucket).items():
                if item not in newest or told[2]["v"] > newest[item][2]["v"]:
                    newest[item] = told
    # What nobody has a row of: whoever was told had given the item up, and heard of its log alone.
    for location, sku in reading.items_of(entries.items()):
        newest.setdefault((location, sku), (location, sku, rows.told({}, region)))
    in_order = sorted(entries.items(), key=lambda entry: as_number(entry[0]))
    return _restore(region, bucket, in_order, list(newest.values()))


def _entries(client: ShopRedis, region: str, bucket: str, last: str) -> Iterator[Entry]:
    """What a peer's copy of the region's log has after a position."""
    key = keyspace.log_of(bucket, region)
    while found := reading.entries_after(client, [key], [last], most=ENTRIES_PER_TRIP)[0]:
        yield from found
        last = found[-1][0]


def _rows(client: ShopRedis, region: str, bucket: str) -> dict[reading.Item, ToldItem]:
    """The region's rows as a node knows them."""
    told = reading.told_rows(client, reading.items_in(client, bucket), region=region)
    return {(row[0], row[1]): row for row in told if row[2]["v"]}


def _restore(region: str, bucket: str, entries: Sequence[Entry], told: Sequence[ToldItem]) -> int:
    """In one script: a crash in between must not leave a row that its ledger does not explain."""
    keys = own_keys(bucket, keyspace.operation(bucket, "recover"))
    for location, sku, _row in told:
        keys += item_keys(sku, location)
    keys += [_left_behind(bucket, entry) for entry in entries]
    context = Context(region, "recover", who="recovery", why=WHY)
    arguments = [*context.arguments(), rows.packed(entries), rows.packed(told)]
    # Not loaded beforehand: a loaded script is what opens the fence.
    return int(fence.node(region).eval(lua.script("recover").source, len(keys), *keys, *arguments))


def _left_behind(bucket: str, entry: Entry) -> str:
    fields = dict(zip(entry[1][::2], entry[1][1::2], strict=True))
    if fields["kind"] == "request":
        return keyspace.requests(bucket, fields["peer"])
    of_hold = fields["kind"] in ("hold", "sale", "release")
    return keyspace.hold(bucket, fields["op"]) if of_hold else keyspace.operation(bucket, fields["op"])
