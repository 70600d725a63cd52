"""Reads of locations. Every region's node has all of them, so each read is one round trip to our own."""

import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from redis.exceptions import RedisError

from inventory import globe, keyspace
from inventory.models import Location, Point, Service
from redismart.redis import replies
from redismart.redis.batch import Batch
from redismart.redis.clauses import EVERYTHING, Params, all_of, tag_any

MOST_LOCATIONS = 100_000
METRES = 1_000
# 0 switches off RediSearch's own time-out, which would return partial results as if they were whole.
NO_TIMEOUT = ("TIMEOUT", "0")
NOTED_SECONDS = 1.0
REST_SECONDS = 5.0
"""So long nobody is asked again who did not answer."""

LONGEST_KNOWN_SECONDS = 60.0
"""What is remembered lives no longer than this, should a writer die before it could say that it wrote."""

Command = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Nearby:
    """A location and how far away it is, as the crow flies."""

    location: Location
    distance_km: float


class Names(dict[str, str]):
    """What people call each location, by its id; one that is unknown goes by its id."""

    def __missing__(self, location_id: str) -> str:
        return location_id

    def ids(self, typed: str) -> list[str]:
        """The locations that somebody means by an id, or a name in any case: several where they share it."""
        if typed in self:
            return [typed]
        wanted = typed.casefold()
        return [each for each, name in self.items() if wanted in _forms(each, name)]


@dataclass(frozen=True)
class Known:
    """All locations as of a version of them, and when they were read (monotonic)."""

    version: str
    read: float
    locations: Mapping[str, Location]

    @cached_property
    def names(self) -> Names:
        shared = Counter(location.name for location in self.locations.values())
        return Names(
            (location.id, location.name if shared[location.name] == 1 else f"{location.name} ({location.id})")
            for location in self.locations.values()
        )


_known: Known | None = None
_noted = ("", 0.0)


def near(
    *,
    point: Point,
    radius_km: float,
    limit: int,
    region: str | None = None,
    services: Collection[Service | str] = (),
) -> list[Nearby]:
    """The nearest locations within a radius that have all the services, nearest first. One round trip.

    Raises ``ValueError`` for a radius or limit that is not positive.
    """
    if not 0 < radius_km < float("inf") or limit < 1:
        raise ValueError(f"A radius of {radius_km} km and a limit of {limit} find nothing: both must be positive.")
    if "" in (region, *services):
        # No location has an empty region or service, and RediSearch 2.10 has no word for an empty tag.
        return []
    reply = Location.db().execute_command(
        *_nearest(point, radius_km=radius_km, region=region, services=services, limit=limit)
    )
    rows = [replies.pairs(row) for row in reply[1:]]
    return [nearby for row in rows for nearby in _nearby(row)]


def all_locations() -> list[Location]:
    """Every location, by id. What this process has read stays in memory until a location is written anywhere."""
    return list(_current().locations.values())


def names() -> Names:
    """What to call every location. Those that share a name are told apart by their ids."""
    return _current().names


def by_ids(ids: Iterable[str]) -> dict[str, Location]:
    """The locations of some ids, without those that do not exist."""
    known = _current().locations
    return {location_id: known[location_id] for location_id in ids if location_id in known}


def note(version: str | None) -> None:
    """What somebody who asked the node anyway has just read as the version of its locations."""
    global _noted  # noqa: PLW0603
    _noted = version or "", time.monotonic()


def lately() -> Known:
    """All locations and their names, as of the version last noted: no round trip of its own while that is the same."""
    (version, noted), known = _noted, _known
    fresh = time.monotonic() - noted < NOTED_SECONDS
    return known if known is not None and fresh and known.version == version else _current()


def recently() -> Known:
    """All locations as this process has read them, a minute ago at most: no round trip for whoever can bear that.

    While nobody can be asked, those of before. Raises as any read where there were none.
    """
    global _known  # noqa: PLW0603
    known = _known
    if known is not None and time.monotonic() - known.read < LONGEST_KNOWN_SECONDS:
        return known
    try:
        return _current()
    except (RedisError, OSError):
        if known is None:
            raise
        _known = known = replace(known, read=time.monotonic() - LONGEST_KNOWN_SECONDS + REST_SECONDS)
        return known


def _forms(location_id: str, name: str) -> tuple[str, str]:
    """A name as pages show it, and without the id that tells it from others."""
    return name.casefold(), name.removesuffix(f" ({location_id})").casefold()


def _current() -> Known:
    """All locations; only their version is asked for while it stays the same."""
    global _known  # noqa: PLW0603
    known = _known
    if known is None or not _is_current(known):
        _known = known = _read_all()
    return known


def _is_current(known: Known) -> bool:
    recent = time.monotonic() - known.read < LONGEST_KNOWN_SECONDS
    return recent and Location.db().get(keyspace.LOCATION_VERSION) == known.version


def _read_all() -> Known:
    read = time.monotonic()
    batch = Batch(Location.db())
    # Before the locations: what is written in between then only makes this read stale too early.
    version = batch.add("GET", keyspace.LOCATION_VERSION, parse=lambda found: "" if found is None else str(found))
    found = batch.add(*_everything(), parse=replies.hits)
    batch.run()
    locations = Location.readable(row.get("$") for row in found.value.rows)
    return Known(version.value, read, {location.id: location for location in locations})


def _everything() -> Command:
    every = ("RETURN", "1", "$", "SORTBY", "id", "LIMIT", "0", str(MOST_LOCATIONS))
    return ("FT.SEARCH", keyspace.LOCATION_INDEX, EVERYTHING, *every, *NO_TIMEOUT, "DIALECT", "2")


def _nearest(
    point: Point, *, radius_km: float, region: str | None, services: Collection[Service | str], limit: int
) -> Command:
    """The command; the locations themselves are loaded last, and so only those that are returned."""
    params = Params()
    radius_km = min(radius_km, globe.FARTHEST_KM)
    filters = [tag_any("services", [service], params) for service in services]
    if region is not None:
        filters.append(tag_any("region", [region], params))
    if not globe.crosses_edge(point, radius_km):
        filters.append(f"@point:[{point.lon:.7f} {point.lat:.7f} {radius_km:.6f} km]")
    return (
        *("FT.AGGREGATE", keyspace.LOCATION_INDEX, all_of(filters), *NO_TIMEOUT),
        *("LOAD", "2", "@point", "@id"),
        *("APPLY", f'geodistance(@point,"{point.indexed()}")', "AS", "metres"),
        *("FILTER", f"@metres <= {radius_km * METRES:.3f}"),
        *("SORTBY", "4", "@metres", "ASC", "@id", "ASC"),
        *("LIMIT", "0", str(limit)),
        *("LOAD", "1", "$"),
        *params.arguments(),
    )


def _nearby(row: dict[str, Any]) -> list[Nearby]:
    """Nothing for a damaged one."""
    return [Nearby(location, float(row["metres"]) / METRES) for location in Location.readable([row.get("$")])]
