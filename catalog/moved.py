"""Addresses that categories had before they were moved or renamed: each leads to where its category is now.

They are one hash, so that a page asks for its own along with its first commands. An address leads straight there
however often its category was moved, and nowhere once another category takes it or its own is deleted.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from redis.exceptions import WatchError

from catalog import keyspace
from catalog.models import Category
from redismart.redis.batch import Batch, Reply
from redismart.redis.editing import BusyError

ATTEMPTS = 20
MOST = 20_000
"""Addresses that are remembered; of more the oldest are forgotten."""


@dataclass(frozen=True, slots=True)
class Forwarding:
    """Where an address leads (a slug path), and since when (epoch seconds)."""

    to: str
    since: int

    def encoded(self) -> str:
        return f"{self.since} {self.to}"

    @classmethod
    def decoded(cls, stored: str) -> "Forwarding":
        since, _, to = stored.partition(" ")
        return cls(to, int(since))


Known = Mapping[str, Forwarding]
"""By the slug path that a category had."""


def moved(known: Known, moves: Mapping[str, str], *, now: int) -> Known:
    """What is known after categories have gone from some addresses to others. Pure."""
    led = {slug: replace(each, to=moves.get(each.to, each.to)) for slug, each in known.items()}
    led |= {slug: Forwarding(to, now) for slug, to in moves.items()}
    free = [slug for slug in led if slug not in set(moves.values())]
    newest = sorted(free, key=lambda slug: (-led[slug].since, slug))[:MOST]
    return {slug: led[slug] for slug in newest}


def without(known: Known, slugs: Collection[str]) -> Known:
    """What is known after categories are gone: nothing leads to them. Pure."""
    return {each: forwarding for each, forwarding in known.items() if forwarding.to not in slugs}


def ask(batch: Batch, slug: str) -> Reply[str]:
    """Queue the question where the category is that had an address; empty where there was none."""
    return batch.add("HGET", keyspace.MOVED, slug, parse=lambda told: Forwarding.decoded(told).to if told else "")


def take(pipeline: Any, slugs: list[str]) -> None:
    """Queue that categories are at these addresses now: they lead to no others any more."""
    pipeline.hdel(keyspace.MOVED, *slugs)


def note_moved(*, by: Callable[[Any], Mapping[str, str]], watched: Sequence[str] = ()) -> None:
    """Note that categories are elsewhere, in one transaction with what ``by`` queues; it returns to where each went.

    It may read, and raise: it is asked again when any of the keys ``watched`` is another since. Raises ``BusyError``.
    """
    now = int(time.time())

    def change(pipeline: Any, known: Known) -> Known:
        return moved(known, by(pipeline), now=now)

    _rewrite(change, watched)


def note_gone(*, by: Callable[[Any], Collection[str]], watched: Sequence[str] = ()) -> None:
    """Note that categories are no more, as ``note_moved`` does that they are elsewhere; ``by`` returns which."""

    def change(pipeline: Any, known: Known) -> Known:
        return without(known, frozenset(by(pipeline)))

    _rewrite(change, watched)


def _rewrite(change: Callable[[Any, Known], Known], watched: Sequence[str]) -> None:
    for _attempt in range(ATTEMPTS):
        with Category.db().pipeline(transaction=True) as pipeline:
            pipeline.watch(keyspace.MOVED, *watched)
            before = pipeline.hgetall(keyspace.MOVED)
            pipeline.multi()
            known = {slug: Forwarding.decoded(told) for slug, told in before.items()}
            after = {slug: each.encoded() for slug, each in change(pipeline, known).items()}
            if new := dict(after.items() - before.items()):
                pipeline.hset(keyspace.MOVED, mapping=new)
            if gone := before.keys() - after.keys():
                pipeline.hdel(keyspace.MOVED, *gone)
            try:
                pipeline.execute()
            except WatchError:
                continue
            return
    raise BusyError("Too many categories are changed at this moment: try again.")
