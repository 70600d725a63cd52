"""Pure building blocks of RediSearch queries (dialect 2).

User input travels only in PARAMS, never in the query text, so no input can change a query's shape.
A text parameter is one token; a tag parameter is one whole value.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

DIALECT = 2
EVERYTHING = "*"


@dataclass(slots=True)
class Params:
    """Collects parameter values and hands out their names."""

    values: list[str] = field(default_factory=list)

    def add(self, value: str) -> str:
        """The reference (``$p0``) under which ``value`` can stand in the query."""
        self.values.append(value)
        return f"$p{len(self.values) - 1}"

    def arguments(self, *, dialect: int = DIALECT) -> list[str]:
        """``PARAMS n name value … DIALECT 2``: the end of every search command."""
        pairs = [part for index, value in enumerate(self.values) for part in (f"p{index}", value)]
        named = ["PARAMS", str(len(pairs)), *pairs] if pairs else []
        return [*named, "DIALECT", str(dialect)]


def tag_any(field_name: str, values: Iterable[str], params: Params) -> str:
    """``@field:{$p0|$p1}``: the field is one of the values.

    RediSearch unescapes even a parameter: in front of punctuation a backslash would be lost.
    """
    references = (params.add(value.replace("\\", r"\\")) for value in values)
    return f"@{field_name}:{{{'|'.join(references)}}}"


def number_between(field_name: str, low: float | None, high: float | None) -> str:
    """``@field:[low (high]``: from ``low`` up to but not including ``high``; None is unbounded."""
    lower = "-inf" if low is None else repr(low)
    upper = "+inf" if high is None else f"({high!r}"
    return f"@{field_name}:[{lower} {upper}]"


def any_of(clauses: Iterable[str]) -> str:
    """At least one clause holds. A single clause stays as it is."""
    parts = list(clauses)
    return parts[0] if len(parts) == 1 else f"({'|'.join(parts)})"


def all_of(clauses: Iterable[str]) -> str:
    """Every clause holds; none at all means everything."""
    parts = [clause for clause in clauses if clause and clause != EVERYTHING]
    return " ".join(parts) or EVERYTHING
