"""Which keys a load has come across, to tell of those that come again."""

import sqlite3
from collections.abc import Iterable
from typing import Self


class Seen:
    """Keys. A context manager.

    A temporary database on disk: a load may have more of them than should be held in memory.
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("CREATE TABLE seen (key TEXT PRIMARY KEY) WITHOUT ROWID")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the disk space back."""
        self._database.close()

    def new(self, keys: Iterable[str]) -> list[bool]:
        """For each key, whether it comes for the first time."""
        self._database.execute("BEGIN")
        found = [self._database.execute("INSERT OR IGNORE INTO seen VALUES (?)", (key,)).rowcount == 1 for key in keys]
        self._database.execute("COMMIT")
        return found
