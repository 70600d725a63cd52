"""What can be wrong with a file, a row or a picture, in words that say what to do."""

import reprlib
from dataclasses import dataclass
from enum import StrEnum

LONGEST_SHOWN = 200


class LoadError(Exception):
    """Nothing can be loaded, or no further; the message says why and what to do."""


class Kind(StrEnum):
    """What a problem did: a rejected row is not in the shop, a note only tells."""

    REJECTED = "rejected"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of one row, known by its ``key``. ``position`` is its line, or its place in a JSON array, from 1."""

    kind: Kind
    position: int
    field: str
    value: str
    reason: str
    key: str = ""


def rejected(position: int, *, field: str = "", value: object = "", reason: str, key: str = "") -> Problem:
    """A row that was left out."""
    return Problem(Kind.REJECTED, position, field, shown(value), reason, key)


def note(position: int, *, field: str = "", value: object = "", reason: str, key: str = "") -> Problem:
    """Something worth knowing about a row that was loaded."""
    return Problem(Kind.NOTE, position, field, shown(value), reason, key)


def shown(value: object) -> str:
    """A value as a report shows it: text, not too long, fit for any file."""
    text = value if isinstance(value, str) else reprlib.repr(value)
    text = text[: LONGEST_SHOWN + 1].encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
