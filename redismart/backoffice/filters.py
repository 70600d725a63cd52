"""Filters of a change list that become RediSearch clauses. What cannot be understood filters nothing, and says so."""

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar

from django.contrib.admin import ListFilter
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model
from django.http import HttpRequest

from redismart.redis.clauses import Params, number_between, tag_any

Choices = Callable[[], Sequence[tuple[str, str]]]


class ClauseFilter(ListFilter):
    """A filter that narrows a search by a clause rather than a query of a database."""

    names: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self, request: HttpRequest, params: dict[str, list[str]], model: type[Model], model_admin: Any
    ) -> None:
        super().__init__(request, params, model, model_admin)
        self.given = {name: params.pop(name, [""])[-1][:200] for name in self.names}

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return list(self.names)

    def queryset(self, _request: HttpRequest, queryset: Any) -> Any:
        return queryset

    def clause(self, params: Params) -> str:
        """The clause to hold; empty when the filter is not in use."""
        raise NotImplementedError

    def choices(self, _changelist: ChangeList) -> Iterator[Any]:
        return iter(())

    def beside(self, changelist: ChangeList) -> dict[str, Any]:
        """For filters that are typed: what the other filters say, to be sent along, and the way back."""
        kept = [
            (name, value)
            for name, values in changelist.filter_params.items()
            if name not in self.names
            for value in values
        ]
        return {"kept": kept, "clear": _without(changelist, *self.names)}


class ChoiceFilter(ClauseFilter):
    """One of some values of a tag field."""

    field: ClassVar[str]
    values: ClassVar[Choices]

    @property
    def chosen(self) -> str:
        return self.given[self.names[0]]

    def clause(self, params: Params) -> str:
        return tag_any(self.field, [self.chosen], params) if self.chosen else ""

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        (name,) = self.names
        yield {"selected": not self.chosen, "query_string": _without(changelist, name), "display": "All"}
        for value, label in type(self).values():
            query = changelist.get_query_string({name: value})
            yield {"selected": self.chosen == value, "query_string": query, "display": label}


class RangeFilter(ClauseFilter):
    """From one number or day to another, both included; either may be left out."""

    template = "admin/backoffice/range_filter.html"
    field: ClassVar[str]
    kind: ClassVar[str] = "number"

    @property
    def low(self) -> str:
        return self.given[self.names[0]]

    @property
    def high(self) -> str:
        return self.given[self.names[1]]

    def clause(self, _params: Params) -> str:
        low, high = self.bound(self.low), self.bound(self.high, end=True)
        return "" if low is None and high is None else number_between(self.field, low, high)

    @property
    def problem(self) -> str:
        """What to mend in what was typed; empty when all is well."""
        unread = [text for text in (self.low, self.high) if text and self.bound(text) is None]
        return f"{unread[0]!r} is no {self.kind}." if unread else ""

    def bound(self, text: str, *, end: bool = False) -> float | None:
        """What was typed as a number of the index; an upper one just above, since clauses leave it out."""
        try:
            value = float(text)
        except ValueError:
            return None
        if not math.isfinite(value):
            return None
        return math.nextafter(value, math.inf) if end else value

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        yield self.beside(changelist) | {"display": ""}


class DateFilter(RangeFilter):
    """From one day to another, both included, of a field of epoch seconds; days are UTC."""

    kind: ClassVar[str] = "date"

    def bound(self, text: str, *, end: bool = False) -> float | None:
        try:
            day = date.fromisoformat(text)
            begins = datetime.combine(day, time(), tzinfo=UTC) + timedelta(days=int(end))
        except (ValueError, OverflowError):
            return None
        return begins.timestamp()


def _without(changelist: ChangeList, *names: str) -> str:
    return changelist.get_query_string(dict.fromkeys(names))
