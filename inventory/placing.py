"""Writes of locations, which every region's node has a copy of."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from redis.exceptions import RedisError

from inventory import keyspace
from inventory.models import Location
from redismart.redis import connections, searched
from redismart.redis.clauses import Params, tag_any
from redismart.redis.connections import ShopRedis

BATCH = 500
MOST_REMOVED = 100_000


@dataclass(slots=True)
class Written:
    """What was done to the locations of one node."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0


@dataclass(slots=True)
class Outcome:
    """What was done by region, and why the others could not be written."""

    written: dict[str, Written] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def store(*, locations: Mapping[str, Location], only: frozenset[str] = frozenset()) -> Outcome:
    """Write locations, by id, to the node of every region; one that cannot be written does not stop the others.

    Only what differs is written. Of the regions in ``only``, every other location is removed.
    """
    outcome = Outcome()
    for region in connections.topology().regions_of(Location.app):
        try:
            searched.ensure(Location, region=region)
            outcome.written[region] = _store(Location.db(region=region), locations, only)
        except (RedisError, OSError) as error:
            outcome.failed[region] = str(error)
    return outcome


def remove(*, location_id: str) -> Outcome:
    """Remove a location from the node of every region; one that cannot be written does not stop the others."""
    outcome = Outcome()
    for region in connections.topology().regions_of(Location.app):
        try:
            _write(Location.db(region=region), [], removed=[location_id])
            outcome.written[region] = Written(removed=1)
        except (RedisError, OSError) as error:
            outcome.failed[region] = str(error)
    return outcome


def note_change(pipeline: Any) -> None:
    """Queue that readers learn of a change to a location that is queued beside it."""
    pipeline.set(keyspace.LOCATION_VERSION, secrets.token_hex(8))


def _store(client: ShopRedis, locations: Mapping[str, Location], only: frozenset[str]) -> Written:
    written = Written()
    for batch in _batches(list(locations.values())):
        changed = _changed(client, batch, written)
        _write(client, changed, removed=[])
    gone = _others(client, locations, only) if only else []
    _write(client, [], removed=gone)
    written.removed = len(gone)
    return written


def _batches(locations: Sequence[Location]) -> Iterator[Sequence[Location]]:
    for start in range(0, len(locations), BATCH):
        yield locations[start : start + BATCH]


def _changed(client: ShopRedis, batch: Sequence[Location], written: Written) -> list[Location]:
    """The locations that differ from what the node has, which are counted."""
    stored = client.execute_command("JSON.MGET", *(location.key() for location in batch), "$")
    changed = []
    for location, known in zip(batch, stored, strict=True):
        if known is not None and orjson.loads(known)[0] == orjson.loads(location.encoded()):
            written.unchanged += 1
            continue
        written.created += known is None
        written.updated += known is not None
        changed.append(location)
    return changed


def _write(client: ShopRedis, changed: Sequence[Location], *, removed: Sequence[str]) -> None:
    """Write in one round trip. Readers learn of it before and after, so that none keeps what is half of it."""
    if not changed and not removed:
        return
    pipeline = client.pipeline()
    note_change(pipeline)
    for location in changed:
        location.save(pipeline=pipeline)
    for location_id in removed:
        pipeline.delete(keyspace.location(location_id))
    note_change(pipeline)
    pipeline.execute()


def _others(client: ShopRedis, locations: Mapping[str, Location], only: frozenset[str]) -> list[str]:
    """The ids that a node has in some regions beside those of ``locations``."""
    params = Params()
    query = tag_any("region", sorted(only), params)
    page = ("NOCONTENT", "LIMIT", "0", str(MOST_REMOVED), "TIMEOUT", "0")
    reply = client.execute_command("FT.SEARCH", keyspace.LOCATION_INDEX, query, *page, *params.arguments())
    ids = (str(key).removeprefix(keyspace.location("")) for key in reply[1:])
    return sorted(location_id for location_id in ids if location_id not in locations)
