"""Only some fields of the documents a search finds: a list has no use for descriptions of ten thousand letters."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import orjson
from pydantic import TypeAdapter

from redismart.redis.documents import Document

Kind = TypeVar("Kind", bound=Document)
DIALECT_OF_JSON = 3
"""Gives each value as a JSON list of what stands at its path: in dialect 2 the text ``[1]`` and a list look alike."""

OWN = "own_"
"""Begins the names of what is returned: under the name of a field that is sorted by, the index gives its own value."""


def paths(names: Sequence[str]) -> tuple[str, ...]:
    """Fields as RETURN and LOAD name them: path, AS, name."""
    return at({name: f"$.{name}" for name in names})


def at(places: Mapping[str, str]) -> tuple[str, ...]:
    """What stands at JSON paths, by the names it is to have, as RETURN and LOAD name it."""
    return tuple(part for name, path in places.items() for part in (path, "AS", f"{OWN}{name}"))


def values(found: Mapping[str, str]) -> dict[str, list[Any]]:
    """What stood at each path, by its name: nothing, one value or several. Raises ``ValueError``."""
    return {name.removeprefix(OWN): orjson.loads(value) for name, value in found.items() if name.startswith(OWN)}


def partial(document: type[Kind], found: Mapping[str, str]) -> Kind:
    """A document of just the fields found; the others have their defaults. Raises ``ValueError`` for a damaged one.

    What no document is without must be among what is read.
    """
    told = {name: _adapter(document, name).validate_python(value[0]) for name, value in values(found).items() if value}
    if lacking := [name for name, field in document.model_fields.items() if field.is_required() and name not in told]:
        raise ValueError(f"lacks {', '.join(lacking)}")
    made: Kind = document.model_construct(**told)
    return made


@lru_cache(maxsize=1_000)
def _adapter(document: type[Document], name: str) -> TypeAdapter[Any]:
    field = document.model_fields[name]
    return TypeAdapter(field.annotation)
