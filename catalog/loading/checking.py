"""Checks records: each becomes a row, or a problem that says what is wrong with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from catalog.adapters import Adapter
from catalog.loading import rows
from catalog.loading.rows import Row
from redismart.loading.problems import Problem, note, rejected, shown
from redismart.loading.reasons import reasons
from redismart.loading.records import Record
from redismart.loading.seen import Seen


@dataclass(frozen=True, slots=True)
class Checked:
    """A good row and where it stands."""

    position: int
    row: Row


def check(record: Record, adapter: Adapter) -> Checked | list[Problem]:
    """The row of a record, or why it has none: a problem for each field that is wrong."""
    if record.problem:
        return [rejected(record.position, value=record.value, reason=record.problem)]
    fields = adapter.adapt(record.fields)
    try:
        return Checked(record.position, rows.read(fields))
    except ValidationError as error:
        sku = shown(fields.get("sku") or "")
        return [
            rejected(record.position, field=name, value=value, reason=reason, key=sku)
            for name, value, reason in reasons(error)
        ]


def notes(checked: Checked) -> Iterator[Problem]:
    """What is worth knowing about a good row."""
    for name, value, reason in checked.row.notes:
        yield note(checked.position, field=name, value=value, reason=reason, key=checked.row.sku)


def repeated(batch: Sequence[Checked], seen: Seen) -> list[Problem]:
    """A note for each row whose SKU was there before, in this batch or an earlier one."""
    new = seen.new(checked.row.sku for checked in batch)
    return [
        note(
            checked.position,
            field="sku",
            value=checked.row.sku,
            key=checked.row.sku,
            reason="stands in an earlier row too: this later one counts",
        )
        for checked, first in zip(batch, new, strict=True)
        if not first
    ]
