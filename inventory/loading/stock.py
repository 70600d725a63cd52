"""Reads files of stock: SKU, location and units on hand, as JSON lines, a JSON array or CSV, gzip or not."""

from collections.abc import Callable, Container, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, ValidationError

from inventory.results import Line
from redismart.loading import cleaning
from redismart.loading.files import records, require_columns
from redismart.loading.problems import Problem, note, rejected, shown
from redismart.loading.reasons import reasons
from redismart.loading.records import Record
from redismart.loading.seen import Seen

MOST_UNITS = 10**9
FIELDS = ("sku", "location", "on_hand")

Found = Callable[[Path, Problem], object]


def _trimmed(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


# The limits stand before the cleaning, so that they apply to what it leaves.
Name = Annotated[str, StringConstraints(min_length=1, max_length=cleaning.LONGEST_KEY), BeforeValidator(cleaning.key)]


class StockRow(BaseModel):
    """One item. Unknown fields are ignored."""

    sku: Name
    location: Name
    on_hand: Annotated[int, BeforeValidator(_trimmed), Field(ge=0, le=MOST_UNITS)]


def check(paths: Sequence[Path]) -> None:
    """Raises ``LoadError`` when one of the files cannot be read at all."""
    require_columns(paths, FIELDS)


def read(paths: Sequence[Path], *, locations: Container[str], problem: Found) -> Iterator[Line]:
    """The items of the files, row by row; ``problem`` is told of every row that is left out."""
    with Seen() as seen:
        for path, record in ((each, record) for each in paths for record in records(each)):
            outcome = _checked(record, locations)
            if isinstance(outcome, Line) and not all(seen.new([f"{outcome.location} {outcome.sku}"])):
                outcome = [_repeated(record, outcome)]
            if isinstance(outcome, Line):
                yield outcome
            else:
                for each in outcome:
                    problem(path, each)


def _repeated(record: Record, line: Line) -> Problem:
    reason = f"stands in an earlier row at {line.location} too: that one counts"
    return note(record.position, field="sku", value=line.sku, reason=reason, key=line.sku)


def _checked(record: Record, locations: Container[str]) -> Line | list[Problem]:
    if record.problem:
        return [rejected(record.position, value=record.value, reason=record.problem)]
    key = shown(record.fields.get("sku") or "")
    try:
        row = StockRow.model_validate(record.fields)
    except ValidationError as error:
        found = reasons(error)
        return [rejected(record.position, field=name, value=value, reason=why, key=key) for name, value, why in found]
    if row.location not in locations:
        reason = "is no known location: load it with load_stores first"
        return [rejected(record.position, field="location", value=row.location, reason=reason, key=key)]
    return Line(row.location, row.sku, row.on_hand)
