"""Anti-entropy: compares what a region and a peer know of the region's rows, and tells what differs.

A row's version grows with each change and only its own region changes it, so a peer knows each row at its version or
an older one: the sums of versions are equal exactly when all rows are. That finds what shipping missed: logs trimmed
past a peer, a peer restored from an older file, a region that joins.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress

from redis.exceptions import RedisError

from inventory import fence, keyspace
from inventory.calls import ToldItem, merge
from inventory.fence import FencedError, StockUnavailableError
from inventory.replication import links, reading, recovery, shipping

ROWS_PER_CALL = 200


def compare(*, source: str, peer: str) -> int:
    """Bring a peer's knowledge of the region's rows up to date; returns how many rows it was told.

    Raises ``StockUnavailableError`` when it cannot be reached.
    """
    with fence.reaching(source):
        if links.is_cut(region=source, peer=peer):
            return 0
    try:
        _hear_late_news(source, peer)
        return sum(_tell(source, peer, bucket) for bucket in _differing(source, peer))
    except (RedisError, OSError) as error:
        raise StockUnavailableError(peer, str(error)) from error


def _hear_late_news(source: str, peer: str) -> None:
    """Of what the source did before its node lost it: else its rows would stay behind what the peer knows.

    From all peers or none, as in a recovery: what one alone knows could hide what another does.
    """
    if recovery.ahead(source, peer):
        with suppress(FencedError):
            recovery.learn(source, reading.peers_of(source))


def _differing(source: str, peer: str) -> Iterator[str]:
    ours = reading.digests(fence.node(source), region=source)
    theirs = reading.digests(fence.node(peer), region=source)
    return (bucket for bucket, own, told in zip(keyspace.buckets(), ours, theirs, strict=True) if own != told)


def _tell(source: str, peer: str, bucket: str) -> int:
    # The log first: rows are told as they were where the peer's copy of it ends.
    rows = shipping.ship_bucket(source=source, peer=peer, bucket=bucket)
    items = reading.items_in(fence.node(source), bucket)
    for start in range(0, len(items), ROWS_PER_CALL):
        chunk = items[start : start + ROWS_PER_CALL]
        newer = _newer(source, peer, bucket, chunk)
        if newer:
            fence.run(merge(bucket, newer, source=source, region=peer), region=peer, opener=None)
        rows += len(newer)
    return rows


def _newer(source: str, peer: str, bucket: str, items: Sequence[reading.Item]) -> list[ToldItem]:
    """The rows that the peer knows in an older version, as they were where its copy of the log ends."""
    position = reading.position(fence.node(peer), bucket, source=source)
    own = reading.told_at(source, {bucket: (position, items)})[bucket]
    known = reading.told_rows(fence.node(peer), items, region=source)
    versions = {(location, sku): row["v"] for location, sku, row in known}
    return [(location, sku, row) for location, sku, row in own if row["v"] > versions[location, sku]]
