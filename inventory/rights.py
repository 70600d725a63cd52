"""Rights to sell, asked of other regions when our own do not suffice: the one thing that needs a peer at checkout."""

from uuid import uuid4

import orjson
from redis.exceptions import RedisError

from inventory import fence, keyspace
from inventory.calls import Context, call
from inventory.fence import StockUnavailableError
from inventory.replication import links, shipping
from inventory.results import Line
from redismart.redis import connections

ASKING = "rights"
MOST_ROUNDS = 8
"""Of a donor's log that a shopper waits for. Where more is behind, what it gave comes by replication."""


def fetch(*, line: Line, missing: int, operation: str, region: str) -> int:
    """Ask peers for rights to so many units of an item, most likely donors first; returns how many came.

    Each asking has an id of its own, by which a repeated transmission is known. Asked again later, peers give again:
    rights that came too often only lie here instead of there.
    """
    got, request = 0, f"{operation}:{uuid4().hex[:12]}"
    with fence.reaching(region):
        donors = _donors(line, region)
    for peer in donors:
        if got >= missing:
            break
        got += _ask(peer, line, missing - got, f"{request}:{peer}", region)
    return got


def _donors(line: Line, region: str) -> list[str]:
    peers = [peer for peer in connections.topology().regions if peer != region]
    known = fence.node(region).hmget(keyspace.levels(line.sku), [f"av|{peer}|{line.location}" for peer in peers])
    cut = links.cut_peers(region)
    ranked = sorted(zip(peers, known, strict=True), key=lambda pair: -int(pair[1] or 0))
    return [peer for peer, _count in ranked if peer not in cut]


def _ask(peer: str, line: Line, missing: int, request: str, region: str) -> int:
    context = Context(peer, request, who=region, why=ASKING)
    give = call("give", context, [line], [line.location, line.sku, missing, region, 0])
    try:
        given = int(orjson.loads(fence.run(give, region=peer, opener=None))["given"])
        if given:
            # Through its log, not the row alone: who knows of a change knows of the operation that made it.
            bucket = keyspace.bucket_of(line.sku)
            shipping.ship_bucket(source=peer, peer=region, bucket=bucket, rounds=MOST_ROUNDS)
    except (StockUnavailableError, RedisError, OSError):
        # Whatever it gave before it went silent arrives by replication.
        return 0
    return given
