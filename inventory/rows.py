"""Counters as Redis keeps them and as regions tell them to each other. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from inventory.counters import Item, Row

NUMBERS = {"r": "received", "u": "consumed", "c": "claimed", "s": "settled", "h": "held", "v": "version"}

Told = dict[str, float]
"""A row as it travels: ``e`` epoch, ``v`` version, the others as in the item's hash (see ``scripts/_item.lua``)."""


BEYOND_GROWTH = frozenset({"epoch", "retire", "recovered"})
"""Kinds of entries after which a row is not what it was before and what they add."""


def item(fields: Mapping[str, str]) -> Item:
    """An item from the hash that holds it."""
    regions = {name.split(":")[1] for name in fields if ":" in name}
    return Item({region: _row(fields, region) for region in regions}, int(fields.get("e", 0)))


def told(fields: Mapping[str, str], region: str) -> Told:
    """One region's row of an item, to be told to another."""
    row: Told = {"e": int(fields.get("e", 0)), "v": 0, "h": 0, "q": 0.0, "t": 0}
    for name, value in fields.items():
        kind, _, rest = name.partition(":")
        owner, _, to = rest.partition(":")
        if owner == region:
            row[f"g:{to}" if to else kind] = float(value) if kind == "q" else int(value)
    return row


def rewound(row: Told, entries: Sequence[Mapping[str, str]]) -> Told | None:
    """A row as it was before log entries about it, so that it tells of nothing that the log up to there does not.

    None where an entry says more than by how much counters grew: what was before cannot be known.
    """
    changes = [entry for entry in entries if entry["kind"] != "request"]
    if any(entry["kind"] in BEYOND_GROWTH for entry in changes):
        return None
    before = {**row, "v": row["v"] - len(changes)}
    for entry in changes:
        for name, by in entry.items():
            if name.startswith("+"):
                before[name[1:]] = before.get(name[1:], 0) - int(by)
    return before


def packed(things: Iterable[object]) -> bytes:
    """Rows or log entries as the scripts read them."""
    return orjson.dumps(list(things))


def unpacked(answer: str) -> dict[str, Any]:
    """What a script answered."""
    found: dict[str, Any] = orjson.loads(answer)
    return found


def _row(fields: Mapping[str, str], region: str) -> Row:
    given = {name.split(":")[2]: int(value) for name, value in fields.items() if name.startswith(f"g:{region}:")}
    numbers = {name: int(fields.get(f"{kind}:{region}", 0)) for kind, name in NUMBERS.items()}
    demand, at = float(fields.get(f"q:{region}", 0)), int(fields.get(f"t:{region}", 0))
    return Row(**numbers, given=given, demand=demand, demand_at=at)
