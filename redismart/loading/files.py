"""Files opened and their shape found out, before anything is made of their rows."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, cast

import orjson

from redismart.loading.problems import LoadError
from redismart.loading.records import Reader, Record, csv_rows, json_array, json_lines

BOM = b"\xef\xbb\xbf"
GZIP_MAGIC = b"\x1f\x8b"
# In this order: the mark of the one begins as that of the other.
OTHER_MARKS = {
    "UTF-32": (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff"),
    "UTF-16": (b"\xff\xfe", b"\xfe\xff"),
}
HEAD = 64 * 1024
BUFFER = 1024 * 1024
TRIED_RECORDS = 20
DELIMITERS = "\t,;"
DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error)


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Looking at a file before it is loaded. Raises ``LoadError`` when it is missing or cannot be read."""
    if not path.exists():
        raise LoadError(f"{path} does not exist: check the spelling, or give its full path.")
    try:
        yield
    except (OSError, *DAMAGED) as error:
        raise LoadError(f"{path} cannot be read: {error}.") from None


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


def beginning(path: Path) -> bytes:
    """The first bytes of a file's content. Raises ``LoadError`` when it holds no UTF-8 text at all."""
    if not path.is_file():
        raise LoadError(f"{path} is not a regular file: write the data to a file first.")
    with path.open("rb") as raw:
        if path.suffix == ".gz" and raw.peek(2)[:2] != GZIP_MAGIC:
            raise LoadError(f"{path} is named .gz but is not gzip: fetch it again, or rename it.")
    with opened(path) as (_raw, file):
        head = file.read(HEAD)
    if not head.strip():
        raise LoadError(f"{path} is empty: there is nothing to load.")
    for encoding, marks in OTHER_MARKS.items():
        if head.startswith(marks):
            raise LoadError(f"{path} is {encoding}: save it as UTF-8.")
    return head


def shape(path: Path, head: bytes) -> tuple[Reader, list[str]]:
    """How a file is read, and for CSV its columns, which are known even when no row is good."""
    first_lines = head.lstrip().splitlines()[:TRIED_RECORDS]
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


def first_records(path: Path, reader: Reader) -> list[Record]:
    """The first records that can be read, out of the first few."""
    with opened(path) as (_raw, file):
        return [record for record in islice(reader(file, 0), TRIED_RECORDS) if not record.problem]


def until_damage(file: IO[bytes], reader: Reader, skip: int = 0) -> Iterator[Record]:
    """The records after the first ``skip``. A damaged file ends with a record that says so."""
    position = skip
    try:
        for record in reader(file, skip):
            position = record.position
            yield record
    except DAMAGED as error:
        yield Record(position + 1, problem=f"The file is damaged from here on ({error}): fetch it again.")


def require_columns(paths: Iterable[Path], names: Sequence[str]) -> None:
    """Raises ``LoadError`` when a file cannot be read at all, or its line of column names lacks one."""
    for path in paths:
        with readable(path):
            _reader, columns = shape(path, beginning(path))
        if missing := [name for name in names if columns and name not in columns]:
            raise LoadError(f"{path} has no column {', '.join(missing)}: needed are {', '.join(names)}.")


def records(path: Path) -> Iterator[Record]:
    """All records of a file, up to where it may be damaged."""
    reader, _columns = shape(path, beginning(path))
    with opened(path) as (_raw, file):
        yield from until_damage(file, reader)


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False
