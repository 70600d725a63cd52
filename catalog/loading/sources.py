"""Files to load: found, opened and recognised before anything is written."""

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, cast

import orjson

from catalog import adapters
from catalog.adapters import Adapter
from catalog.loading.problems import LoadError
from catalog.loading.records import Reader, Record, csv_rows, json_array, json_lines

BOM = b"\xef\xbb\xbf"
GZIP_MAGIC = b"\x1f\x8b"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
HEAD = 64 * 1024
BUFFER = 1024 * 1024
TRIED_RECORDS = 20
DELIMITERS = "\t,;"
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
DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error)


@dataclass(frozen=True, slots=True)
class Source:
    """One file to load: how its records are read, and the format they are in."""

    path: Path
    reader: Reader
    adapter: Adapter
    size: int
    fingerprint: str

    def records(self, *, skip: int, consumed: "Consumed") -> Iterator[Record]:
        """The records after the first ``skip``. A damaged file ends with a record that says so."""
        position = skip
        with opened(self.path) as (raw, file):
            consumed.file = raw
            try:
                for record in self.reader(file, skip):
                    position = record.position
                    yield record
            except DAMAGED as error:
                yield Record(position + 1, problem=f"The file is damaged from here on ({error}): fetch it again.")


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


def sources(paths: Sequence[Path], *, format_name: str = AUTO) -> list[Source]:
    """The files behind the paths, folders searched. Raises ``LoadError`` when any cannot be loaded."""
    return [_source(file, format_name) for path in paths for file in _files(path)]


@contextmanager
def opened(path: Path) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """The file itself and its content: unpacked when it is gzip, without a byte order mark."""
    with path.open("rb") as raw:
        if raw.peek(2)[:2] != GZIP_MAGIC:
            yield raw, _without_mark(raw)
            return
        with gzip.GzipFile(fileobj=raw) as packed:
            yield raw, _without_mark(io.BufferedReader(cast(io.RawIOBase, packed), BUFFER))


def _without_mark(file: io.BufferedReader) -> io.BufferedReader:
    if file.peek(len(BOM)).startswith(BOM):
        file.read(len(BOM))
    return file


def _files(path: Path) -> list[Path]:
    if not path.exists():
        raise LoadError(f"{path} does not exist: check the spelling, or give its full path.")
    if not path.is_dir():
        return [path]
    for pattern in FOLDER_PATTERNS:
        if found := sorted(path.rglob(pattern)):
            return found
    raise LoadError(
        f"{path} has no data file that is known (such as listings_*.json.gz or product.csv): name the file itself."
    )


def _source(path: Path, format_name: str) -> Source:
    try:
        head = _head(path)
        reader, columns = _shape(path, head.lstrip().splitlines()[:TRIED_RECORDS])
        records = [Record(1, dict.fromkeys(columns, ""))] if columns else _first_records(path, reader)
        stat = path.stat()
    except (OSError, *DAMAGED) as error:
        raise LoadError(f"{path} cannot be read: {error}.") from None
    adapter = _adapter(path, format_name, records)
    seal = hashlib.sha256(head + f"{stat.st_size} {stat.st_mtime_ns}".encode()).hexdigest()
    return Source(path, reader, adapter, stat.st_size, seal)


def _head(path: Path) -> bytes:
    if not path.is_file():
        raise LoadError(f"{path} is not a regular file: write the data to a file first.")
    with path.open("rb") as raw:
        if path.suffix == ".gz" and raw.peek(2)[:2] != GZIP_MAGIC:
            raise LoadError(f"{path} is named .gz but is not gzip: fetch it again, or rename it.")
    with opened(path) as (_raw, file):
        head = file.read(HEAD)
    if not head.strip():
        raise LoadError(f"{path} is empty: there is nothing to load.")
    if head.startswith(UTF16_MARKS):
        raise LoadError(f"{path} is UTF-16: save it as UTF-8.")
    return head


def _shape(path: Path, first_lines: Sequence[bytes]) -> tuple[Reader, list[str]]:
    """How a file is read, and for CSV its columns, which are known even when no row is good."""
    begin = first_lines[0].strip()
    if begin.startswith(b"["):
        return json_array, []
    if begin == b"{":
        message = f"{path} is one JSON object over several lines: write one object a line, or an array of objects."
        raise LoadError(message)
    if begin.startswith(b"{") or any(_is_object(line) for line in first_lines):
        return json_lines, []
    header = begin.decode("utf-8", "replace")
    delimiter = max(DELIMITERS, key=header.count)
    if delimiter not in header or not header.replace("\t", "").isprintable():
        raise LoadError(f"{path} is neither JSON lines, a JSON array nor CSV with a line of column names.")
    return csv_rows(delimiter), [name.strip() for name in next(csv.reader([header], delimiter=delimiter))]


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False


def _first_records(path: Path, reader: Reader) -> list[Record]:
    """The first records that can be read, out of the first few."""
    with opened(path) as (_raw, file):
        return [record for record in islice(reader(file, 0), TRIED_RECORDS) if not record.problem]


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
