"""Proposals as managers read them: what to order, move or mark down, why, and what it is worth. Pure.

A proposal is a few fields under a name: ``reorder:<location>``, ``slow:<location>`` or ``transfer:<source>><target>``.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from inventory.optimising.demand import PATTERNS
from inventory.optimising.kinds import Kind
from inventory.optimising.policy import CLASSES, Policy
from inventory.optimising.transfers import Move
from inventory.optimising.working import Figures, Stock

Fields = dict[str, str]
Proposals = dict[str, Fields]
"""By name."""


@dataclass(frozen=True, slots=True)
class Worked:
    """Items by row, and what follows for them."""

    skus: Sequence[str]
    locations: Sequence[str]
    stock: Stock
    figures: Figures


def proposals(worked: Worked, policy: Policy) -> dict[str, Proposals]:
    """All proposals, by SKU."""
    found: defaultdict[str, Proposals] = defaultdict(dict)
    for row, name, fields in _all(worked, policy):
        found[worked.skus[row]][name] = _of_item(worked, row) | fields
    return found


def _all(worked: Worked, policy: Policy) -> Iterator[tuple[int, str, Fields]]:
    figures, stock = worked.figures, worked.stock
    for row in map(int, figures.orders.nonzero()[0]):
        units = figures.orders[row]
        value = units * stock.price[row] * policy.cost_share
        fields = _fields(Kind.REORDER, units, value) | {"risk": f"{figures.risk[row] * stock.price[row]:.2f}"}
        yield row, f"{Kind.REORDER}:{worked.locations[row]}", fields
    for row in map(int, figures.excess.nonzero()[0]):
        units = figures.excess[row]
        value = units * stock.price[row] * policy.cost_share
        fields = _fields(Kind.SLOW, units, value) | {"off": f"{figures.off[row] * 100:.0f}"}
        yield row, f"{Kind.SLOW}:{worked.locations[row]}", fields
    for move in figures.moves:
        yield move.target, _name(worked, move), _move(worked, move)


def _name(worked: Worked, move: Move) -> str:
    return f"{Kind.TRANSFER}:{worked.locations[move.source]}>{worked.locations[move.target]}"


def _move(worked: Worked, move: Move) -> Fields:
    """Its location is that which gets the units; ``gain`` are units sold thanks to each unit moved."""
    value = move.units * move.gain * worked.stock.price[move.target]
    figures = worked.figures
    rates = figures.demand.rate
    left = figures.cover[move.source] - move.units / max(rates[move.source], 1e-9)
    after = figures.cover[move.target] + move.units / max(rates[move.target], 1e-9)
    return _fields(Kind.TRANSFER, move.units, value) | {
        "source": worked.locations[move.source],
        "gain": f"{move.gain:.2f}",
        "after": _days(after),
        "source_cover": _days(figures.cover[move.source]),
        "source_after": _days(max(left, 0.0)),
        "source_on_hand": f"{worked.stock.on_hand[move.source]:.0f}",
    }


def _fields(kind: Kind, units: float, value: float) -> Fields:
    return {"kind": kind.value, "units": f"{units:.0f}", "value": f"{value:.2f}"}


def _of_item(worked: Worked, row: int) -> Fields:
    figures, stock = worked.figures, worked.stock
    return {
        "sku": worked.skus[row],
        "location": worked.locations[row],
        "class": CLASSES[stock.kind[row]],
        "pattern": PATTERNS[figures.demand.pattern[row]],
        "rate": f"{figures.demand.rate[row]:.3f}",
        "cover": _days(figures.cover[row]),
        "on_hand": f"{stock.on_hand[row]:.0f}",
        "coming": f"{stock.coming[row]:.0f}",
        "point": f"{figures.levels.point[row]:.0f}",
        "safety": f"{figures.levels.safety[row]:.1f}",
        "idle": f"{figures.demand.idle[row]}",
    }


def _days(days: float) -> str:
    return f"{min(days, 9_999.0):.1f}"


def told(fields: Mapping[str, str]) -> str:
    """What a proposal says, in short: told again only when that changes."""
    return "|".join(f"{name}={value}" for name, value in sorted(fields.items()))
