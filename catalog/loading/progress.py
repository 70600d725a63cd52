"""How far the loading of a file has come: kept in Redis, so that the same command goes on after any end."""

import hashlib
from dataclasses import asdict, dataclass, fields
from typing import Self

import orjson

from catalog import keyspace
from catalog.models import Product
from redismart.loading.report import Mark

KEPT_SECONDS = 7 * 86_400
FORM = "2"
"""Part of every key: what another release of the shop has written is not understood, and so not found."""


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
    """``records`` of a file are done, with this tally; their problems end at a mark of the report."""

    records: int
    tally: Tally
    reported: Mark

    @classmethod
    def decoded(cls, stored: str) -> Self:
        facts = orjson.loads(stored)
        return cls(facts["records"], Tally(**facts["tally"]), Mark(**facts["reported"]))


class ProgressKeeper:
    """Remembers the progress of one file under one set of options."""

    def __init__(self, *parts: str) -> None:
        self.digest = hashlib.sha256("\0".join((FORM, *parts)).encode()).hexdigest()[:24]
        self._key = keyspace.load_progress(self.digest)

    def recall(self) -> Progress | None:
        """What an earlier run that did not finish left, if any."""
        stored = Product.db().get(self._key)
        return None if stored is None else Progress.decoded(stored)

    def remember(self, progress: Progress) -> None:
        Product.db().set(self._key, orjson.dumps(asdict(progress)), ex=KEPT_SECONDS)

    def forget(self) -> None:
        Product.db().delete(self._key)
