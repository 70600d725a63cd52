"""What all changes of stock have in common: their limits and errors, how they are sent, and who hears of them."""

from collections.abc import Callable, Sequence
from typing import Any

from inventory import fence, rights
from inventory.calls import Call, Context
from inventory.replication import recovery
from inventory.results import Line, Operation, Shortage

MOST_UNITS = 10**9
MOST_SEEN = 10**12
"""Units that anybody can have seen at one place. Redis counts beyond 10^14 no more by the unit."""


Changed = Callable[[str], None]
_listeners: list[Changed] = []


class StockError(ValueError):
    """A change of stock that cannot be: the message says why."""


class ShortError(StockError):
    """Not all that was wanted can be had; nothing was taken. ``shortages`` say what, where and by how much."""

    def __init__(self, shortages: Sequence[Shortage]) -> None:
        self.shortages = tuple(shortages)
        super().__init__("; ".join(map(_said, shortages)) + ".")


def on_change(listener: Changed) -> None:
    """Have a function called with the region after each change there: replication listens."""
    _listeners.append(listener)


def tell(region: str) -> None:
    for listener in _listeners:
        listener(region)


def sent(wanted: Call, context: Context) -> Any:
    return fence.run(wanted, region=context.region, opener=recovery.open_region)


def fetched(short: Sequence[tuple[Line, int]], context: Context) -> bool:
    """Whether peers gave rights enough for every line that was short."""
    return all(
        rights.fetch(line=line, missing=line.quantity - have, operation=context.operation, region=context.region)
        >= line.quantity - have
        for line, have in short
        if have < line.quantity
    )


def context_of(operation: Operation) -> Context:
    if not operation.id:
        raise StockError("An operation needs an id, so that it can be sent again safely.")
    region = operation.region or fence.here()
    return Context(region, operation.id, operation.who, operation.why, operation.now)


def units(quantity: int) -> int:
    if not 1 <= quantity <= MOST_UNITS:
        raise StockError(f"{quantity} is no number of units: use a whole number from 1 to {MOST_UNITS:,}.")
    return quantity


def _said(shortage: Shortage) -> str:
    return (
        f"{shortage.location} has {shortage.available} of the {shortage.wanted} units of {shortage.sku} wanted, "
        f"{shortage.missing} too few"
    )
