"""Reads files of what was sold in the past: date, SKU, location and units, as JSON lines, a JSON array or CSV, gzip or
not."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, ValidationError

from inventory.results import SoldDay
from redismart.loading import cleaning
from redismart.loading.files import records, require_columns
from redismart.loading.problems import Problem, rejected, shown
from redismart.loading.reasons import reasons
from redismart.loading.records import Record

MOST_UNITS = 10**7
FIELDS = ("date", "sku", "location", "units")
FIRST_DAY = date(2000, 1, 1)

Found = Callable[[Path, Problem], object]


def _trimmed(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


# The limits stand before the cleaning, so that they apply to what it leaves.
Name = Annotated[str, StringConstraints(min_length=1, max_length=cleaning.LONGEST_KEY), BeforeValidator(cleaning.key)]


class HistoryRow(BaseModel):
    """One day of one item. Unknown fields are ignored."""

    day: Annotated[date, BeforeValidator(_trimmed), Field(alias="date", ge=FIRST_DAY)]
    sku: Name
    location: Name
    units: Annotated[int, BeforeValidator(_trimmed), Field(ge=0, le=MOST_UNITS)]


def check(paths: Sequence[Path]) -> None:
    """Raises ``LoadError`` when one of the files cannot be read at all."""
    require_columns(paths, FIELDS)


def read(paths: Sequence[Path], *, today: Mapping[str, date], problem: Found) -> Iterator[SoldDay]:
    """The days of the files, row by row; ``problem`` is told of every row that is left out.

    ``today``: which day it is at each location. Days from then on are left out: they are not over, and the shop counts
    its own sales itself.
    """
    for path in paths:
        for record in records(path):
            outcome = _checked(record, today)
            if isinstance(outcome, SoldDay):
                yield outcome
            else:
                for each in outcome:
                    problem(path, each)


def _checked(record: Record, today: Mapping[str, date]) -> SoldDay | list[Problem]:
    if record.problem:
        return [rejected(record.position, value=record.value, reason=record.problem)]
    key = shown(record.fields.get("sku") or "")
    try:
        row = HistoryRow.model_validate(record.fields)
    except ValidationError as error:
        found = reasons(error)
        return [rejected(record.position, field=name, value=value, reason=why, key=key) for name, value, why in found]
    if row.location not in today:
        reason = "is no known location: load it with load_stores first"
        return [rejected(record.position, field="location", value=row.location, reason=reason, key=key)]
    if row.day >= today[row.location]:
        reason = "is not over yet: load days before today"
        return [rejected(record.position, field="date", value=row.day.isoformat(), reason=reason, key=key)]
    return SoldDay(row.location, row.sku, row.day.toordinal(), row.units)
