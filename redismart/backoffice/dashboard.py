"""The tiles of the admin's first page. Apps register theirs; this module knows none of them.

All tiles of a node travel in one pipeline. A node that is away takes only its own tiles with it, and they say so.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import structlog
from django.urls import NoReverseMatch, reverse
from redis.exceptions import RedisError, ResponseError

from redismart.redis import connections, replies
from redismart.redis.batch import Batch

NODE_SECONDS = 0.5
"""What a node gets to answer in: people look at the other tiles meanwhile."""

log = structlog.get_logger(__name__)


class User(Protocol):
    """Whoever looks."""

    def has_perm(self, perm: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Figure:
    """What a tile tells: a figure and what it counts, lines of a name and a value each, and whether to look at once."""

    value: str
    told: str = ""
    lines: tuple[tuple[str, str], ...] = ()
    alarming: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """A link from a tile: a view's name and query (of the moment, when it is a function), for those who may (None:
    whoever sees the tile)."""

    label: str
    view: str
    query: str | Callable[[], str] = ""
    permission: str | None = None


Ask = Callable[[Batch], Callable[[], Figure]]
"""Queues what a tile reads; what it returns is called once the replies are there."""


@dataclass(frozen=True, slots=True)
class Tile:
    """``app`` is the one whose node is asked; ``place`` orders the tiles."""

    name: str
    title: str
    app: str
    permission: str
    ask: Ask
    ways: tuple[Way, ...] = ()
    place: int = 100


@dataclass(frozen=True, slots=True)
class Shown:
    """A tile as somebody sees it: a figure, or why there is none."""

    tile: Tile
    figure: Figure | None = None
    problem: str = ""
    ways: tuple[tuple[str, str], ...] = ()


_tiles: dict[str, Tile] = {}


def register(tile: Tile) -> None:
    """Show a tile from now on. Apps do so when they get ready."""
    _tiles[tile.name] = tile


def shown(*, user: User) -> list[Shown]:
    """The tiles that somebody may see, in order."""
    allowed = [tile for tile in _tiles.values() if user.has_perm(tile.permission)]
    by_app = {app: [tile for tile in allowed if tile.app == app] for app in {tile.app for tile in allowed}}
    with connections.hurried(NODE_SECONDS):
        read = [each for app, tiles in by_app.items() for each in _read(app, tiles)]
    found = [Shown(tile, figure, problem, tuple(_ways(tile, user))) for tile, figure, problem in read]
    return sorted(found, key=lambda each: (each.tile.place, each.tile.name))


def _read(app: str, tiles: Sequence[Tile]) -> Iterable[tuple[Tile, Figure | None, str]]:
    try:
        batch = Batch(connections.client(app))
        asked = [(tile, _asked(tile, batch)) for tile in tiles]
        batch.run()
    except (RedisError, OSError) as error:
        log.warning("tiles_away", app=app, error=str(error))
        return [(tile, None, f"The node of {app} does not answer now. Look again in a moment.") for tile in tiles]
    return [(tile, *_figure(figure)) for tile, figure in asked]


def _asked(tile: Tile, batch: Batch) -> Callable[[], Figure]:
    """What is read to know what to ask may be damaged, too."""
    try:
        return tile.ask(batch)
    except replies.DAMAGED as error:
        return partial(_raise, error)


def _raise(error: Exception) -> Figure:
    raise error


def _figure(figure: Callable[[], Figure]) -> tuple[Figure | None, str]:
    try:
        return figure(), ""
    except ResponseError as error:
        log.warning("tile_unread", error=str(error))
        return None, f"Redis could not tell: {error}. `manage.py create_indexes` makes what may be missing."
    except (RedisError, OSError, RuntimeError) as error:
        log.warning("tile_unread", error=str(error))
        return None, f"This cannot be told now: {error}"
    except replies.DAMAGED as error:
        log.warning("tile_unread", error=str(error))
        return None, "What is stored for this is damaged, and cannot be told. The log says more."


def _ways(tile: Tile, user: User) -> Iterable[tuple[str, str]]:
    for way in tile.ways:
        if way.permission is None or user.has_perm(way.permission):
            with suppress(NoReverseMatch):
                query = way.query if isinstance(way.query, str) else way.query()
                yield way.label, f"{reverse(way.view)}{'?' if query else ''}{query}"
