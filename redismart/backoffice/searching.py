"""What a change list asks of RediSearch: one command for a page and the number of all that match. Pure."""

import unicodedata
from dataclasses import dataclass
from typing import Any

from redismart.backoffice.columns import DIALECT_OF_JSON
from redismart.redis.clauses import DIALECT, EVERYTHING, Params, all_of

DEEPEST = 10_000
"""Rows that can be paged to: Redis sorts all rows before those it shows, so that deep pages cost ever more."""

NO_TIMEOUT = ("TIMEOUT", "0")
BREAKS = ",.<>{}[]\"':;!@#$%^&*()-+=~|\\/`?"
MOST_WORDS = 12
SHORTEST_PREFIX = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """One page of a change list: clauses that all hold, an order (field, ASC or DESC) if any, and where it begins."""

    index: str
    clauses: tuple[str, ...]
    params: Params
    order: tuple[str, str] | None
    offset: int
    limit: int
    returned: tuple[str, ...] = ()
    """What to read of each document, as RETURN has it; whole documents without."""

    def command(self) -> tuple[Any, ...]:
        """The FT.SEARCH of this page. Values of ``returned`` come in the form of ``columns.DIALECT_OF_JSON``."""
        columns = ("RETURN", str(len(self.returned)), *self.returned) if self.returned else ()
        dialect = DIALECT_OF_JSON if self.returned else DIALECT
        sorting = ("SORTBY", *self.order) if self.order else ()
        paging = ("LIMIT", str(self.offset), str(self.limit))
        query = all_of(self.clauses) or EVERYTHING
        ending = (*NO_TIMEOUT, *self.params.arguments(dialect=dialect))
        return ("FT.SEARCH", self.index, query, *columns, *sorting, *paging, *ending)


def words_in(text: str) -> list[str]:
    """The words of what staff typed, as the index cuts them; at most a dozen."""
    plain = "".join(" " if letter in BREAKS or unicodedata.category(letter)[0] == "C" else letter for letter in text)
    return list(dict.fromkeys(plain.lower().split()))[:MOST_WORDS]


def every_word(text: str, params: Params) -> str:
    """Documents that have every word of a text somewhere, as it is or as the beginning of one."""
    return " ".join(_begun(word, params) for word in words_in(text))


def _begun(word: str, params: Params) -> str:
    reference = params.add(word)
    return f"({reference}|{reference}*)" if len(word) >= SHORTEST_PREFIX else reference
