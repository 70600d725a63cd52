"""Files to load: found, opened and recognised before anything is written."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from catalog import adapters
from catalog.adapters import Adapter
from redismart.loading.files import beginning, first_records, opened, readable, shape, until_damage
from redismart.loading.problems import LoadError
from redismart.loading.records import Reader, Record

# What a data set is called where it is published as a folder.
FOLDER_PATTERNS = (
    "product.csv",
    "product.csv.gz",
    "listings_*.json.gz",
    "listings_*.json",
    "products.json",
    "products.json.gz",
    "products.jsonl",
    "products.jsonl.gz",
)
AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Source:
    """One file to load: how its records are read, and the format they are in."""

    path: Path
    reader: Reader
    adapter: Adapter
    size: int
    fingerprint: str

    def records(
        self, *, skip: int, consumed: "Consumed", stopping: Callable[[], bool] = lambda: False
    ) -> Iterator[Record]:
        """The records after the first ``skip``. A damaged file ends with a record that says so.

        Raises ``StoppedError`` at the next read once ``stopping`` says so.
        """
        with opened(self.path) as (raw, file):
            consumed.file = raw
            yield from until_damage(cast(IO[bytes], _Stoppable(file, stopping)), self.reader, skip)


class Consumed:
    """How many bytes of a file have been read so far, for a progress bar."""

    def __init__(self, size: int) -> None:
        self._size = size
        self.file: IO[bytes] | None = None

    @property
    def bytes(self) -> int:
        if self.file is None:
            return 0
        return self._size if self.file.closed else self.file.tell()


class StoppedError(Exception):
    """Someone asked to stop while a file was read."""


class _Stoppable:
    """A file that is read no further once someone asked to stop, in the middle of a record too."""

    def __init__(self, file: IO[bytes], stopping: Callable[[], bool]) -> None:
        self._file = file
        self._stopping = stopping

    def read(self, size: int = -1) -> bytes:
        self._go_on()
        return self._file.read(size)

    def readline(self, size: int = -1) -> bytes:
        self._go_on()
        return self._file.readline(size)

    def _go_on(self) -> None:
        if self._stopping():
            raise StoppedError


def sources(paths: Sequence[Path], *, format_name: str = AUTO) -> list[Source]:
    """The files behind the paths, folders searched. Raises ``LoadError`` when any cannot be loaded."""
    return [_source(file, format_name) for path in paths for file in _files(path)]


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    for pattern in FOLDER_PATTERNS:
        if found := sorted(path.rglob(pattern)):
            return found
    raise LoadError(
        f"{path} has no data file that is known (such as listings_*.json.gz or product.csv): name the file itself."
    )


def _source(path: Path, format_name: str) -> Source:
    with readable(path):
        head = beginning(path)
        reader, columns = shape(path, head)
        records = [Record(1, dict.fromkeys(columns, ""))] if columns else first_records(path, reader)
        stat = path.stat()
    adapter = _adapter(path, format_name, records)
    seal = hashlib.sha256(head + f"{stat.st_size} {stat.st_mtime_ns}".encode()).hexdigest()
    return Source(path, reader, adapter, stat.st_size, seal)


def _adapter(path: Path, format_name: str, records: list[Record]) -> Adapter:
    if format_name != AUTO:
        return adapters.BY_NAME[format_name]
    for record in records:
        if found := adapters.for_record(record.fields):
            return found
    if not records:
        # Not one record could be read: each will be rejected with its own reason.
        return adapters.BY_NAME["own"]
    seen = ", ".join(list(records[0].fields)[:8])
    raise LoadError(
        f"{path} is in no known format (its fields: {seen}): needed are at least sku and name. See docs/loading.md."
    )
