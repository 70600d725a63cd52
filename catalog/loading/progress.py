"""How far the loading of a file has come: kept in Redis, so that the same command goes on after any end."""

import hashlib
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

import orjson

from catalog import keyspace
from catalog.models import Product

KEPT_SECONDS = 7 * 86_400


@dataclass(slots=True)
class Tally:
    """What became of the rows of a file, or of several."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    notes: int = 0

    @property
    def rows(self) -> int:
        return self.created + self.updated + self.unchanged + self.rejected

    def add(self, other: "Tally") -> None:
        for name in (field.name for field in fields(self)):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(frozen=True, slots=True)
class Progress:
    """``records`` of a file are done, with this tally; its problems end at ``report_bytes`` of the report."""

    records: int
    tally: dict[str, int]
    report_bytes: int

    @classmethod
    def of(cls, records: int, tally: Tally, report_bytes: int) -> Self:
        return cls(records, asdict(tally), report_bytes)


class ProgressKeeper:
    """Remembers the progress of one file under one set of options."""

    def __init__(self, *parts: str) -> None:
        self.digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]
        self._key = keyspace.load_progress(self.digest)

    def recall(self) -> Progress | None:
        """What an earlier run that did not finish left, if any."""
        stored = Product.db().get(self._key)
        return None if stored is None else Progress(**orjson.loads(stored))

    def remember(self, progress: Progress) -> None:
        facts: dict[str, Any] = asdict(progress)
        Product.db().set(self._key, orjson.dumps(facts), ex=KEPT_SECONDS)

    def forget(self) -> None:
        Product.db().delete(self._key)
