"""Moves rights to sell to where they are wanted, ahead of need.

Each region only ever gives, from what it may sell itself, and by what it knows of the others, which includes what it
has given already: repeating it gives nothing twice. First come claims of stock counts, then shares by demand.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from inventory import fence, keyspace, rows
from inventory.calls import START, Context, call
from inventory.counters import Item
from inventory.replication import links, reading
from inventory.replication.recovery import open_region
from inventory.results import Line

HALF_LIFE_MS = 7 * 24 * 3600 * 1000
"""Of demand; the same as in the scripts."""

PRIOR = 1.0
"""Units of demand that a region has beside what was seen. One that nobody ever asked has none at all: it gets rights
when it first asks, so that stock does not wander round the world for nobody."""

WORTH_MOVING = 0.2
"""A share is topped up when it is short by this part of itself, so that rights do not wander to and fro."""

ITEMS_PER_TRIP = 500

Gifts = Mapping[str, int]
Gift = tuple[Line, str]
"""Rights to so many units, and who gets them."""


def balance_changed(*, region: str, operation: str) -> int:
    """Give other regions their share of what changed since last time; returns how many units' rights went."""
    client = fence.node(region)
    logs = _logs(region)
    known = client.hmget(keyspace.BALANCED, list(logs))
    positions = [position or START for position in known]
    found = reading.entries_after(client, list(logs.values()), positions, most=reading.PER_BUCKET)
    items = {item for entries in found for item in reading.items_of(entries)}
    seconds, _microseconds = client.time()
    moved = balance(region=region, items=sorted(items), operation=operation, now=int(seconds) * 1000)
    read = {name: entries[-1][0] for name, entries in zip(logs, found, strict=True) if entries}
    if read:
        client.hset(keyspace.BALANCED, mapping=read)
    return moved


def _logs(region: str) -> dict[str, str]:
    """Our logs and our copies of the others', by a name of their own."""
    own = {f"{bucket}|{region}": keyspace.log(bucket) for bucket in keyspace.buckets()}
    copies = {
        f"{bucket}|{peer}": keyspace.log_of(bucket, peer)
        for peer in reading.peers_of(region)
        for bucket in keyspace.buckets()
    }
    return own | copies


def balance(*, region: str, items: Iterable[reading.Item], operation: str, now: int) -> int:
    """Give other regions their share of items; returns how many units' rights went."""
    with fence.reaching(region):
        cut = links.cut_peers(region)
    reached = [peer for peer in reading.peers_of(region) if peer not in cut]
    left, moved = iter(items), 0
    while some := list(islice(left, ITEMS_PER_TRIP)):
        moved += _give(region, [gift for gift in _gifts(region, some, now) if gift[1] in reached], operation)
    return moved


def _gifts(region: str, items: Sequence[reading.Item], now: int) -> Iterator[Gift]:
    with fence.reaching(region):
        pipeline = fence.node(region).pipeline()
        for location, sku in items:
            pipeline.hgetall(keyspace.item(sku, location))
        found = pipeline.execute()
    for (location, sku), fields in zip(items, found, strict=True):
        for peer, units in gifts(rows.item(fields), region, reading.peers_of(region), now=now).items():
            yield Line(location, sku, units), peer


def gifts(item: Item, region: str, peers: Iterable[str], *, now: int) -> Gifts:
    """What a region gives of an item, by peer. Pure; ``now`` in epoch ms."""
    left = item.available(region)
    owed: dict[str, int] = {}
    # Below nought means that we have not yet heard of rights which others gave it: wait until we have.
    peers = [peer for peer in peers if item.available(peer) >= 0]
    for peer in peers:
        units = min(max(item.row(peer).owed - max(item.available(peer), 0), 0), max(left, 0))
        if units:
            owed[peer], left = units, left - units
    shares = _shares(item, [region, *peers], now)
    return _topped_up(item, region, shares, left, owed)


def _shares(item: Item, regions: list[str], now: int) -> dict[str, int]:
    """Each region's part of all that may be sold, by demand, the giving one first; what division leaves stays."""
    total = sum(max(item.available(region), 0) for region in regions)
    asked = [name for name in regions if name == regions[0] or item.row(name).demand_at]
    wanted = {name: _demand(item, name, now) + PRIOR if name in asked else 0.0 for name in regions}
    return {region: math.floor(total * wanted[region] / sum(wanted.values())) for region in regions}


def _topped_up(item: Item, region: str, shares: Mapping[str, int], left: int, owed: dict[str, int]) -> dict[str, int]:
    spare = left - shares[region]
    given = dict(owed)
    for peer in sorted(set(shares) - {region}):
        missing = shares[peer] - max(item.available(peer), 0) - owed.get(peer, 0)
        units = min(missing, spare)
        if units > 0 and missing >= max(1, WORTH_MOVING * shares[peer]):
            given[peer] = given.get(peer, 0) + units
            spare -= units
    return given


def _demand(item: Item, region: str, now: int) -> float:
    row = item.row(region)
    return float(row.demand * 0.5 ** (max(now - row.demand_at, 0) / HALF_LIFE_MS))


def _give(region: str, given: Sequence[Gift], operation: str) -> int:
    calls = [
        call(
            "give",
            Context(region, f"{operation}:{line.location}:{line.sku}:{peer}", who="balancing", why="by demand"),
            [line],
            [line.location, line.sku, line.quantity, peer, 0],
        )
        for line, peer in given
    ]
    replies = fence.run_all(calls, region=region, opener=open_region) if calls else []
    return sum(int(rows.unpacked(reply)["given"]) for reply in replies)
