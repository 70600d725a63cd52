"""Pictures that were set aside: no vector can be made of them, and each says why and of which product it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from imagesearch import keyspace, vectors

SEPARATOR = "\t"
AT_ONCE = 500
PER_PAGE = 100
MOST_TRIPS = 5
"""Steps of one page: each may find little after many were taken out."""


@dataclass(frozen=True, slots=True)
class Aside:
    """A picture by its name, why it was set aside, and a product that shows it: empty where that was never noted."""

    picture: str
    reason: str
    sku: str = ""


def note(fingerprint: str, asides: Iterable[Aside]) -> None:
    told = {each.picture: SEPARATOR.join((_in_one(each.reason), each.sku)) for each in asides}
    if told:
        vectors.client().hset(keyspace.set_aside(fingerprint), mapping=told)


def every(fingerprint: str) -> dict[str, str]:
    """The reasons by picture: for commands, which have room for all. They are read in steps."""
    found = vectors.client().hscan_iter(keyspace.set_aside(fingerprint), count=AT_ONCE)
    return {picture: _read(picture, told).reason for picture, told in found}


def some(fingerprint: str, *, cursor: int = 0, most: int = PER_PAGE) -> tuple[int, list[Aside]]:
    """About ``most`` of them, by product and picture, and the cursor that leads on: 0 begins, and ends.

    Whatever is there all the while comes at least once. A few round trips at most, however many are set aside.
    """
    found: dict[str, str] = {}
    for _trip in range(MOST_TRIPS):
        cursor, more = vectors.client().hscan(keyspace.set_aside(fingerprint), cursor, count=most)
        found |= more
        if not cursor or len(found) >= most:
            break
    read = (_read(picture, told) for picture, told in found.items())
    return int(cursor), sorted(read, key=lambda each: (each.sku, each.picture))


def among(fingerprint: str, names: Sequence[str]) -> dict[str, Aside]:
    """Those of some pictures that were set aside, by their names."""
    if not names:
        return {}
    told = vectors.client().hmget(keyspace.set_aside(fingerprint), list(names))
    return {name: _read(name, each) for name, each in zip(names, told, strict=True) if each is not None}


def count(fingerprint: str) -> int:
    return int(vectors.client().hlen(keyspace.set_aside(fingerprint)))


def forget(fingerprint: str) -> int:
    """Have all of them tried again when their products are looked at. Returns how many they were."""
    pipeline = vectors.client().pipeline(transaction=True)
    pipeline.hlen(keyspace.set_aside(fingerprint))
    pipeline.delete(keyspace.set_aside(fingerprint))
    return int(pipeline.execute()[0])


def forget_some(fingerprint: str, names: Sequence[str]) -> None:
    if names:
        vectors.client().hdel(keyspace.set_aside(fingerprint), *names)


def _read(picture: str, told: str) -> Aside:
    reason, _, sku = told.partition(SEPARATOR)
    return Aside(picture, reason, sku)


def _in_one(reason: str) -> str:
    return " ".join(reason.split())
