"""Changes by people to documents that others change meanwhile. Knows neither Django nor any document.

Only fields that a form shows can collide: what sales and reviews do to a product meanwhile is kept.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel
from redis.exceptions import WatchError

from redismart.redis.documents import Document

ATTEMPTS = 20
Kind = TypeVar("Kind", bound=Document)


class GoneError(LookupError):
    """The document is not there, or no longer."""


class TakenError(ValueError):
    """A new document's key belongs to another."""


class ConflictError(RuntimeError):
    """Somebody changed the same fields since they were read; ``current`` is what is stored now."""

    def __init__(self, current: Document) -> None:
        super().__init__("Somebody else has changed this meanwhile.")
        self.current = current


class BusyError(RuntimeError):
    """Too many change the same document at this moment: try again. ``done`` are those of many that were changed."""

    def __init__(self, said: str, *, done: Sequence[str] = ()) -> None:
        super().__init__(said)
        self.done = tuple(done)


def stamp(document: BaseModel, fields: Iterable[str]) -> str:
    """What some fields of a document hold, as a short text that is another when any of them is."""
    shown = document.model_dump(mode="json", include=set(fields))
    return hashlib.sha256(orjson.dumps(shown, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def change(
    kind: type[Kind],
    *,
    pk: str,
    fields: Iterable[str],
    since: str,
    values: Mapping[str, Any],
    store: Callable[[Any, Kind], None],
) -> Kind:
    """Give some fields new values, unless any of ``fields`` is not what it was by the stamp ``since``.

    ``store`` queues the writes on a transaction. Raises ``GoneError``, ``ConflictError``, ``BusyError``,
    ``pydantic.ValidationError``.
    """
    shown = tuple(fields)
    for _attempt in range(ATTEMPTS):
        with kind.db().pipeline(transaction=True) as pipeline:
            pipeline.watch(kind.key_of(pk))
            changed = merged(read(kind, pk=pk, client=pipeline), fields=shown, since=since, values=values)
            pipeline.multi()
            store(pipeline, changed)
            try:
                pipeline.execute()
            except WatchError:
                continue
            return changed
    raise BusyError("Too many change this at the same moment: try again.")


def read(kind: type[Kind], *, pk: str, client: Any) -> Kind:
    """A document as it is stored. Raises ``GoneError``."""
    stored = client.execute_command("JSON.GET", kind.key_of(pk), "$")
    if stored is None:
        raise GoneError(f"There is no {kind.__name__.lower()} {pk!r}, or no longer.")
    return kind.from_path_reply(stored)


def merged(current: Kind, *, fields: Iterable[str], since: str, values: Mapping[str, Any]) -> Kind:
    """A document with new values. Raises ``ConflictError`` where ``fields`` are others than those of the stamp."""
    if stamp(current, fields) != since:
        raise ConflictError(current)
    changed: Kind = type(current).model_validate(current.model_dump(exclude={"pk"}) | dict(values))
    return changed


def add(document: Kind, *, pk: str) -> None:
    """Reserve a new document's key by storing it, or raise ``TakenError``."""
    if document.save(nx=True) is None:
        raise TakenError(f"There is already one known as {pk!r}: choose another, or change that one.")
