"""Changes of stock. Each is atomic, takes effect once however often it is sent, and says who, what, why and when.

All are local to one region's node: they work while other regions cannot be reached. Only a hold or a move that finds
too little asks other regions for rights. An operation has an id of the caller's making: same id, same operation.
"""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

import orjson

from inventory import fence, keyspace, rights
from inventory.calls import CLOCK_OF_THE_NODE, Call, Context, call
from inventory.replication import recovery
from inventory.results import Counted, Hold, Line, Operation, Shortage, by_item

HOLD_SECONDS = 15 * 60
MOST_UNITS = 10**9

Changed = Callable[[str], None]
_listeners: list[Changed] = []


class StockError(ValueError):
    """A change of stock that cannot be: the message says why."""


class ShortError(StockError):
    """Not all that was wanted can be had; nothing was taken. ``shortages`` say what, where and by how much."""

    def __init__(self, shortages: Sequence[Shortage]) -> None:
        self.shortages = tuple(shortages)
        super().__init__("; ".join(map(_said, shortages)) + ".")


class HoldEndedError(StockError):
    """The hold is over: ``state`` says how (expired, released, undone, unknown, retired). Hold again."""

    def __init__(self, hold: Hold, state: str) -> None:
        self.state = state
        super().__init__(f"Hold {hold.hold_id} cannot be confirmed: it is {state}. Hold the units again.")


def on_change(listener: Changed) -> None:
    """Have a function called with the region after each change there: replication listens."""
    _listeners.append(listener)


def receive(*, sku: str, location: str, quantity: int, operation: Operation) -> int:
    """Units arrive; returns how many are on hand now."""
    context = _context(operation)
    line = Line(location, sku, _units(quantity))
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
    context = _context(operation)
    seen = "" if observed is None else observed
    answer = _change(call("count", context, [Line(location, sku, 0)], [location, sku, counted, seen]), context)
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
    context = _context(operation)
    lines = [Line(source, sku, _units(quantity)), Line(target, sku, 0)]
    moving = call("move", context, lines, [source, sku, quantity, target])
    answer = _change(moving, context)
    if answer.get("short") and _fetched([(lines[0], answer["available"])], context):
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
    context = _context(operation)
    line = Line(location, sku, _units(quantity))
    if sold_in in (None, context.region):
        _change(call("receive", context, [line], [location, sku, quantity, "return"]), context)
        return
    _known_region(sold_in)
    waiting = keyspace.requests(keyspace.bucket_of(sku), str(sold_in))
    arguments: list[str | int] = [location, sku, quantity, str(sold_in)]
    _change(call("request", context, [line], arguments, subject=waiting), context)


def retire(*, sku: str, location: str, operation: Operation) -> None:
    """An item is given up: its counters begin anew everywhere, holds on it are void."""
    context = _context(operation)
    _change(call("retire", context, [Line(location, sku, 0)], [location, sku]), context)


def hold(
    *,
    lines: Sequence[Line],
    operation: Operation,
    seconds: int = HOLD_SECONDS,
) -> Hold:
    """Set all lines aside, or none. Raises ``ShortError``.

    Buckets are taken one after the other in one order for everybody, so that of two baskets that want the same,
    the first gets all. What a crash leaves half taken expires.
    """
    context = _context(operation)
    wanted = _wanted(lines)
    parts = _parts(wanted)
    buckets = [bucket for bucket, _lines in parts]
    taken: list[tuple[str, Sequence[Line]]] = []
    expires = 0
    for bucket, part in parts:
        answer = _take(context, bucket, part, buckets[0], seconds)
        if answer[0] == "short":
            _undo(context, taken)
            raise ShortError(_shortages(context, parts[len(taken) :], answer[1:]))
        if answer[0] != "held":
            raise HoldEndedError(Hold(operation.id, context.region, wanted, 0), answer[0])
        expires = expires or int(answer[1])
        taken.append((bucket, part))
    _tell(context.region)
    return Hold(operation.id, context.region, wanted, expires)


def confirm(*, hold: Hold, who: str = "", now: int = CLOCK_OF_THE_NODE) -> None:
    """The units held are sold. Confirming again changes nothing. Raises ``HoldEndedError``."""
    state = _finish(hold, "confirmed", who, now)
    if state != "confirmed":
        raise HoldEndedError(hold, state)


def release(*, hold: Hold, who: str = "", now: int = CLOCK_OF_THE_NODE) -> str:
    """The units held are free again. Returns what became of the hold, which an earlier confirmation decides."""
    return _finish(hold, "released", who, now)


def expire(*, hold: Hold, now: int = CLOCK_OF_THE_NODE) -> str:
    """Release a hold if its time is over."""
    return _finish(hold, "expired", "clock", now)


def expire_holds(*, region: str | None = None, now: int = CLOCK_OF_THE_NODE, most: int = 1_000) -> int:
    """End the holds whose time is over, and finish those that a crash left half ended. Returns how many."""
    here = region or fence.here()
    with fence.reaching(here):
        moment = now or _clock(here)
        pipeline = fence.node(here).pipeline()
        for bucket in keyspace.buckets():
            pipeline.zrange(keyspace.expiring(bucket), "-inf", moment, byscore=True, offset=0, num=most)
        due = zip(keyspace.buckets(), pipeline.execute(), strict=True)
        return sum(_end_part(here, bucket, hold_id, moment) for bucket, ids in due for hold_id in ids)


def _end_part(region: str, bucket: str, hold_id: str, now: int) -> int:
    """The first bucket decides for all parts of a hold; the others only follow."""
    client = fence.node(region)
    decider, lines = client.hmget(keyspace.hold(bucket, hold_id), "decider", "lines")
    if decider is None:
        client.zrem(keyspace.expiring(bucket), hold_id)
        return 0
    wanted = "expired"
    if decider != bucket:
        state = client.hget(keyspace.hold(decider, hold_id), "state")
        if state == "held":
            return 0
        wanted = "confirmed" if state == "confirmed" else "released"
    context = Context(region, hold_id, "clock", "", now)
    _sent(_ending(context, bucket, _kept(lines), wanted), context)
    _tell(region)
    return 1


def _kept(lines: str) -> list[Line]:
    """The lines of a hold as it keeps them."""
    flat = orjson.loads(lines)
    return [Line(*three) for three in zip(flat[::3], flat[1::3], flat[2::3], strict=True)]


def _take(context: Context, bucket: str, part: Sequence[Line], decider: str, seconds: int) -> list[Any]:
    taking = _on_hold("hold", context, bucket, part, [seconds * 1000, decider])
    answer: list[Any] = _sent(taking, context)
    if answer[0] == "short" and _fetched(list(zip(part, answer[1:], strict=True)), context):
        answer = _sent(taking, context)
    return answer


def _ending(context: Context, bucket: str, part: Sequence[Line], wanted: str) -> Call:
    return _on_hold("finish", context, bucket, part, [wanted])


def _on_hold(script: str, context: Context, bucket: str, part: Sequence[Line], arguments: Sequence[str | int]) -> Call:
    flat = [value for line in part for value in (line.location, line.sku, line.quantity)]
    lines = orjson.dumps(flat).decode()
    subject = keyspace.hold(bucket, context.operation)
    return call(script, context, part, [*arguments, lines, len(part), *flat], bucket=bucket, subject=subject)


def _finish(hold: Hold, wanted: str, who: str, now: int) -> str:
    """End a hold: first the bucket that decides, then, all at once, those that follow."""
    context = Context(hold.region, hold.hold_id, who, "", now)
    (first, part), *others = _parts(hold.lines)
    if wanted == "confirmed" and not _whole(hold, [bucket for bucket, _lines in others]):
        wanted = "released"
    state: str = _sent(_ending(context, first, part, wanted), context)
    if state in ("held", "unknown") or not others:
        _tell(hold.region)
        return state
    follow = "confirmed" if state == "confirmed" else "released"
    calls = [_ending(context, bucket, lines, follow) for bucket, lines in others]
    fence.run_all(calls, region=hold.region, opener=recovery.open_region)
    _tell(hold.region)
    return state


def _whole(hold: Hold, followers: Sequence[str]) -> bool:
    """Whether no part is missing: a node that came back with older data knows only the parts that it had then."""
    with fence.reaching(hold.region):
        pipeline = fence.node(hold.region).pipeline()
        for bucket in followers:
            pipeline.hget(keyspace.hold(bucket, hold.hold_id), "state")
        return all(state in ("held", "confirmed") for state in (pipeline.execute() if followers else []))


def _undo(context: Context, taken: Sequence[tuple[str, Sequence[Line]]]) -> None:
    """Give back the parts of a hold that could not be had whole, without a trace: its id may be used again.

    The first bucket decides here too: another run of the same hold may have had it whole and confirmed it by now.
    """
    if not taken:
        return
    state = _sent(_ending(context, *taken[0], "undone"), context)
    if state == "undone":
        calls = [_ending(context, bucket, part, "undone") for bucket, part in taken[1:]]
        calls += [_ending(context, bucket, part, "forgotten") for bucket, part in reversed(taken)]
        fence.run_all(calls, region=context.region, opener=recovery.open_region)
    _tell(context.region)


def _fetched(short: Sequence[tuple[Line, int]], context: Context) -> bool:
    """Whether peers gave rights enough for every line that was short."""
    return all(
        rights.fetch(line=line, missing=line.quantity - have, operation=context.operation, region=context.region)
        >= line.quantity - have
        for line, have in short
        if have < line.quantity
    )


def _shortages(context: Context, left: Sequence[tuple[str, Sequence[Line]]], seen: Sequence[int]) -> list[Shortage]:
    """Every line that is short, those after the one at which it was noticed as well."""
    (_bucket, part), *others = left
    known = list(zip(part, seen, strict=True))
    rest = [line for _bucket, lines in others for line in lines]
    pipeline = fence.node(context.region).pipeline()
    for line in rest:
        pipeline.hget(keyspace.levels(line.sku), f"av|{context.region}|{line.location}")
    with fence.reaching(context.region):
        values = pipeline.execute() if rest else []
    known += [(line, int(value or 0)) for line, value in zip(rest, values, strict=True)]
    return [
        Shortage(line.location, line.sku, line.quantity, max(have, 0)) for line, have in known if have < line.quantity
    ]


def _parts(lines: Sequence[Line]) -> list[tuple[str, list[Line]]]:
    """The lines by bucket, in the order in which buckets are taken."""
    if len(lines) == 1:
        return [(keyspace.bucket_of(lines[0].sku), list(lines))]
    ordered = sorted(lines, key=lambda line: (keyspace.bucket_of(line.sku), line))
    return [(bucket, list(part)) for bucket, part in groupby(ordered, lambda line: keyspace.bucket_of(line.sku))]


def _wanted(lines: Sequence[Line]) -> tuple[Line, ...]:
    if not lines:
        raise StockError("A hold needs at least one line.")
    for line in lines:
        _units(line.quantity)
    return by_item(lines)


def _units(quantity: int) -> int:
    if not 1 <= quantity <= MOST_UNITS:
        raise StockError(f"{quantity} is no number of units: use a whole number from 1 to {MOST_UNITS:,}.")
    return quantity


def _known_region(region: str | None) -> None:
    regions = fence.regions()
    if region not in regions:
        raise StockError(f"There is no region {region!r}: use one of {', '.join(regions)}.")


def _context(operation: Operation) -> Context:
    if not operation.id:
        raise StockError("An operation needs an id, so that it can be sent again safely.")
    region = operation.region or fence.here()
    return Context(region, operation.id, operation.who, operation.why, operation.now)


def _change(wanted: Call, context: Context) -> dict[str, Any]:
    answer = _run(wanted, context)
    _tell(context.region)
    return answer


def _run(wanted: Call, context: Context) -> dict[str, Any]:
    answer: dict[str, Any] = orjson.loads(_sent(wanted, context))
    return answer


def _sent(wanted: Call, context: Context) -> Any:
    return fence.run(wanted, region=context.region, opener=recovery.open_region)


def _tell(region: str) -> None:
    for listener in _listeners:
        listener(region)


def _clock(region: str) -> int:
    seconds, microseconds = fence.node(region).time()
    return int(seconds) * 1000 + int(microseconds) // 1000


def _on_hand(answer: dict[str, Any]) -> int:
    return max(int(answer.get("on_hand", 0)), 0)


def _said(shortage: Shortage) -> str:
    return (
        f"{shortage.location} has {shortage.available} of the {shortage.wanted} units of {shortage.sku} wanted, "
        f"{shortage.missing} too few"
    )
