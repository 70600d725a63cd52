"""Moves of branches that are noted and not finished: one for each branch, and none that meets another.

Whoever changes the tree does so ``in_turn``: what was read of the tree and of the moves still holds when it is stored.
Whoever works at a move is told by ``OverError`` when another process has ended it: what a note stood for is then done,
and its branch may be on another way by now.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import uuid4

import structlog
from pydantic import BaseModel, Field, TypeAdapter
from redis.exceptions import WatchError

from catalog import keyspace
from catalog.models import Category, slug_paths
from redismart.redis.documents import damage
from redismart.redis.editing import BusyError

ATTEMPTS = 20
STEP_SECONDS = 0.005
WATCHED = (keyspace.MOVES, keyspace.TREE_VERSION)
"""What is another after every change of the tree and of its moves."""

Path = tuple[str, ...]

log = structlog.get_logger(__name__)


class OverError(RuntimeError):
    """A move that is worked at was ended meanwhile."""


class Note(BaseModel):
    """A move as it is stored. ``mark`` is another for each, also for the same branch to the same place."""

    to: Annotated[Path, Field(min_length=1)]
    mark: str = ""


NOTES: TypeAdapter[Note | Path] = TypeAdapter(Note | Annotated[Path, Field(min_length=1)])
"""Notes were names alone once: a shop may be brought up to date in the middle of a move."""


@dataclass(frozen=True, slots=True)
class Move:
    """A branch by the slug path it had, on its way to a path of names; ``noted`` is its note as it is stored."""

    slug: str
    to: Path
    noted: str

    @property
    def target(self) -> str:
        return slug_paths(self.to)[-1]

    def takes(self, slug: str) -> bool:
        """Whether a category is of the branch."""
        return is_below(slug, self.slug)

    def meets(self, slug: str) -> bool:
        """Whether a category is of the branch, of its new place, or above either."""
        return any(is_below(slug, place) or is_below(place, slug) for place in (self.slug, self.target))

    def __str__(self) -> str:
        return f"The category {self.slug!r} is being moved to {' > '.join(self.to)}: try again when that is done."


def is_below(slug: str, above: str) -> bool:
    """Whether a slug path is another, or below it."""
    return slug == above or slug.startswith(f"{above}/")


def noted() -> list[Move]:
    """All that are not finished; a note that somebody has damaged is none."""
    stored = Category.db().hgetall(keyspace.MOVES)
    return [Move(slug, to, told) for slug, told in sorted(stored.items()) if (to := _path(told))]


def _path(told: str) -> Path | None:
    try:
        note = NOTES.validate_json(told)
    except ValueError as error:
        log.warning("move_left_out", reason=damage(error))
        return None
    return note.to if isinstance(note, Note) else note


def note(pipeline: Any, *, slug: str, to: Path) -> None:
    """Queue the note that a branch is on its way."""
    pipeline.hset(keyspace.MOVES, slug, Note(to=to, mark=uuid4().hex).model_dump_json())
    pipeline.hdel(keyspace.RESPELT, slug)


def end(pipeline: Any, move: Move) -> None:
    """Queue that a move is done."""
    pipeline.hdel(keyspace.MOVES, move.slug)
    pipeline.hdel(keyspace.RESPELT, move.slug)


def require(move: Move) -> None:
    """Raises ``OverError`` unless a move is noted as it was."""
    if Category.db().hget(keyspace.MOVES, move.slug) != move.noted:
        raise OverError(move.slug)


def in_turn(queue: Callable[[Any], None], *keys: str) -> None:
    """Store what ``queue`` puts on a transaction; it reads the tree and moves by connections of its own.

    It is asked again when these, or what is under ``keys``, were changed since it read them. Raises ``BusyError``, and
    what it raises itself.
    """
    for attempt in range(ATTEMPTS):
        with Category.db().pipeline(transaction=True) as pipeline:
            pipeline.watch(*WATCHED, *keys)
            pipeline.multi()
            queue(pipeline)
            try:
                pipeline.execute()
            except WatchError:
                time.sleep(random.uniform(0, attempt * STEP_SECONDS))
                continue
            return
    raise BusyError("Too many change the categories at this moment: try again.")
