"""Costs are exact, dates are those of the location that sends, and rules that make no sense are refused."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from inventory.api import Location
from purchasing import transit
from purchasing.transit import Days, Method, Rules
from tests import stores

CHICAGO = ZoneInfo("America/Chicago")
WEEKDAYS = {day: ["09:00", "18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
RULES: dict[str, Any] = {
    "methods": ["standard:4.90:2.50:50:200=1/800=2/7"],
    "transfer": Days.of("300=1/4"),
    "cutoff": 15,
    "pickup_minutes": 60,
    "currency": "USD",
    "digits": 2,
}


def at(text: str) -> datetime:
    """A moment in Chicago; 2026-11-25 is a Wednesday."""
    return datetime.fromisoformat(text).replace(tzinfo=CHICAGO).astimezone(UTC)


def store(**fields: Any) -> Location:
    return stores.location("chicago", **{"hours": WEEKDAYS} | fields)


@pytest.mark.parametrize(
    ("ordered", "days", "there"),
    [
        ("2026-11-25 14:59", 1, "2026-11-26"),
        ("2026-11-25 15:00", 1, "2026-11-27"),
        ("2026-11-25 05:00", 1, "2026-11-26"),
        ("2026-11-25 10:00", 0, "2026-11-25"),
        ("2026-11-26 10:00", 2, "2026-11-30"),
        ("2026-11-27 16:00", 1, "2026-12-01"),
        ("2026-11-28 10:00", 1, "2026-12-01"),
    ],
)
def test_days_begin_when_the_location_sends_and_leave_out_weekends(ordered: str, days: int, there: str) -> None:
    promised = transit.arrival(location=store(), now=at(ordered), days=days, cutoff=15)
    assert promised.isoformat()[:16] == f"{there}T18:00"
    assert promised.tzinfo == CHICAGO


def test_the_clock_of_the_location_counts() -> None:
    late_in_berlin = datetime(2026, 11, 25, 16, tzinfo=ZoneInfo("Europe/Berlin"))
    assert transit.arrival(location=store(), now=late_in_berlin, days=1, cutoff=15).day == 26
    berlin = store(timezone="Europe/Berlin")
    assert transit.arrival(location=berlin, now=late_in_berlin, days=1, cutoff=15).day == 27


def test_who_has_closed_for_the_day_sends_on_the_next() -> None:
    short = store(hours=WEEKDAYS | {"wed": ["09:00", "12:00"]})
    assert transit.arrival(location=short, now=at("2026-11-25 11:00"), days=1, cutoff=15).day == 26
    assert transit.arrival(location=short, now=at("2026-11-25 12:30"), days=1, cutoff=15).day == 27


def test_who_names_no_hours_works_from_monday_to_friday() -> None:
    assert transit.arrival(location=store(hours={}), now=at("2026-11-28 10:00"), days=0, cutoff=15).day == 30


@pytest.mark.parametrize(
    ("now", "ready"),
    [
        ("2026-11-25 10:00", "2026-11-25T11:00"),
        ("2026-11-25 17:00", "2026-11-25T18:00"),
        ("2026-11-25 17:01", "2026-11-26T10:00"),
        ("2026-11-25 07:00", "2026-11-25T10:00"),
        ("2026-11-27 20:00", "2026-11-30T10:00"),
    ],
)
def test_a_store_has_it_ready_while_it_is_open(now: str, ready: str) -> None:
    found = transit.ready(location=store(), now=at(now), minutes=60)
    assert found is not None
    assert found.isoformat()[:16] == ready


def test_a_store_that_never_opens_has_nothing_ready() -> None:
    closed = store(hours=dict.fromkeys(WEEKDAYS))
    assert transit.ready(location=closed, now=at("2026-11-25 10:00"), minutes=60) is None
    assert transit.arrival(location=closed, now=at("2026-11-25 10:00"), days=1, cutoff=15).day == 26


def test_a_store_whose_hours_nobody_knows_is_open_on_working_days() -> None:
    unknown = store(hours={})
    for now, then in (("2026-11-25 10:00", "2026-11-25T11:00"), ("2026-11-28 10:00", "2026-11-30T11:00")):
        found = transit.ready(location=unknown, now=at(now), minutes=60)
        assert found is not None
        assert found.isoformat()[:16] == then


def test_what_a_delivery_costs_is_exact() -> None:
    method = Method.of("standard:4.90:2.50:50:7")
    assert method.cost(parcels=1, goods=Decimal("49.99")) == Decimal("4.90")
    assert method.cost(parcels=3, goods=Decimal("49.99")) == Decimal("9.90")
    assert method.cost(parcels=3, goods=Decimal(50)) == 0
    assert Method.of("express:4:0::7").cost(parcels=1, goods=Decimal(9_999)) == 4


def test_farther_takes_longer() -> None:
    days = Days.of("200=1/800=2/7")
    assert [days.within(km) for km in (0, 200, 200.1, 800, 801, 20_000)] == [1, 1, 2, 2, 7, 7]


@pytest.mark.parametrize(
    "wrong",
    [
        {"methods": []},
        {"methods": ["standard"]},
        {"methods": ["standard:free:0::1"]},
        {"methods": ["standard:-1:0::1"]},
        {"methods": ["standard:NaN:0::1"]},
        {"methods": ["standard:1.001:0::1"]},
        {"methods": ["standard:1:0::1", "standard:2:0::1"]},
        {"methods": ["standard:1:0::"]},
        {"methods": ["standard:1:0::800=2/200=1/7"]},
        {"methods": ["standard:1:0::200=3/800=2/7"]},
        {"methods": ["standard:1:0::200=1/-2"]},
        {"methods": ["<b>:1:0::1"]},
        {"methods": ["standard:1:0::nan=1/7"]},
        {"methods": ["standard:1:0::inf=1/7"]},
        {"methods": ["standard:1:0::1=999"]},
    ],
)
def test_rules_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    assert Rules.of(**RULES).cutoff == 15
    with pytest.raises(ValueError):  # noqa: PT011 -- each says something else
        Rules.of(**RULES | wrong)
