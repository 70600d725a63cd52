"""Records of a file, whatever its shape: JSON lines, one JSON array, or CSV.

Each shape yields a ``Record`` for every record there is, also for what cannot be read, so that one bad
record never costs another. With ``skip``, so many records pass without being looked at.
"""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, Any

import ijson
import orjson

from redismart.loading.json_items import json_items
from redismart.loading.lines import LONGEST_LINE, Line, lines

MEGABYTE = 1024 * 1024
LONGEST_CELL = 1_000_000


@dataclass(frozen=True, slots=True)
class Record:
    """A record and where it is: its line, or its place in an array. ``problem`` says why it has no fields."""

    position: int
    fields: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""
    value: str = ""


Reader = Callable[[IO[bytes], int], Iterator[Record]]


def json_lines(file: IO[bytes], skip: int = 0) -> Iterator[Record]:
    """One JSON object a line; empty lines do not count."""
    told = (line for line in lines(file) if line.too_long or line.data.strip())
    for line in islice(told, skip, None):
        yield _from_json(line)


def json_array(file: IO[bytes], skip: int = 0) -> Iterator[Record]:
    """The objects of one JSON array, however large. Numbers stay exact decimals.

    Broken JSON ends the array: where the next object begins cannot be known.
    """
    position = 0
    try:
        for position, item in enumerate(json_items(file), start=1):
            if position > skip:
                yield Record(position, item) if isinstance(item, dict) else _no_object(position, item)
    except (ijson.JSONError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0].strip()
        yield Record(position + 1, problem=f"cannot be read as JSON, so the rest of the file cannot be read: {reason}")


def csv_rows(delimiter: str) -> Reader:
    """Rows of a CSV file whose first line names the columns."""

    def read(file: IO[bytes], skip: int = 0) -> Iterator[Record]:
        csv.field_size_limit(LONGEST_CELL)
        text = _Text(lines(file))
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        try:
            header = [name.strip() for name in next(reader, [])]
        except csv.Error as error:
            yield Record(1, problem=f"does not name the columns: it is not valid CSV ({error})")
            return
        for row in islice(_rows(reader, text), skip, None):
            yield row if isinstance(row, Record) else _from_cells(text, header, row)

    return read


class _Text:
    """Lines as text for a CSV reader, which asks for several when a quoted cell spans them.

    Bytes that are no UTF-8 pass as surrogates, and are found when the row is complete.
    """

    def __init__(self, source: Iterator[Line]) -> None:
        self._source = source
        self._row_is_new = True
        self.row_begins = 1
        self.row_ends = 1
        self.too_long = 0

    def __iter__(self) -> "_Text":
        return self

    def __next__(self) -> str:
        line = next(self._source)
        if self._row_is_new:
            self.row_begins, self._row_is_new, self.too_long = line.number, False, 0
        self.row_ends = line.number
        if line.too_long:
            self.too_long = line.length
            return "\n"
        return line.data.decode("utf-8", "surrogateescape")

    def row_ended(self) -> None:
        self._row_is_new = True


def _rows(reader: Any, text: _Text) -> Iterator[list[str] | Record]:
    """Rows, or what is wrong with one. After an error the reader goes on with the next line."""
    text.row_ended()
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Record(text.row_begins, problem=f"is not valid CSV: {error}{_swallowed(text)}")
        else:
            if text.too_long:
                yield _too_long(text.row_begins, text.too_long)
            elif row:
                yield row
        text.row_ended()


def _swallowed(text: _Text) -> str:
    """What a quote that is never closed takes along: whole rows, which look like one cell."""
    if text.row_ends == text.row_begins:
        return ""
    return (
        f"; lines {text.row_begins:,} to {text.row_ends:,} were read as one row and none of them is loaded. "
        "Look for a quote that is never closed: close it, or double it where it belongs to the value, and load again"
    )


def _from_cells(text: _Text, header: list[str], row: list[str]) -> Record:
    position = text.row_begins
    if len(row) != len(header):
        told = f"has {len(row)} columns where the first line names {len(header)}{_swallowed(text)}"
        return Record(position, problem=told, value=row[0])
    if any(_is_damaged(cell) for cell in row):
        return Record(position, problem="is not UTF-8: save the file as UTF-8", value=row[0])
    return Record(position, dict(zip(header, row, strict=True)))


def _is_damaged(cell: str) -> bool:
    if cell.isascii():
        return False
    try:
        cell.encode()
    except UnicodeEncodeError:
        return True
    return False


def _from_json(line: Line) -> Record:
    if line.too_long:
        return _too_long(line.number, line.length)
    try:
        item = orjson.loads(line.data)
    except orjson.JSONDecodeError as error:
        return Record(
            line.number,
            problem=_why_not_json(line.data, error),
            value=line.data[:200].decode("utf-8", "backslashreplace"),
        )
    return Record(line.number, item) if isinstance(item, dict) else _no_object(line.number, item)


def _why_not_json(data: bytes, error: orjson.JSONDecodeError) -> str:
    try:
        data.decode()
    except UnicodeDecodeError as damage:
        return f"is not UTF-8 (byte {damage.start + 1} of the line): save the file as UTF-8"
    return f"is not valid JSON: {error.msg}, at character {error.pos + 1}"


def _no_object(position: int, item: Any) -> Record:
    return Record(position, problem="is not a JSON object", value=str(item)[:200])


def _too_long(position: int, length: int) -> Record:
    return Record(position, problem=f"has {length / MEGABYTE:.1f} MB; a row may have {LONGEST_LINE // MEGABYTE} MB")
