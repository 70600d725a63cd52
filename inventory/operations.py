"""Changes of stock. Each is atomic, takes effect once however often it is sent, and says who, what, why and when.

All are local to one region's node: they work while other regions cannot be reached. Only a hold or a move that finds
too little asks other regions for rights. An operation has an id of the caller's making: same id, same operation.
Holds are in ``inventory.holds``.
"""

from typing import Any

import orjson

from inventory import fence, keyspace
from inventory.calls import Call, Context, call
from inventory.changes import MOST_SEEN, MOST_UNITS, ShortError, StockError, context_of, fetched, sent, tell, units
from inventory.results import Counted, Line, Operation, Shortage


def receive(*, sku: str, location: str, quantity: int, operation: Operation) -> int:
    """Units arrive; returns how many are on hand now."""
    context = context_of(operation)
    line = Line(location, sku, units(quantity))
    answer = _change(call("receive", context, [line], [location, sku, quantity, "receive"]), context)
    return _on_hand(answer)


def count(
    *,
    sku: str,
    location: str,
    counted: int,
    operation: Operation,
    observed: int | None = None,
) -> Counted:
    """Somebody has counted. What differs from ``observed`` (default: what is known here) is added or taken off.

    Sales made elsewhere in the meantime stand. Missing units that others hold the rights to are owed, and settled
    from rights as they come in: nothing goes below nought.
    """
    if not 0 <= counted <= MOST_UNITS:
        raise StockError(f"{counted} units cannot be counted: use a whole number from 0 to {MOST_UNITS:,}.")
    if observed is not None and not 0 <= observed <= MOST_SEEN:
        raise StockError("So many units cannot have been seen there: look at the item anew, and count again.")
    context = context_of(operation)
    seen = "" if observed is None else observed
    answer = _change(call("count", context, [Line(location, sku, 0)], [location, sku, counted, seen]), context)
    return Counted(_on_hand(answer), answer.get("difference", 0), answer.get("owed", 0))


def adjust(*, sku: str, location: str, by: int, operation: Operation) -> Counted:
    """Units were lost, broken or found: so many more or less (``by``). Nobody has counted.

    Sales made meanwhile stand, and missing units are owed as after a count. Raises ``ShortError`` when fewer are there.
    """
    if not 1 <= abs(by) <= MOST_UNITS:
        raise StockError(f"{by} changes nothing: use a whole number such as -2, up to {MOST_UNITS:,}.")
    context = context_of(operation)
    answer = _change(call("count", context, [Line(location, sku, 0)], [location, sku, by, 0, "adjust"]), context)
    if answer.get("short"):
        raise ShortError([Shortage(location, sku, -by, _on_hand(answer))])
    return Counted(_on_hand(answer), answer.get("difference", 0), answer.get("owed", 0))


def move(
    *,
    sku: str,
    source: str,
    target: str,
    quantity: int,
    operation: Operation,
) -> None:
    """Units go from one location to another. Raises ``ShortError`` when they cannot be had; nothing moved then."""
    if source == target:
        raise StockError(f"Units cannot move from {source} to itself: name another location.")
    context = context_of(operation)
    lines = [Line(source, sku, units(quantity)), Line(target, sku, 0)]
    moving = call("move", context, lines, [source, sku, quantity, target])
    answer = _change(moving, context)
    if answer.get("short") and fetched([(lines[0], answer["available"])], context):
        answer = _change(moving, context)
    if answer.get("short"):
        raise ShortError([Shortage(source, sku, quantity, max(answer["available"], 0))])


def give_back(
    *,
    sku: str,
    location: str,
    quantity: int,
    operation: Operation,
    sold_in: str | None = None,
) -> None:
    """Units that were sold come back. Counts once, wherever and however often it is said.

    Only the region that sold them takes them in; said in another, it is handed on as soon as that can be reached.
    """
    context = context_of(operation)
    line = Line(location, sku, units(quantity))
    if sold_in in (None, context.region):
        _change(call("receive", context, [line], [location, sku, quantity, "return"]), context)
        return
    _known_region(sold_in)
    waiting = keyspace.requests(keyspace.bucket_of(sku), str(sold_in))
    arguments: list[str | int] = [location, sku, quantity, str(sold_in)]
    _change(call("request", context, [line], arguments, subject=waiting), context)


def retire(*, sku: str, location: str, operation: Operation) -> None:
    """An item is given up: its counters begin anew everywhere, holds on it are void."""
    context = context_of(operation)
    _change(call("retire", context, [Line(location, sku, 0)], [location, sku]), context)


def _known_region(region: str | None) -> None:
    regions = fence.regions()
    if region not in regions:
        raise StockError(f"There is no region {region!r}: use one of {', '.join(regions)}.")


def _change(wanted: Call, context: Context) -> dict[str, Any]:
    answer = _run(wanted, context)
    tell(context.region)
    return answer


def _run(wanted: Call, context: Context) -> dict[str, Any]:
    answer: dict[str, Any] = orjson.loads(sent(wanted, context))
    return answer


def _on_hand(answer: dict[str, Any]) -> int:
    return max(int(answer.get("on_hand", 0)), 0)
