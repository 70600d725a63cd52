"""Tells the catalogue where products can be had, so that its lists can be filtered and counted by it.

Follows what changes in stock and in the catalogue. Beside that it goes over all products, round after round and a few
at a time: stock may be mended without an entry in any log, and so nothing stays wrong for good.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import orjson
from redis.exceptions import LockError, LockNotOwnedError
from redis.lock import Lock

from catalog import api as catalog
from catalog.api import Stocked
from inventory import api as inventory
from inventory.api import Levels
from purchasing import keyspace
from purchasing.models import Cart

LOCK_SECONDS = 60
PER_TRIP = 500
MOST_CHANGES = 2_000
MOST_SCANS = 10
GONE_OVER, GONE_OVER_FIRST = 500, 2_000
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
    with suppress(LockNotOwnedError), _alone() as lock:
        while lock is not None and more:
            new, more = _step(lock)
            told += new
            more = more and time.monotonic() < until
    return told


def _step(lock: Lock) -> tuple[int, bool]:
    """One look at everything; whether there is more to see at once. What is told before it is noted is told again."""
    progress = Progress.read()
    changed = catalog.changes(after=progress.catalogue, most=MOST_CHANGES)
    if not changed.whole:
        # The catalogue has forgotten changes that were not followed.
        Progress(progress.stock, catalog.latest()).write()
        return 0, True
    stock = inventory.stock_changes(after=progress.stock, most=MOST_CHANGES)
    first = not progress.rounds
    cursor, some = _some(progress.cursor, GONE_OVER_FIRST if first else GONE_OVER)
    told = _tell_all(list(dict.fromkeys((*stock.skus, *changed.skus, *some))), lock)
    Progress(stock.positions, changed.position, cursor, progress.rounds + (not cursor)).write()
    return told, stock.more or len(changed.skus) >= MOST_CHANGES // 2 or (first and cursor != 0)


def _some(cursor: int, most: int) -> tuple[int, list[str]]:
    """The next products of the round. Most keys may be of other things: they are passed over, but not for ever."""
    found: list[str] = []
    for _scan in range(MOST_SCANS):
        cursor, skus = catalog.some_skus(cursor=cursor, most=most)
        found += skus
        if not cursor or len(found) >= most:
            break
    return cursor, found


def _tell_all(skus: Sequence[str], lock: Lock) -> int:
    told = 0
    for start in range(0, len(skus), PER_TRIP):
        # Who has come to be two stops here: the other reads what is newer.
        lock.extend(LOCK_SECONDS, replace_ttl=True)
        told += _tell(skus[start : start + PER_TRIP])
    return told


def _tell(skus: Sequence[str]) -> int:
    found = inventory.levels(skus=skus)
    return catalog.tell_stock(products=[_stocked(found[sku]) for sku in skus])


def _stocked(levels: Levels) -> Stocked:
    places = (place for place, level in levels.locations.items() if level.total)
    return Stocked(levels.sku, anywhere=levels.total > 0, places=tuple(places))


@contextmanager
def _alone() -> Iterator[Lock | None]:
    """A lock when nobody else is at it: of two who tell, the later word might be the older."""
    lock = Cart.db().lock(keyspace.AVAILABILITY_LOCK, timeout=LOCK_SECONDS, blocking=False)
    mine = lock.acquire()
    try:
        yield lock if mine else None
    finally:
        if mine:
            # Not ours any more when it took longer than the lock lasts.
            with suppress(LockError):
                lock.release()
