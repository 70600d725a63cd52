"""Keeps a region's log from growing for ever: old entries become sums, which the ledger still adds up with."""

from inventory import fence, keyspace
from inventory.calls import START, Call
from inventory.replication import reading
from inventory.replication.reading import as_number
from inventory.replication.recovery import open_region

PER_CALL = 500
DAY_MS = 24 * 3600 * 1000


def trim(*, region: str, keep_days: int) -> int:
    """Fold entries older than so many days. Returns how many went.

    Those that a peer has not got yet stay as long again: after that, comparing tells it all the same. The last entry
    of each log stays: by it a node knows how far its log went when it comes back.
    """
    seconds, _microseconds = fence.node(region).time()
    oldest, lost = (f"{int(seconds) * 1000 - days * DAY_MS}-0" for days in (keep_days, 2 * keep_days))
    known = [fence.node(region).hgetall(keyspace.cursors(peer)) for peer in reading.peers_of(region)]
    gone = 0
    for bucket, last in zip(keyspace.buckets(), reading.last_ids(fence.node(region)), strict=True):
        if last != START:
            shipped = min([oldest, *(cursors.get(bucket, START) for cursors in known)], key=as_number)
            gone += _trim(region, bucket, min(max(shipped, lost, key=as_number), last, key=as_number))
    return gone


def _trim(region: str, bucket: str, before: str) -> int:
    call = Call("trim", [keyspace.log(bucket), keyspace.carried(bucket)], [before, PER_CALL])
    gone = 0
    while went := int(fence.run(call, region=region, opener=open_region)):
        gone += went
    return gone
