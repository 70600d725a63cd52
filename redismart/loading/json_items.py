"""The items of a JSON array, one at a time, whatever the file has in store for its reader."""

import re
from collections.abc import Iterator
from typing import IO, Any

import ijson

from redismart.loading.lines import LONGEST_LINE

MOST_LEVELS = 64
MOST_DIGITS = 1_000
"""The parser crashes on numbers of more digits than Python converts, 4,300."""

LONG_NUMBER = re.compile(rb"[0-9]{%d}" % MOST_DIGITS)
OPENING, CLOSING = {"start_map", "start_array"}, {"end_map", "end_array"}


def json_items(file: IO[bytes]) -> Iterator[Any]:
    """The items of the file's one array; numbers with a fraction are exact decimals.

    Raises ``ijson.JSONError`` for what is no JSON, nested deeper than ``MOST_LEVELS``, has a number of
    ``MOST_DIGITS`` digits, or an item longer than a line may be.
    """
    guarded, levels, builder = _Guarded(file), 0, ijson.ObjectBuilder()
    for event, value in ijson.basic_parse(guarded):
        levels += (event in OPENING) - (event in CLOSING)
        if levels > MOST_LEVELS:
            raise ijson.JSONError(f"it is nested in more than {MOST_LEVELS} levels")
        if levels == 0 or (levels == 1 and event == "start_array"):
            continue
        builder.event(event, value)
        if levels == 1:
            guarded.item_ended()
            yield builder.value
            builder = ijson.ObjectBuilder()


class _Guarded:
    """A file that refuses to hand out numbers that are too long, also where two reads meet, and endless items.

    The parser holds an item from its first byte, and takes ever longer over each further one.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._end = b""
        self._unfinished = 0

    def item_ended(self) -> None:
        """Whatever is read from now on belongs to the next item."""
        self._unfinished = 0

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(size)
        if self._unfinished > LONGEST_LINE:
            raise ijson.JSONError(f"it has more than {LONGEST_LINE // 1024**2} MB")
        self._unfinished += len(chunk)
        if LONG_NUMBER.search(self._end + chunk):
            raise ijson.JSONError(f"it has a number of more than {MOST_DIGITS:,} digits")
        self._end = chunk[-MOST_DIGITS:]
        return chunk
