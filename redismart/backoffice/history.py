"""What staff did, in Django's history: noted before it is done, so that nothing is done that the history knows not of.

Redis takes a change and the database its history, and a machine may die between the two. So an entry first says that a
change begins; it says what was changed once that is so, and goes when the change is refused.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.admin.options import get_content_type_for_model
from django.http import HttpRequest

from redismart.backoffice.standins import StandIn
from redismart.redis.connections import ShopRedis
from redismart.redis.editing import BusyError, ConflictError, GoneError

if TYPE_CHECKING:
    from redismart.backoffice.admin import DocumentAdmin

BEGUN = "{}: begun. It was cut short where nothing more is said of it, and may be done or not."
TITLES = {ADDITION: "Add", CHANGE: "Change", DELETION: "Delete"}
REFUSALS = (BusyError, ConflictError, GoneError, ValueError)
"""What operations raise before they change anything, but for what a ``BusyError`` says is done."""

OPEN = "_history_entries"


def begin(request: HttpRequest, rows: Sequence[StandIn], flag: int, *, title: str = "") -> Sequence[LogEntry]:
    """Note that work on some rows begins: whatever ends it, the history knows of it."""
    user, told = cast(Any, request.user).pk, BEGUN.format(title or TITLES[flag])
    return LogEntry.objects.log_actions(user, cast(Any, rows), flag, told) if rows else ()


def settle(entries: Sequence[LogEntry], changed: Collection[str], told: str) -> None:
    """Have the history say what was done of what was begun, and nothing of what was left as it is."""
    done = [entry.pk for entry in entries if entry.object_id in changed]
    left = [entry.pk for entry in entries if entry.object_id not in changed]
    if done:
        LogEntry.objects.filter(pk__in=done).update(change_message=told)
    if left:
        LogEntry.objects.filter(pk__in=left).delete()


@contextmanager
def noting(request: HttpRequest) -> Iterator[None]:
    """Around one press of a form's button: what it began (``begin_one``) is settled, however it ends."""
    setattr(request, OPEN, [])
    try:
        yield
    except REFUSALS as refusal:
        # What follows from a change may be refused after it: what was changed stays in the history.
        settle(getattr(request, OPEN), set(getattr(refusal, "done", ())), "")
        raise
    # A deletion has nothing more to say.
    settle(begun := getattr(request, OPEN), {entry.object_id for entry in begun}, "")


def begin_one(request: HttpRequest, row: StandIn, flag: int) -> LogEntry:
    """Note that the change that this request asks for begins."""
    (entry,) = begin(request, [row], flag)
    getattr(request, OPEN).append(entry)
    return entry


def end_one(request: HttpRequest, row: StandIn, told: str | list[Any]) -> LogEntry | None:
    """Have the entry that this request began say what was done, and of which row: a change may give it another name.

    None when it began none.
    """
    if not (begun := getattr(request, OPEN, [])):
        return None
    entry: LogEntry = begun.pop()
    entry.change_message = told if isinstance(told, str) else json.dumps(told)
    entry.object_id, entry.object_repr = str(row.pk), str(row)[:200]
    entry.save()
    return entry


def note_once(
    admin: "DocumentAdmin",
    request: HttpRequest,
    row: StandIn,
    *,
    told: str,
    mark: str,
    turn: tuple[ShopRedis, str, int],
) -> None:
    """Note a change of a row under the mark of its form, also when both requests of a double click are at it now.

    ``turn`` are a node, a key there and seconds: for so long only whoever has set the key first writes.
    """
    node, key, seconds = turn
    if not node.set(key, 1, nx=True, ex=seconds):
        return
    marked = f"[{mark}]"
    logged = LogEntry.objects.filter(
        content_type=get_content_type_for_model(row), object_id=row.pk, change_message__contains=marked
    )
    if not logged.exists():
        admin.log_change(request, row, f"{told} {marked}")
