"""Units set aside for a while, then sold or free again. As for all changes of stock, see ``inventory.operations``."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import orjson

from inventory import fence, keyspace
from inventory.calls import CLOCK_OF_THE_NODE, Call, Context, call
from inventory.changes import ShortError, StockError, context_of, fetched, sent, tell, units
from inventory.replication import recovery
from inventory.results import Hold, Line, Operation, Shortage, by_item

HOLD_SECONDS = 15 * 60


class HoldEndedError(StockError):
    """The hold is over: ``state`` says how (expired, released, undone, unknown, retired). Hold again."""

    def __init__(self, hold: Hold, state: str) -> None:
        self.state = state
        super().__init__(f"Hold {hold.hold_id} cannot be confirmed: it is {state}. Hold the units again.")


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
    context = context_of(operation)
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
    tell(context.region)
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
    sent(_ending(context, bucket, _kept(lines), wanted), context)
    tell(region)
    return 1


def _kept(lines: str) -> list[Line]:
    """The lines of a hold as it keeps them."""
    flat = orjson.loads(lines)
    return [Line(*three) for three in zip(flat[::3], flat[1::3], flat[2::3], strict=True)]


def _take(context: Context, bucket: str, part: Sequence[Line], decider: str, seconds: int) -> list[Any]:
    taking = _on_hold("hold", context, bucket, part, [seconds * 1000, decider])
    answer: list[Any] = sent(taking, context)
    if answer[0] == "short" and fetched(list(zip(part, answer[1:], strict=True)), context):
        answer = sent(taking, context)
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
    state: str = sent(_ending(context, first, part, wanted), context)
    if state in ("held", "unknown") or not others:
        tell(hold.region)
        return state
    follow = "confirmed" if state == "confirmed" else "released"
    calls = [_ending(context, bucket, lines, follow) for bucket, lines in others]
    fence.run_all(calls, region=hold.region, opener=recovery.open_region)
    tell(hold.region)
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
    state = sent(_ending(context, *taken[0], "undone"), context)
    if state == "undone":
        calls = [_ending(context, bucket, part, "undone") for bucket, part in taken[1:]]
        calls += [_ending(context, bucket, part, "forgotten") for bucket, part in reversed(taken)]
        fence.run_all(calls, region=context.region, opener=recovery.open_region)
    tell(context.region)


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
        units(line.quantity)
    return by_item(lines)


def _clock(region: str) -> int:
    seconds, microseconds = fence.node(region).time()
    return int(seconds) * 1000 + int(microseconds) // 1000
