"""The links of a region: what each has shipped, how far it lags, and cutting one as a drill."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from redis.exceptions import RedisError

from inventory import fence, keyspace
from inventory.replication import reading
from inventory.replication.reading import as_number
from redismart.redis import replies
from redismart.redis.batch import Batch

SILENT_MS = 5_000
"""A link that has not been in contact for so long is cut, whatever the reason."""

CATCHING_UP = 100
"""From so many unshipped changes on, a link is catching up."""


CUT_THERE = "cut-there"
"""The field of a link that says that its other end has cut it."""


class State(StrEnum):
    LIVE = "live"
    CATCHING_UP = "catching up"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Link:
    """The link from ``source`` to ``peer``, as the source knows it. Sizes are in bytes.

    ``cut_in`` are the ends that have cut it, as a drill: only there it can be healed.
    """

    source: str
    peer: str
    state: State
    cut_in: tuple[str, ...]
    waiting: int
    lag_ms: int
    contact_age_ms: int | None
    items: int
    bytes: int
    problem: str

    @property
    def lag_seconds(self) -> float:
        return self.lag_ms / 1000

    @property
    def contact_seconds(self) -> float | None:
        return None if self.contact_age_ms is None else self.contact_age_ms / 1000

    @property
    def said(self) -> str:
        """The state in words, and who is to blame for it."""
        return " ".join([self.state, *(["in", " and ".join(self.cut_in)] if self.cut_in else [])])


def cut(*, region: str, peer: str) -> None:
    """From now on the region exchanges nothing with a peer, in either direction."""
    fence.node(region).sadd(keyspace.CUT, peer)


def heal(*, region: str, peer: str) -> None:
    fence.node(region).srem(keyspace.CUT, peer)
    fence.node(region).hdel(keyspace.link(peer), "retry")


def is_cut(*, region: str, peer: str) -> bool:
    """Whether either end has cut the link. An end that cannot be asked says nothing.

    What the peer says is remembered, for all who only look at the region's own node.
    """
    pipeline = fence.node(region).pipeline()
    pipeline.sismember(keyspace.CUT, peer)
    pipeline.hexists(keyspace.link(peer), CUT_THERE)
    here, remembered = map(bool, pipeline.execute())
    try:
        there = bool(fence.node(peer).sismember(keyspace.CUT, region))
    except (RedisError, OSError):
        return here
    if there and not remembered:
        fence.node(region).hset(keyspace.link(peer), CUT_THERE, 1)
    if remembered and not there:
        fence.node(region).hdel(keyspace.link(peer), CUT_THERE)
    return here or there


def cut_peers(region: str) -> set[str]:
    """The peers from which a region is cut off on purpose, by either end, as far as its own node knows."""
    peers, pipeline = reading.peers_of(region), fence.node(region).pipeline()
    pipeline.smembers(keyspace.CUT)
    for peer in peers:
        pipeline.hexists(keyspace.link(peer), CUT_THERE)
    here, *there = pipeline.execute()
    return set(here) | {peer for peer, is_cut_there in zip(peers, there, strict=True) if is_cut_there}


def links_of(region: str) -> list[Link]:
    """Every outgoing link of a region, in one round trip; in two where a link is behind."""
    batch = Batch(fence.node(region))
    found = asked(batch, region=region)
    batch.run()
    return found()


def asked(batch: Batch, *, region: str) -> Callable[[], list[Link]]:
    """Queue what tells of a region's outgoing links, to its node; they are what is returned, once the batch has run."""
    peers, buckets = reading.peers_of(region), keyspace.buckets()
    clock = batch.add("TIME", parse=_milliseconds)
    drills = batch.add("SMEMBERS", keyspace.CUT, parse=set)
    facts = {peer: batch.add("HGETALL", keyspace.link(peer), parse=dict) for peer in peers}
    cursors = {peer: batch.add("HGETALL", keyspace.cursors(peer), parse=dict) for peer in peers}
    ends = {
        bucket: batch.add("XREVRANGE", keyspace.log(bucket), "+", "-", "COUNT", 1, parse=list) for bucket in buckets
    }

    def links() -> list[Link]:
        lasts = {bucket: end.value for bucket, end in ends.items()}
        return [
            _link(
                region, peer, facts[peer].value, _behind(cursors[peer].value, lasts), peer in drills.value, clock.value
            )
            for peer in peers
        ]

    return links


def _milliseconds(clock: Sequence[int]) -> int:
    return int(clock[0]) * 1000 + int(clock[1]) // 1000


def _behind(cursors: Mapping[str, str], lasts: Mapping[str, list[tuple[str, object]]]) -> dict[str, str]:
    """Buckets whose log goes on past what has been shipped, with the position shipped."""
    return {
        bucket: cursors.get(bucket, "0-0")
        for bucket, last in lasts.items()
        if last and as_number(last[0][0]) > as_number(cursors.get(bucket, "0-0"))
    }


def _link(region: str, peer: str, facts: Mapping[str, str], behind: dict[str, str], drill: bool, now: int) -> Link:
    waiting, oldest = _unshipped(region, behind)
    contact = replies.whole(facts["contact"]) if "contact" in facts else None
    age = None if contact is None else max(now - contact, 0)
    silent = age is None or age > SILENT_MS
    cut_in = tuple(end for end, is_cut in ((region, drill), (peer, CUT_THERE in facts)) if is_cut)
    state = State.CUT if cut_in or silent else State.CATCHING_UP if waiting > CATCHING_UP else State.LIVE
    return Link(
        source=region,
        peer=peer,
        state=state,
        cut_in=cut_in,
        waiting=waiting,
        lag_ms=max(now - oldest, 0) if oldest else 0,
        contact_age_ms=age,
        items=replies.whole(facts.get("items")),
        bytes=replies.whole(facts.get("bytes")),
        problem=facts.get("problem", ""),
    )


def _unshipped(region: str, behind: Mapping[str, str]) -> tuple[int, int]:
    """How many changes wait, at most a thousand a bucket, and when (ms) the oldest was made."""
    if not behind:
        return 0, 0
    pipeline = fence.node(region).pipeline()
    for bucket, position in behind.items():
        pipeline.xrange(keyspace.log(bucket), min=f"({position}", count=1_000)
    found = [entries for entries in pipeline.execute() if entries]
    oldest = [int(entries[0][1]["at"]) for entries in found]
    return sum(map(len, found)), min(oldest, default=0)
