"""Gives a region back what its node lost: it asks every peer before it sells again.

A node that restarts from an older file, or a replica that takes over, has forgotten sales that others were told of.
What no other region was told cannot be known: see the note on ``appendfsync`` in ``docs/inventory.md``.
"""

from collections.abc import Sequence

import structlog
from redis.exceptions import RedisError

from inventory import fence, keyspace, lua, rows
from inventory.calls import Context, Entry, ToldItem, item_keys, own_keys
from inventory.fence import FencedError
from inventory.replication import reading
from inventory.replication.reading import as_number

ENTRIES_PER_TRIP = 1_000
ROWS_PER_TRIP = 500
WHY = "the node came back with older data"

log = structlog.get_logger(__name__)


def open_region(region: str, *, without: Sequence[str] = ()) -> int:
    """Learn from every peer what the region's node has lost, then let it sell. Returns how many rows were behind.

    Raises ``FencedError`` when a peer cannot be asked: only it may know of a sale. ``without`` names peers that are
    gone for good, by an operator's decision.
    """
    behind = 0
    for peer in reading.peers_of(region):
        if peer not in without:
            behind += _learn(region, peer)
    fence.open_node(region)
    if behind:
        log.warning("inventory_recovered", region=region, rows=behind)
    return behind


def _learn(region: str, peer: str) -> int:
    try:
        ours = reading.digests(fence.node(region), region=region)
        theirs = reading.digests(fence.node(peer), region=region)
        known = reading.positions(fence.node(peer), source=region)
        last = reading.last_ids(fence.node(region))
        return sum(
            _recover(region, peer, bucket, last_id)
            for bucket, own, told, position, last_id in zip(keyspace.buckets(), ours, theirs, known, last, strict=True)
            if told > own or as_number(position) > as_number(last_id)
        )
    except (RedisError, OSError) as error:
        reason = f"it was restarted, and what it had sold cannot be asked of region {peer} ({error})"
        raise FencedError(region, reason) from error


def _recover(region: str, peer: str, bucket: str, last: str) -> int:
    """One bucket: first the log, entry by entry, then the rows, which must not run ahead of it."""
    client = fence.node(peer)
    entries: list[Entry] = []
    key = keyspace.log_of(bucket, region)
    while found := reading.entries_after(client, [key], [last], most=ENTRIES_PER_TRIP)[0]:
        entries += found
        last = found[-1][0]
    told = [row for row in reading.told_rows(client, reading.items_in(client, bucket), region=region) if row[2]["v"]]
    return _restore(region, bucket, entries, told)


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
    of_hold = fields["kind"] in ("hold", "sale", "release")
    return keyspace.hold(bucket, fields["op"]) if of_hold else keyspace.operation(bucket, fields["op"])
