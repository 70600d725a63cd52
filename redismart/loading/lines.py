"""Lines of a file of any size in bounded memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

LONGEST_LINE = 4 * 1024 * 1024
"""Bytes. A product with a thousand long reviews fits; what is longer is a file without line ends."""

CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Line:
    """One line with its number from 1; ``length`` in bytes, ``data`` empty when that is too long."""

    number: int
    data: bytes
    length: int

    @property
    def too_long(self) -> bool:
        return self.length > LONGEST_LINE


def lines(file: IO[bytes]) -> Iterator[Line]:
    """Every line. What is too long is passed over without being held."""
    number = 0
    while data := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(data) <= LONGEST_LINE:
            yield Line(number, data, len(data))
        else:
            yield Line(number, b"", len(data) + _skip_rest(file, data))


def _skip_rest(file: IO[bytes], data: bytes) -> int:
    """Read on to the end of the line, keeping nothing. Returns how many bytes that was."""
    skipped = 0
    while data and not data.endswith(b"\n"):
        data = file.readline(CHUNK)
        skipped += len(data)
    return skipped
