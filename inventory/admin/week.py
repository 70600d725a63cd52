"""Opening hours as people type them: a line for each day of the week, with spans such as ``09:00-18:00``."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from pydantic import TypeAdapter, ValidationError

from inventory.hours import Hours, Span, Weekday

NAMES = {
    Weekday.MONDAY: "Monday",
    Weekday.TUESDAY: "Tuesday",
    Weekday.WEDNESDAY: "Wednesday",
    Weekday.THURSDAY: "Thursday",
    Weekday.FRIDAY: "Friday",
    Weekday.SATURDAY: "Saturday",
    Weekday.SUNDAY: "Sunday",
}
SPAN = re.compile(r"\s*(\d{1,2}:\d{2})\s*(?:-|\u2013|\u2014|to)\s*(\d{1,2}:\d{2})\s*")
LONGEST_DAY = 200
HOURS: TypeAdapter[Any] = TypeAdapter(Hours)


def written(hours: Mapping[Weekday, Sequence[Span]]) -> str:
    """Hours as text, one line a day: ``mon 09:00-12:00, 13:00-18:00``."""
    return "\n".join(f"{day.value} {_spans(hours.get(day, ()))}".strip() for day in Weekday)


def lines(text: str) -> dict[str, str]:
    """What such a text says of each day; days that it leaves out are empty."""
    told = dict.fromkeys((day.value for day in Weekday), "")
    for line in text.splitlines()[: len(told)]:
        day, _, spans = line.partition(" ")
        if day in told:
            told[day] = spans.strip()
    return told


def read(text: str) -> dict[Weekday, tuple[Span, ...]]:
    """The hours of such a text. Raises ``ValueError`` with the day that is wrong and what to write."""
    found = {Weekday(day): _read_day(day, spans) for day, spans in lines(text).items()}
    try:
        checked: dict[Weekday, tuple[Span, ...]] = HOURS.validate_python(found)
    except ValidationError as error:
        problem = error.errors()[0]
        day = NAMES[Weekday(str(problem["loc"][0]))]
        raise ValueError(f"{day} {str(problem['msg']).removeprefix('Value error, ')}.") from None
    return {day: spans for day, spans in checked.items() if spans}


def _spans(spans: Sequence[Span]) -> str:
    return ", ".join(f"{opens}-{closes}" for opens, closes in spans)


def _read_day(day: str, text: str) -> list[list[str]]:
    parts = [SPAN.fullmatch(part) for part in text.split(",")] if text else []
    if not all(parts):
        raise ValueError(f"{NAMES[Weekday(day)]} is written as 09:00-18:00, or 09:00-12:00, 13:00-18:00; not {text!r}.")
    return [[end.zfill(5) for end in part.groups()] for part in parts if part]


class WeekWidget(forms.Widget):
    """An input for each day; together they are one text, as ``written`` writes it."""

    template_name = "admin/inventory/week.html"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        told = lines(str(value or ""))
        days = [(f"{name}_{day.value}", NAMES[day], told[day.value]) for day in Weekday]
        return super().get_context(name, value, attrs) | {"days": days, "most": LONGEST_DAY}

    def value_from_datadict(self, data: Any, _files: Any, name: str) -> str:
        told = ((day.value, " ".join(str(data.get(f"{name}_{day.value}") or "").split())) for day in Weekday)
        return "\n".join(f"{day} {spans[:LONGEST_DAY]}".strip() for day, spans in told)

    def value_omitted_from_data(self, data: Any, _files: Any, name: str) -> bool:
        return all(f"{name}_{day.value}" not in data for day in Weekday)

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_mon" if id_ else id_


class HoursField(forms.Field):
    """Opening hours by weekday."""

    widget = WeekWidget

    def to_python(self, value: Any) -> Any:
        try:
            return read(str(value or ""))
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None

    def prepare_value(self, value: Any) -> Any:
        return written(value) if isinstance(value, dict) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(lines(str(data or "")) != lines(written(initial or {})))
