"""Everything that a search finds, however much, in batches: a cursor sorts nothing, and holds Redis only shortly."""

from collections.abc import Iterator, Sequence
from typing import Any

from redismart.redis import replies
from redismart.redis.clauses import DIALECT, EVERYTHING, Params, all_of
from redismart.redis.connections import ShopRedis

PER_TRIP = 500
IDLE_MS = 60_000
"""A cursor that nobody reads is given up by Redis: a download may be slow, or have been left."""

KEY = "__key"
EVERY_FIELD = ("*",)


def scan(
    node: ShopRedis,
    *,
    index: str,
    clauses: Sequence[str],
    params: Params,
    load: Sequence[str],
    dialect: int = DIALECT,
) -> Iterator[list[dict[str, Any]]]:
    """The values of ``load`` (arguments of FT.AGGREGATE's LOAD) of all that match, in no order.

    What changes meanwhile may be among it or not; what stays as it is comes exactly once.
    """
    query = all_of(clauses) or EVERYTHING
    cursor_options = ("WITHCURSOR", "COUNT", str(PER_TRIP), "MAXIDLE", str(IDLE_MS))
    loading = ("LOAD", "*") if tuple(load) == EVERY_FIELD else ("LOAD", str(len(load)), *load)
    command = ("FT.AGGREGATE", index, query, *loading, *cursor_options, "TIMEOUT", "0")
    rows, cursor = node.execute_command(*command, *params.arguments(dialect=dialect))
    try:
        while True:
            yield [replies.pairs(row) for row in rows[1:]]
            if not cursor:
                return
            rows, cursor = node.execute_command("FT.CURSOR", "READ", index, cursor)
    finally:
        if cursor:
            node.execute_command("FT.CURSOR", "DEL", index, cursor)


def keys(node: ShopRedis, *, index: str, clauses: Sequence[str], params: Params, most: int) -> list[str]:
    """The Redis keys of all that match, in their order; no more than ``most``, of which it says so by one more."""
    found: list[str] = []
    batches = scan(node, index=index, clauses=clauses, params=params, load=(f"@{KEY}",))
    for batch in batches:
        found += [row[KEY] for row in batch if KEY in row]
        if len(found) > most:
            batches.close()  # type: ignore[attr-defined]
            break
    return sorted(found)[: most + 1]
