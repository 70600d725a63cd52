"""Documents that several people, tabs and tasks change at once: none overwrites what it has not seen."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import ClassVar, Self, TypeVar

from pydantic import Field

from purchasing import keyspace
from redismart.redis import scripts
from redismart.redis.documents import Document
from redismart.redis.scripts import Script

ATTEMPTS = 20

Kept = TypeVar("Kept", bound="Versioned")


class ConflictError(RuntimeError):
    """Somebody else changed the document meanwhile. Read it again, and decide anew."""


class UnknownDocumentError(LookupError):
    """There is no such document, or no longer."""


class Versioned(Document):
    """A document with a version, which every change raises by one. 0: never stored."""

    app: ClassVar[str] = "purchasing"
    keep_seconds: ClassVar[int] = 0
    """How long it lives after its last change; 0 for good."""

    version: int = Field(default=0, ge=0)

    class Meta:
        global_key_prefix = keyspace.PREFIX

    @classmethod
    def get_or_none(cls, pk: str) -> Self | None:
        stored = cls.db().execute_command("JSON.GET", cls.key_of(pk))
        return None if stored is None else cls.decoded(stored)

    @classmethod
    def read(cls, pk: str) -> Self:
        """Raises ``UnknownDocumentError``."""
        found = cls.get_or_none(pk)
        if found is None:
            raise UnknownDocumentError(f"There is no {cls.__name__.lower()} {pk!r}.")
        return found

    def replaced(self) -> Self:
        """Store it, unless somebody changed it since it was read: then raises ``ConflictError``."""
        newer: Self = self.model_copy(update={"version": self.version + 1})
        arguments = [self.version, newer.encoded(), self.keep_seconds]
        if not scripts.run(self.db(), _replace(), keys=[self.key()], arguments=arguments):
            raise ConflictError(f"{self.key()} was changed meanwhile.")
        return newer


def change(read: Callable[[], Kept], decide: Callable[[Kept], Kept | None]) -> Kept:
    """Read a document, decide what becomes of it (None: nothing), store that; all again when somebody was faster."""
    for _attempt in range(ATTEMPTS):
        current = read()
        wanted = decide(current)
        if wanted is None:
            return current
        try:
            return wanted.replaced()
        except ConflictError:
            continue
    raise ConflictError("The document changes too often: try again.")


@cache
def _replace() -> Script:
    return scripts.read(Path(__file__).parent / "scripts", shared={"replace": ()})["replace"]
