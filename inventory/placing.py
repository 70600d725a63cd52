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

FORGET = """
for at = 1, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[at]) == ARGV[at + 1] then redis.call('HDEL', KEYS[1], ARGV[at]) end
end
"""
"""Forgets marks, but those that were made anew meanwhile. ARGV: ids, each with its mark."""


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


def note_change(pipeline: Any, location_id: str) -> None:
    """Queue, beside a change of one location at this region's node, that readers learn of it, and that every other
    region is to be told: ``tell`` does so, now or after whatever died in between.
    """
    _note_version(pipeline)
    for peer in _peers(connections.topology().region):
        pipeline.hset(keyspace.untold(peer), location_id, secrets.token_hex(8))


def tell(*, region: str | None = None) -> Outcome:
    """Tell every other region of a region's changes that it has not heard of; what is gone here goes there too.

    A region that cannot be reached is told another time: until then its changes stay noted.
    """
    outcome, here = Outcome(), region or connections.topology().region
    ours = Location.db(region=here)
    for peer in _peers(here):
        marks = ours.hgetall(keyspace.untold(peer))
        if not marks:
            continue
        try:
            searched.ensure(Location, region=peer)
            outcome.written[peer] = _tell(ours, Location.db(region=peer), list(marks))
        except (RedisError, OSError) as error:
            outcome.failed[peer] = str(error)
        else:
            ours.eval(FORGET, 1, keyspace.untold(peer), *(part for mark in marks.items() for part in mark))
    return outcome


def _peers(region: str) -> list[str]:
    return [peer for peer in connections.topology().regions_of(Location.app) if peer != region]


def _tell(ours: ShopRedis, theirs: ShopRedis, ids: list[str]) -> Written:
    written = Written()
    stored = ours.execute_command("JSON.MGET", *map(keyspace.location, ids), "$")
    found = Location.readable(stored, read=Location.from_path_reply)
    gone = [location_id for location_id, value in zip(ids, stored, strict=True) if value is None]
    _write(theirs, _changed(theirs, found, written) if found else [], removed=gone)
    written.removed = len(gone)
    return written


def _note_version(pipeline: Any) -> None:
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
    _note_version(pipeline)
    for location in changed:
        location.save(pipeline=pipeline)
    for location_id in removed:
        pipeline.delete(keyspace.location(location_id))
    _note_version(pipeline)
    pipeline.execute()


def _others(client: ShopRedis, locations: Mapping[str, Location], only: frozenset[str]) -> list[str]:
    """The ids that a node has in some regions beside those of ``locations``."""
    params = Params()
    query = tag_any("region", sorted(only), params)
    page = ("NOCONTENT", "LIMIT", "0", str(MOST_REMOVED), "TIMEOUT", "0")
    reply = client.execute_command("FT.SEARCH", keyspace.LOCATION_INDEX, query, *page, *params.arguments())
    ids = (str(key).removeprefix(keyspace.location("")) for key in reply[1:])
    return sorted(location_id for location_id in ids if location_id not in locations)
