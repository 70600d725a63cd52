"""Tells shoppers when something is back in stock: each once, and only of the store they asked for where they did."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import orjson
import structlog

from inventory.api import Levels, levels
from purchasing import keyspace
from purchasing.models import Cart

MOST_OF_ONE_SKU = 10_000
MOST_OF_ONE_PERSON = 50
KEEP_SECONDS = 180 * 86_400
CLAIM_SECONDS = 600
"""So long nobody else tells a watcher whom somebody has begun to tell; then another may."""

SKUS_PER_TRIP = 200

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who waits for a SKU; ``location`` is empty when any will do."""

    sku: str
    email: str
    location: str = ""
    locale: str = "en_US"

    @property
    def field(self) -> str:
        """Who it is, without saying it to whoever reads the log."""
        return hashlib.sha256(f"{self.email.casefold()}\0{self.location}".encode()).hexdigest()[:32]

    @property
    def person(self) -> str:
        return hashlib.sha256(self.email.casefold().encode()).hexdigest()[:32]

    def encoded(self) -> bytes:
        return orjson.dumps([self.sku, self.email, self.location, self.locale])

    @classmethod
    def decoded(cls, stored: str) -> "Watcher":
        return cls(*orjson.loads(stored))


class TooManyError(ValueError):
    """No more can be waited for: the message says what to do."""


Tell = Callable[[Watcher], object]


def watch(watcher: Watcher) -> None:
    """Tell them once it is back. Asked again it changes nothing. Raises ``TooManyError``."""
    client, key, person = Cart.db(), keyspace.watchers(watcher.sku), keyspace.watching(watcher.person)
    pipeline = client.pipeline()
    pipeline.hlen(key)
    pipeline.scard(person)
    of_sku, of_person = pipeline.execute()
    if of_sku >= MOST_OF_ONE_SKU:
        raise TooManyError("So many wait for this already that we cannot promise anything. Please look in again.")
    if of_person >= MOST_OF_ONE_PERSON:
        raise TooManyError(f"You wait for {of_person} things already. You will hear of each; then ask for more.")
    pipeline = client.pipeline()
    pipeline.hset(key, watcher.field, watcher.encoded())
    pipeline.expire(key, KEEP_SECONDS)
    pipeline.sadd(person, f"{watcher.sku}\0{watcher.location}")
    pipeline.expire(person, KEEP_SECONDS)
    # Last: what is listed here and has no watcher is taken off again, what is not listed nobody would look after.
    pipeline.sadd(keyspace.WATCHED, watcher.sku)
    pipeline.execute()


def tell_all(*, tell: Tell) -> int:
    """Tell everybody who waits for what is in stock now; returns how many. May run twice, or be left half done."""
    watched = iter(Cart.db().sscan_iter(keyspace.WATCHED, count=SKUS_PER_TRIP))
    told = 0
    while skus := list(islice(watched, SKUS_PER_TRIP)):
        told += _told(skus, tell)
    return told


def _told(skus: Sequence[str], tell: Tell) -> int:
    found = levels(skus=skus)
    told = 0
    for sku in skus:
        told += sum(_try_to_tell(watcher, tell) for watcher in _waiting(sku) if _is_back(found[sku], watcher))
        _forget_if_unwatched(sku)
    return told


def _forget_if_unwatched(sku: str) -> None:
    client, key = Cart.db(), keyspace.watchers(sku)
    if client.exists(key):
        return
    client.srem(keyspace.WATCHED, sku)
    # Somebody may have come in between.
    if client.exists(key):
        client.sadd(keyspace.WATCHED, sku)


def _waiting(sku: str) -> Iterator[Watcher]:
    for _field, stored in Cart.db().hscan_iter(keyspace.watchers(sku), count=SKUS_PER_TRIP):
        yield Watcher.decoded(stored)


def _is_back(known: Levels, watcher: Watcher) -> bool:
    if not watcher.location:
        return known.total > 0
    place = known.locations.get(watcher.location)
    return place is not None and place.total > 0


def _try_to_tell(watcher: Watcher, tell: Tell) -> bool:
    try:
        return _tell_once(watcher, tell)
    # One address in trouble must not keep the others from being told; it is tried again when its claim has ended.
    except Exception:
        log.exception("watcher_not_told", sku=watcher.sku)
        return False


def _tell_once(watcher: Watcher, tell: Tell) -> bool:
    client = Cart.db()
    key, mark = keyspace.watchers(watcher.sku), keyspace.once(f"back:{watcher.sku}:{watcher.field}")
    if not client.set(mark, 1, nx=True, ex=CLAIM_SECONDS):
        return False
    # Somebody may have told them between our look and our claim.
    waits = bool(client.hexists(key, watcher.field))
    if waits:
        tell(watcher)
    pipeline = client.pipeline()
    pipeline.hdel(key, watcher.field)
    pipeline.srem(keyspace.watching(watcher.person), f"{watcher.sku}\0{watcher.location}")
    pipeline.delete(mark)
    pipeline.execute()
    return waits
