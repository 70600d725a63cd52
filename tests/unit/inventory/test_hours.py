"""Opening hours say the right thing at every moment, whatever clocks and midnights do."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from inventory import hours
from inventory.hours import Hours, Opening, Weekday
from tests.stores import DAYS

BERLIN, CHICAGO = ZoneInfo("Europe/Berlin"), ZoneInfo("America/Chicago")
HOURS: TypeAdapter[Hours] = TypeAdapter(Hours)
DAILY = {day: ["09:00", "18:00"] for day in DAYS}
ALWAYS = {day: ["00:00", "24:00"] for day in DAYS}
MINUTES = st.integers(0, 24 * 60 - 1)
# Hours that a shop may have: a span or none each day, overnight ones among them.
ANY_DAY = st.none() | st.tuples(MINUTES, MINUTES).filter(lambda pair: pair[0] != pair[1])
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


def read(value: Any) -> Hours:
    return HOURS.validate_python(value)


def written(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    """A local time."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def opening(given_hours: Any, moment: datetime, zone: ZoneInfo = BERLIN) -> Opening:
    return hours.opening(read(given_hours), moment, zone)


def local(found: Opening, zone: ZoneInfo = BERLIN) -> str:
    """Until when, as local time."""
    assert found.until is not None
    return found.until.astimezone(zone).strftime("%a %H:%M")


@pytest.mark.parametrize(
    ("moment", "is_open", "until"),
    [
        ("2026-03-04T08:59:59", False, "Wed 09:00"),
        ("2026-03-04T09:00:00", True, "Wed 18:00"),
        ("2026-03-04T17:59:59", True, "Wed 18:00"),
        ("2026-03-04T18:00:00", False, "Thu 09:00"),
        ("2026-03-04T23:30:00", False, "Thu 09:00"),
    ],
)
def test_a_place_opens_on_the_minute_and_closes_on_the_minute(moment: str, is_open: bool, until: str) -> None:
    found = opening(DAILY, at(moment))
    assert (found.is_open, local(found)) == (is_open, until)


def test_the_moment_counts_where_the_place_is_not_where_the_asker_is() -> None:
    noon_in_berlin = at("2026-03-04T12:00:00")
    assert opening(DAILY, noon_in_berlin).is_open
    assert not opening(DAILY, noon_in_berlin, CHICAGO).is_open
    assert opening(DAILY, noon_in_berlin.astimezone(ZoneInfo("Asia/Tokyo"))).is_open


def test_several_spans_a_day_leave_a_break() -> None:
    siesta = {"wed": [["16:00", "20:00"], ["09:00", "13:00"]]}
    assert local(opening(siesta, at("2026-03-04T10:00"))) == "Wed 13:00"
    found = opening(siesta, at("2026-03-04T14:00"))
    assert (found.is_open, local(found)) == (False, "Wed 16:00")


def test_a_span_over_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    bar = {"fri": ["18:00", "02:00"]}
    found = opening(bar, at("2026-03-07T01:00"))
    assert (found.is_open, local(found)) == (True, "Sat 02:00")
    assert not opening(bar, at("2026-03-06T01:00")).is_open
    assert local(opening(bar, at("2026-03-07T02:00"))) == "Fri 18:00"


def test_hours_that_meet_at_midnight_are_one() -> None:
    assert local(opening({"fri": ["18:00", "24:00"], "sat": ["00:00", "03:00"]}, at("2026-03-06T23:00"))) == "Sat 03:00"


def test_a_place_that_never_closes_says_so() -> None:
    assert opening(ALWAYS, at("2026-03-04T12:00")) == Opening(is_open=True, until=None)


def test_a_place_that_is_always_open_but_on_one_day_closes_for_it() -> None:
    found = opening(ALWAYS | {"sun": None}, at("2026-03-02T00:00"))
    assert (found.is_open, local(found)) == (True, "Sun 00:00")


@pytest.mark.parametrize("none", [{}, dict.fromkeys(DAYS), {"mon": []}])
def test_a_place_without_hours_never_opens(none: Any) -> None:
    assert opening(none, at("2026-03-04T12:00")) == Opening(is_open=False, until=None)


def test_a_place_that_opens_once_a_week_is_found_from_right_after_it_closed() -> None:
    assert local(opening({"sun": ["10:00", "12:00"]}, at("2026-03-08T12:00"))) == "Sun 10:00"


@pytest.mark.parametrize(
    ("moment", "lasts"),
    [("2026-03-28T22:00", 3), ("2026-10-24T22:00", 5), ("2026-03-21T22:00", 4)],
    ids=["clocks go forward", "clocks go back", "clocks go on"],
)
def test_a_night_is_as_long_as_the_clocks_make_it(moment: str, lasts: int) -> None:
    found = opening({"sat": ["22:00", "03:30"]}, at(moment).astimezone(UTC) + timedelta(minutes=30))
    assert found.until is not None
    assert found.until - at(moment).astimezone(UTC) == timedelta(hours=lasts + 1, minutes=30)


def test_an_opening_time_that_the_clocks_skip_comes_an_hour_later() -> None:
    found = opening({"sun": ["02:30", "12:00"]}, at("2026-03-29T01:00"))
    assert (found.is_open, local(found)) == (False, "Sun 03:30")


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        opening(DAILY, datetime(2026, 3, 4, 12))  # noqa: DTZ001


@given(st.fixed_dictionaries(dict.fromkeys(DAYS, ANY_DAY)), MOMENTS, st.sampled_from([BERLIN, CHICAGO]))
def test_nothing_changes_before_the_moment_that_is_told(
    days: dict[str, tuple[int, int] | None], moment: datetime, zone: ZoneInfo
) -> None:
    given_hours = {day: span and [written(minute) for minute in span] for day, span in days.items()}
    found = opening(given_hours, moment, zone)
    if found.until is None:
        return
    assert moment < found.until <= moment + timedelta(days=8, hours=1)
    halfway = moment + (found.until - moment) / 2
    assert opening(given_hours, halfway, zone) == found
    assert opening(given_hours, found.until - timedelta(seconds=1), zone).is_open is found.is_open
    assert opening(given_hours, found.until, zone).is_open is not found.is_open


@given(st.fixed_dictionaries(dict.fromkeys(DAYS, ANY_DAY)), MOMENTS)
def test_without_changes_of_the_clock_it_is_plain_arithmetic(
    days: dict[str, tuple[int, int] | None], moment: datetime
) -> None:
    given_hours = {day: span and [written(minute) for minute in span] for day, span in days.items()}
    found = opening(given_hours, moment, ZoneInfo("Etc/GMT"))
    assert found.is_open is any(_covers(span, day, moment) for day, span in days.items() if span)


def _covers(span: tuple[int, int], day: str, moment: datetime) -> bool:
    """Whether a span that begins on this weekday, today or the day before, holds the moment."""
    minute = moment.hour * 60 + moment.minute
    opens, closes = span
    ends = closes if closes > opens else closes + 24 * 60
    ago = (moment.weekday() - DAYS.index(day)) % 7
    return ago <= 1 and opens <= minute + ago * 24 * 60 < ends


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (None, ()),
        ([], ()),
        (["09:00", "18:00"], (("09:00", "18:00"),)),
        ([["13:00", "18:00"], ["09:00", "12:00"]], (("09:00", "12:00"), ("13:00", "18:00"))),
        (["00:00", "24:00"], (("00:00", "24:00"),)),
        ([["09:00", "12:00"], ["18:00", "02:00"]], (("09:00", "12:00"), ("18:00", "02:00"))),
    ],
)
def test_hours_can_be_written_as_a_pair_as_pairs_or_as_null(value: Any, stored: Any) -> None:
    assert read({"mon": value}) == {Weekday.MONDAY: stored}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (["9:00", "18:00"], "no time of day"),
        (["09:00", "24:01"], "no time of day"),
        (["09:60", "18:00"], "no time of day"),
        (["-1:00", "18:00"], "no time of day"),
        (["09.00", "18.00"], "no time of day"),
        (["\u0660\u0669:\u0660\u0660", "18:00"], "no time of day"),
        (["", ""], "no time of day"),
        (["09:00", "09:00"], "00:00 to 24:00"),
        (["24:00", "02:00"], "00:00 to 24:00"),
        ([["09:00", "13:00"], ["12:00", "18:00"]], "opens at 12:00 before it closes at 13:00"),
        ([["18:00", "02:00"], ["20:00", "21:00"]], "opens at 20:00 before it closes at 02:00"),
        (["09:00"], "must be"),
        (["09:00", 18], "must be"),
        ("09:00-18:00", "must be"),
        (9, "must be"),
        ({"opens": "09:00"}, "must be"),
        ([[f"0{hour}:00", f"0{hour}:30"] for hour in range(7)], "at most 6"),
    ],
)
def test_hours_that_cannot_be_meant_are_refused(value: Any, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        read({"mon": value})


def test_an_unknown_day_is_refused() -> None:
    with pytest.raises(ValidationError):
        read({"monday": None})


def test_every_date_has_its_weekday() -> None:
    assert [Weekday.of(date(2026, 3, 2) + timedelta(days=offset)).value for offset in range(7)] == list(DAYS)
