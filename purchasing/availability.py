"""Tells the catalogue where products can be had, so that its lists can be filtered and counted by it.

Follows what changes in stock and in the catalogue. Beside that it goes over all products, round after round and a few
at a time: stock may be mended without an entry in any log, and so nothing stays wrong for good.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import orjson
from redis.exceptions import LockError

from catalog import api as catalog
from catalog.api import Stocked
from inventory import api as inventory
from inventory.api import Levels
from purchasing import keyspace
from purchasing.models import Cart

LOCK_SECONDS = 60
PER_LOG = 500
PER_TRIP = 500
MOST_CHANGES = 2_000
GONE_OVER, GONE_OVER_FIRST = 100, 2_000
"""Products of the round that are looked at beside what changed; of the first round, which finds all of them untold."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far both streams were followed, the cursor of the round that is under way, and how many were ended."""

    stock: inventory.Positions
    catalogue: str
    cursor: int = 0
    rounds: int = 0

    @classmethod
    def read(cls) -> "Progress":
        """As it was noted; who begins goes over everything there is, and follows from now on."""
        stored = Cart.db().get(keyspace.AVAILABILITY)
        return cls(*orjson.loads(stored)) if stored else cls(inventory.latest_stock(), catalog.latest())

    def write(self) -> None:
        facts = [dict(self.stock), self.catalogue, self.cursor, self.rounds]
        Cart.db().set(keyspace.AVAILABILITY, orjson.dumps(facts))


def follow(*, seconds: float) -> int:
    """Tell what changed, and some of all there is; returns of how many products something new was told.

    Goes on for so long while there is more. One process at a time: the others have nothing to do. Raises
    ``inventory.api.StockUnavailableError``.
    """
    until, told, more = time.monotonic() + seconds, 0, True
    with _alone() as alone:
        while alone and more:
            new, more = _step()
            told += new
            more = more and time.monotonic() < until
    return told


def _step() -> tuple[int, bool]:
    """One look at everything; whether there is more to see at once. What is told before it is noted is told again."""
    progress = Progress.read()
    changed = catalog.changes(after=progress.catalogue, most=MOST_CHANGES)
    if not changed.whole:
        # The catalogue has forgotten changes that were not followed.
        Progress(progress.stock, catalog.latest()).write()
        return 0, True
    stock = inventory.stock_changes(after=progress.stock, most=PER_LOG)
    first = not progress.rounds
    cursor, some = catalog.some_skus(cursor=progress.cursor, most=GONE_OVER_FIRST if first else GONE_OVER)
    told = _tell_all(list(dict.fromkeys((*stock.skus, *changed.skus, *some))))
    Progress(stock.positions, changed.position, cursor, progress.rounds + (not cursor)).write()
    return told, bool(stock.skus or changed.skus) or (first and cursor != 0)


def _tell_all(skus: Sequence[str]) -> int:
    return sum(_tell(skus[start : start + PER_TRIP]) for start in range(0, len(skus), PER_TRIP))


def _tell(skus: Sequence[str]) -> int:
    found = inventory.levels(skus=skus)
    return catalog.tell_stock(products=[_stocked(found[sku]) for sku in skus])


def _stocked(levels: Levels) -> Stocked:
    places = (place for place, level in levels.locations.items() if level.total)
    return Stocked(levels.sku, anywhere=levels.total > 0, places=tuple(places))


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether nobody else is at it: of two who tell, the later word might be the older."""
    lock = Cart.db().lock(keyspace.AVAILABILITY_LOCK, timeout=LOCK_SECONDS, blocking=False)
    mine = lock.acquire()
    try:
        yield mine
    finally:
        if mine:
            # Not ours any more when it took longer than the lock lasts.
            with suppress(LockError):
                lock.release()
