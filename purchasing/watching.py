"""Tells shoppers when something is back in stock: each once, and only of the store they asked for where they did.

Who waits for one SKU at one place stands in a list of its own, so that looking whether it is back asks nothing of those
who wait elsewhere. A list may be long: it is gone through in parts, and what is told of one SKU keeps no other waiting.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import orjson
import structlog

from inventory.api import Levels, levels
from purchasing import keyspace
from purchasing.models import Cart

MOST_OF_ONE_PLACE = 10_000
MOST_OF_ONE_PERSON = 50
KEEP_SECONDS = 180 * 86_400
CLAIM_SECONDS = 600
"""So long nobody else tells a watcher whom somebody has begun to tell; then another may."""

MOST_AT_ONCE = 200
"""Watchers of one SKU at one place who are told before all others have had their turn."""

PER_TRIP = 200
CLAIMED_TOGETHER = 50

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a SKU is waited for; ``location`` is empty when any will do."""

    sku: str
    location: str = ""

    @property
    def key(self) -> str:
        return keyspace.watchers(self.sku, self.location)

    def encoded(self) -> str:
        return f"{self.location}\0{self.sku}"

    @classmethod
    def decoded(cls, stored: str) -> "Place":
        location, _, sku = stored.partition("\0")
        return cls(sku, location)


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who waits for a SKU; ``location`` is empty when any will do."""

    sku: str
    email: str
    location: str = ""
    locale: str = "en_US"

    @property
    def place(self) -> Place:
        return Place(self.sku, self.location)

    @property
    def person(self) -> str:
        """Who it is, without saying it to whoever reads the log."""
        return hashlib.sha256(self.email.casefold().encode()).hexdigest()[:32]

    @property
    def mark(self) -> str:
        """Their wish, in a mark that something was done about it."""
        return f"{self.person}:{self.location}:{self.sku}"

    def encoded(self) -> bytes:
        return orjson.dumps([self.sku, self.email, self.location, self.locale])

    @classmethod
    def decoded(cls, stored: str) -> "Watcher":
        return cls(*orjson.loads(stored))


class TooManyError(ValueError):
    """No more can be waited for: the message says what to do."""


Tell = Callable[[Watcher], object]


def watch(watcher: Watcher) -> None:
    """Tell them once it is back: whoever asks has shown that the address is theirs. Asked again it changes nothing.

    Raises ``TooManyError``.
    """
    client, place, person = Cart.db(), watcher.place, keyspace.watching(watcher.person)
    pipeline = client.pipeline()
    pipeline.hlen(place.key)
    pipeline.scard(person)
    pipeline.hexists(place.key, watcher.person)
    of_place, of_person, known = pipeline.execute()
    if of_place >= MOST_OF_ONE_PLACE and not known:
        raise TooManyError("So many wait for this already that we cannot promise anything. Please look in again.")
    if of_person >= MOST_OF_ONE_PERSON and not known:
        raise TooManyError(f"You wait for {of_person} things already. You will hear of each; then ask for more.")
    pipeline = client.pipeline()
    pipeline.hset(place.key, watcher.person, watcher.encoded())
    pipeline.expire(place.key, KEEP_SECONDS)
    pipeline.sadd(person, place.encoded())
    pipeline.expire(person, KEEP_SECONDS)
    # Last: what is listed here and has no watcher is taken off again, what is not listed nobody would look after.
    pipeline.sadd(keyspace.WATCHED, place.encoded())
    pipeline.execute()


def in_stock(place: Place) -> bool:
    """Whether there is some of it now: nobody has to wait. Raises ``inventory.api.StockUnavailableError``."""
    return _is_back(levels(skus=[place.sku])[place.sku], place)


def back() -> Iterator[Place]:
    """What is waited for and in stock now, in one round trip for 200 of them."""
    watched = iter(Cart.db().sscan_iter(keyspace.WATCHED, count=PER_TRIP))
    while places := [Place.decoded(stored) for stored in islice(watched, PER_TRIP)]:
        found = levels(skus=sorted({place.sku for place in places}))
        yield from (place for place in places if _is_back(found[place.sku], place))


def tell_some(*, place: Place, tell: Tell, most: int = MOST_AT_ONCE) -> int:
    """Tell some of those who wait, if it is in stock; the next call tells others. Returns how many were told.

    May run twice, at once, or be left half done. Whoever could not be told is tried again when all others have been.
    """
    if not in_stock(place):
        return 0
    tried = told = 0
    for watchers in _claimed(place):
        told += sum(_try_to_tell(watcher, tell) for watcher in watchers)
        tried += len(watchers)
        if tried >= most:
            break
    _forget_if_unwatched(place)
    return told


def _is_back(known: Levels, place: Place) -> bool:
    if not place.location:
        return known.total > 0
    level = known.locations.get(place.location)
    return level is not None and level.total > 0


def _claimed(place: Place) -> Iterator[list[Watcher]]:
    """Those whom nobody else is telling, a few at a time, so that a crash leaves only few to wait for their claim."""
    waiting = iter(Cart.db().hscan_iter(place.key, count=PER_TRIP))
    while watchers := [Watcher.decoded(stored) for _person, stored in islice(waiting, CLAIMED_TOGETHER)]:
        pipeline = Cart.db().pipeline()
        for watcher in watchers:
            pipeline.set(_mark(watcher), 1, nx=True, ex=CLAIM_SECONDS)
        yield [watcher for watcher, mine in zip(watchers, pipeline.execute(), strict=True) if mine]


def _try_to_tell(watcher: Watcher, tell: Tell) -> bool:
    try:
        return _tell_once(watcher, tell)
    # One address in trouble must not keep the others from being told; it is tried again when its claim has ended.
    except Exception:
        log.exception("watcher_not_told", sku=watcher.sku)
        return False


def _tell_once(watcher: Watcher, tell: Tell) -> bool:
    """Tell somebody who is claimed, and forget them."""
    client, place = Cart.db(), watcher.place
    # Somebody may have told them between our look and our claim.
    waits = bool(client.hexists(place.key, watcher.person))
    if waits:
        tell(watcher)
    pipeline = client.pipeline()
    pipeline.hdel(place.key, watcher.person)
    pipeline.srem(keyspace.watching(watcher.person), place.encoded())
    pipeline.delete(_mark(watcher))
    pipeline.execute()
    return waits


def _forget_if_unwatched(place: Place) -> None:
    client = Cart.db()
    if client.exists(place.key):
        return
    client.srem(keyspace.WATCHED, place.encoded())
    # Somebody may have come in between.
    if client.exists(place.key):
        client.sadd(keyspace.WATCHED, place.encoded())


def _mark(watcher: Watcher) -> str:
    return keyspace.once(f"back:{watcher.mark}")
