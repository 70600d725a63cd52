"""Reads the raw replies of RediSearch (RESP2: flat lists, which parse twice as fast as RESP3's maps)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import structlog
from redis.exceptions import ResponseError

from redismart.redis import away

LONGEST_REASON = 200
DAMAGED = (ResponseError, ValueError, TypeError, LookupError, ArithmeticError)
"""What reading raises where somebody has put something else into Redis."""

WITH_SYNONYMS = re.compile(r"(\w+)\n\s*~")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Hits:
    """One page of an FT.SEARCH: how many match in all, and field values by name for this page's."""

    total: int
    rows: list[dict[str, str]]


def hits(reply: list[Any]) -> Hits:
    """``[total, key, [name, value, …], …]``."""
    return Hits(int(reply[0]), [pairs(fields) for fields in reply[2::2]])


def total(reply: list[Any]) -> int:
    """Only how many match."""
    return int(reply[0])


def ranked(reply: list[Any]) -> list[tuple[float, str]]:
    """Sort keys, all numbers, and keys of ``NOCONTENT WITHSORTKEYS``: ``[total, key, "#" number, …]``."""
    return [(float(number[1:]), key) for key, number in zip(reply[1::2], reply[2::2], strict=True) if number]


def groups(reply: list[Any]) -> dict[str, int]:
    """Counts by group of ``GROUPBY 1 @field REDUCE COUNT 0``: ``[n, [name, value, "n", count], …]``."""
    return {row[1]: int(row[3]) for row in reply[1:] if row[1] is not None}


def corrections(reply: list[Any]) -> dict[str, list[str]]:
    """Corrections of each misspelt word, most frequent first: ``[["TERM", word, [[score, suggestion], …]], …]``.

    Left out is what only the index knows: stems (``+lamp``) and groups of synonyms (``~lights``).
    """
    found = {word: [option for _score, option in options if option.isalnum()] for _term, word, options in reply}
    return {word: options for word, options in found.items() if options}


def synonyms(explained: str) -> frozenset[str]:
    """The words that are in a group of synonyms (``~sofa``), by what ``FT.EXPLAIN`` makes of them."""
    return frozenset(WITH_SYNONYMS.findall(explained))


def whole(stored: Any, otherwise: int = 0) -> int:
    """A stored whole number; ``otherwise`` where there is none, or where somebody has stored something else."""
    try:
        return int(otherwise if stored is None else stored)
    except (TypeError, ValueError):
        log.warning("number_left_out", length=len(str(stored)))
        return otherwise


def sound(reply: Any) -> Any:
    """A command's reply in a pipeline that does not raise; None where a key is of another type than it must be.

    Raises what a node says that cannot serve anybody just now.
    """
    if not isinstance(reply, Exception):
        return reply
    if not isinstance(reply, ResponseError) or away.behind(reply) is not None:
        raise reply
    log.warning("reply_left_out", reason=str(reply)[:LONGEST_REASON])
    return None


def pairs(flat: list[Any]) -> dict[str, Any]:
    """``[name, value, name, value …]`` as a dictionary."""
    return dict(zip(flat[::2], flat[1::2], strict=True))


def info(reply: list[Any]) -> dict[str, Any]:
    """The facts of FT.INFO."""
    return pairs(reply)


def in_lines(value: Any, depth: int = 0) -> Iterator[tuple[int, str]]:
    """A nested reply as (depth, text) lines."""
    if isinstance(value, list):
        for inner in value:
            yield from in_lines(inner, depth + 1)
    else:
        yield depth, value.decode(errors="replace") if isinstance(value, bytes) else str(value)
