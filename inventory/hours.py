"""Opening hours: times of day by weekday, and the moments they stand for in a time zone. Pure.

Times are local and written ``HH:MM``; ``24:00`` is the end of the day. A span that ends no later than it begins
ends on the next day: ``("18:00", "02:00")``. A weekday without spans is closed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

DAY = 24 * 60
MOST_SPANS = 6
# A span may have begun the day before. Who is open for the whole week that is looked at never closes.
DAYS_BEFORE, DAYS_AFTER = 2, 9
WEEK = timedelta(days=7)
SPAN_ENDS = 2
HOURS_SAID = 'must be ["09:00", "18:00"], a list of such pairs, or null when closed'


class Weekday(StrEnum):
    """The days of the week, in their order."""

    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"

    @classmethod
    def of(cls, day: date) -> Self:
        return list(cls)[day.weekday()]


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether a place is open, and ``until`` when (UTC) that stays so; None: for ever."""

    is_open: bool
    until: datetime | None


@lru_cache(maxsize=DAY)
def minutes(text: str) -> int:
    """Minutes since midnight of a time of day. Raises ``ValueError`` for what is none."""
    hour, colon, minute = text.partition(":")
    written = len(hour) == len(minute) == len("00") and (hour + minute).isdecimal() and (hour + minute).isascii()
    total = int(hour) * 60 + int(minute) if colon and written else -1
    if not 0 <= total <= DAY or int(minute) >= len(range(60)):
        raise ValueError(f"has {text[:20]!r}, which is no time of day: write it as 09:30")
    return total


def _pair(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) == SPAN_ENDS and all(isinstance(end, str) for end in value)


def _spans(value: Any) -> Any:
    """The spans of a day: one may stand for itself, and none be null."""
    if value is None:
        return ()
    if _pair(value):
        return (tuple(value),)
    if isinstance(value, list | tuple) and all(_pair(span) for span in value):
        return tuple(tuple(span) for span in value)
    raise ValueError(HOURS_SAID)


def _in_order(spans: "tuple[Span, ...]") -> "tuple[Span, ...]":
    """Spans sorted by when they begin. Raises ``ValueError`` for what cannot be meant."""
    spans = tuple(sorted(spans))
    for opens, closes in spans:
        if minutes(opens) == DAY or minutes(opens) == minutes(closes):
            raise ValueError(f"has {opens} to {closes}: write 00:00 to 24:00 for the whole day")
    for before, (opens, _) in pairwise(spans):
        if _ends(before) > minutes(opens):
            raise ValueError(f"opens at {opens} before it closes at {before[1]}")
    return spans


def _ends(span: "Span") -> int:
    """Minutes from the midnight before it opens to when it closes."""
    begins, ends = map(minutes, span)
    return ends if ends > begins else ends + DAY


Span = tuple[str, str]
"""When a place opens and closes."""

Spans = Annotated[tuple[Span, ...], BeforeValidator(_spans), Field(max_length=MOST_SPANS), AfterValidator(_in_order)]
Hours = dict[Weekday, Spans]


def opening(hours: Mapping[Weekday, tuple[Span, ...]], moment: datetime, zone: ZoneInfo) -> Opening:
    """Whether a place with these hours is open at a moment, which must have a time zone, and until when."""
    if moment.tzinfo is None:
        raise ValueError("The moment has no time zone: give datetime.now(UTC), not datetime.now().")
    moment = moment.astimezone(UTC)
    for begins, ends in _joined(_intervals(hours, moment.astimezone(zone).date(), zone)):
        if moment < begins:
            return Opening(is_open=False, until=begins)
        if moment < ends:
            return Opening(is_open=True, until=None if ends - moment > WEEK else ends)
    return Opening(is_open=False, until=None)


def _intervals(
    hours: Mapping[Weekday, tuple[Span, ...]], today: date, zone: ZoneInfo
) -> Iterator[tuple[datetime, datetime]]:
    """The moments between which a place is open, around a day, in order."""
    for offset in range(-DAYS_BEFORE, DAYS_AFTER + 1):
        day = today + timedelta(days=offset)
        for span in hours.get(Weekday.of(day), ()):
            yield _moment(day, minutes(span[0]), zone), _moment(day, _ends(span), zone)


def _joined(intervals: Iterator[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    """Intervals that touch or overlap as one: a shop that is open through midnight does not close at it."""
    current = next(intervals, None)
    for begins, ends in intervals:
        if current is not None and begins <= current[1]:
            current = current[0], max(current[1], ends)
            continue
        if current is not None:
            yield current
        current = begins, ends
    if current is not None:
        yield current


def _moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """A local time of day as a moment. One that the clocks skip is as much later; of one they repeat, the first."""
    later, minute = divmod(minute, DAY)
    local = datetime.combine(day + timedelta(days=later), time(minute // 60, minute % 60), zone)
    return local.astimezone(UTC)
