"""Best Buy's open data set: github.com/BestBuyAPIs/open-data-set, ``stores.json`` (CC0).

One JSON array of objects: ``id`` int, ``type`` ("BigBox", "Mobile", "Express"), ``name``, ``address``,
``address2``, ``city``, ``state`` (two letters), ``zip`` (some without their leading zero, some with four more
digits), ``location`` {``lat``, ``lon``}, ``hours`` and ``services`` (what the shop offers, not how it hands over
goods).

``hours`` is a text such as "Mon: 10-9:30; …; Sun: 12-6", by a 12-hour clock that does not say which half of the
day it means. A shop opens in the morning unless that would be before six: 12 is noon, and 1 to 5 the afternoon; it
closes in the afternoon, and at 12 at midnight. "0-11:59" is the whole day, and so is "12-11:59". Days that are not
named are closed.

The time zone is that of the coordinates. Large stores deliver and hand over inside and at the curb, small ones
inside; Express are vending machines, which do neither.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import tzfpy

from inventory.adapters.errors import FieldError
from inventory.hours import Weekday

NAME = "bestbuy"
COUNTRY = "US"
ZIP_DIGITS = 5
EARLIEST_OPENING = 6
NOON = 12
DAYS = {day.value: day.value for day in Weekday} | {"thurs": "thu"}
DAY = re.compile(r"(?P<day>[A-Za-z]+):\s*(?P<opens>\d{1,2}(:\d\d)?)\s*-\s*(?P<closes>\d{1,2}(:\d\d)?)", re.ASCII)
CLOSED = re.compile(r"(?P<day>[A-Za-z]+):\s*closed", re.IGNORECASE | re.ASCII)
WHOLE_DAY = (("0", "11:59"), ("12", "11:59"))
SERVICES = {"BigBox": ["delivery", "pickup", "curbside"], "Mobile": ["pickup"], "Express": []}


def recognises(record: Mapping[str, Any]) -> bool:
    """Its hours are a text, and it says ``zip`` where the own format has ``postcode``."""
    return {"id", "name", "zip", "location", "hours"} <= record.keys()


def adapt(record: Mapping[str, Any]) -> dict[str, Any]:
    """The row."""
    return {
        "id": _id(record.get("id")),
        "name": record.get("name"),
        "kind": "store",
        "street": _street(record.get("address"), record.get("address2")),
        "city": record.get("city"),
        "state": record.get("state"),
        "postcode": _postcode(record.get("zip")),
        "country": COUNTRY,
        "location": record.get("location"),
        "timezone": _timezone(record.get("location")),
        "hours": _hours(record.get("hours")),
        "services": SERVICES.get(str(record.get("type")), []),
    }


def _id(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _street(street: Any, unit: Any) -> Any:
    return f"{street}, {unit}" if isinstance(street, str) and isinstance(unit, str) and unit else street


def _postcode(value: Any) -> Any:
    return value.zfill(ZIP_DIGITS) if isinstance(value, str) and value else value


def _timezone(location: Any) -> str | None:
    """The time zone of the coordinates; none where they are wrong, which is reported of them."""
    try:
        return tzfpy.get_tz(float(location["lon"]), float(location["lat"])) or None
    except (TypeError, KeyError, ValueError, OverflowError):
        return None


def _hours(text: Any) -> dict[str, list[list[str]]]:
    if not isinstance(text, str):
        raise FieldError("hours", text, "must be a text such as Mon: 10-9; Sun: 12-6")
    days = (_day(part.strip(), text) for part in text.split(";") if part.strip())
    return dict(days)


def _day(part: str, text: str) -> tuple[str, list[list[str]]]:
    """A day and its spans."""
    found = DAY.fullmatch(part) or CLOSED.fullmatch(part)
    name = DAYS.get(found["day"].lower()) if found else None
    if found is None or name is None:
        raise FieldError("hours", text, f"has {part[:40]!r}, which is not like Mon: 10-9:30")
    if found.re is CLOSED:
        return name, []
    if (found["opens"], found["closes"]) in WHOLE_DAY:
        return name, [["00:00", "24:00"]]
    return name, [[_time(found["opens"], _opening_hour), _time(found["closes"], _closing_hour)]]


def _time(text: str, on_24_hours: Callable[[int], int]) -> str:
    hour, _, minute = text.partition(":")
    return f"{on_24_hours(int(hour)):02}:{minute or '00'}"


def _opening_hour(hour: int) -> int:
    return hour + NOON if 0 < hour < EARLIEST_OPENING else hour


def _closing_hour(hour: int) -> int:
    return hour + NOON if hour <= NOON else hour
