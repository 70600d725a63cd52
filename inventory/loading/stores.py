"""Reads files of stores: JSON lines or a JSON array, gzip or not, in any of the formats of ``inventory.adapters``."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from inventory import adapters
from inventory.adapters import Adapter, FieldError
from inventory.loading import rows
from inventory.models import Location
from redismart.loading.files import beginning, first_records, opened, readable, shape, until_damage
from redismart.loading.problems import LoadError, Problem, note, rejected, shown
from redismart.loading.reasons import reasons
from redismart.loading.records import Reader, Record


@dataclass(frozen=True, slots=True)
class Regions:
    """The regions of the shop, and the one of rows that name none."""

    known: tuple[str, ...]
    default: str


@dataclass(slots=True)
class Stores:
    """What files hold: locations by their id, and what is wrong or worth knowing."""

    locations: dict[str, Location] = field(default_factory=dict)
    problems: list[tuple[Path, Problem]] = field(default_factory=list)

    @property
    def regions(self) -> frozenset[str]:
        """The regions that the locations belong to."""
        return frozenset(location.region for location in self.locations.values())


@dataclass(frozen=True, slots=True)
class _Source:
    """A file, how its records are read, and the format they are in."""

    path: Path
    reader: Reader
    adapter: Adapter

    def records(self) -> Iterator[Record]:
        with opened(self.path) as (_raw, file):
            yield from until_damage(file, self.reader)


def read(paths: Sequence[Path], *, regions: Regions) -> Stores:
    """The stores of all files. Raises ``LoadError`` when one of them cannot be read at all.

    They are held in memory: a chain has thousands of stores, not millions.
    """
    found = Stores()
    for source in [_source(path) for path in paths]:
        for record in source.records():
            outcome = _checked(record, source.adapter, regions)
            if isinstance(outcome, Location):
                found.problems += [(source.path, problem) for problem in _repeated(record, outcome, found)]
                found.locations[outcome.id] = outcome
            else:
                found.problems += [(source.path, problem) for problem in outcome]
    return found


def _source(path: Path) -> _Source:
    with readable(path):
        reader, columns = shape(path, beginning(path))
        records = first_records(path, reader)
    if columns:
        raise LoadError(f"{path} is CSV, which cannot hold opening hours: write JSON lines. See docs/loading.md.")
    return _Source(path, reader, _adapter(path, records))


def _adapter(path: Path, records: Sequence[Record]) -> Adapter:
    for record in records:
        if found := adapters.for_record(record.fields):
            return found
    if not records:
        # Not one record could be read: each will be rejected with its own reason.
        return adapters.BY_NAME["own"]
    seen = ", ".join(list(records[0].fields)[:8])
    wanted = "needed are at least id, name and location. See docs/loading.md."
    raise LoadError(f"{path} is in no known format of stores (its fields: {seen}): {wanted}")


def _checked(record: Record, adapter: Adapter, regions: Regions) -> Location | list[Problem]:
    """The location of a record, or a problem for each field that is wrong."""
    if record.problem:
        return [rejected(record.position, value=record.value, reason=record.problem)]
    key = shown(record.fields.get("id") or "")
    try:
        row = rows.read(adapter.adapt(record.fields), region=regions.default)
        _check_region(row.region, regions)
        return row.document()
    except FieldError as error:
        found = [(error.field, error.value, error.reason)]
    except ValidationError as error:
        found = reasons(error)
    return [rejected(record.position, field=name, value=value, reason=reason, key=key) for name, value, reason in found]


def _check_region(region: str, regions: Regions) -> None:
    if region not in regions.known:
        raise FieldError("region", region, f"is not one of REDISMART_REGIONS ({', '.join(regions.known)})")


def _repeated(record: Record, location: Location, found: Stores) -> list[Problem]:
    if location.id not in found.locations:
        return []
    reason = "stands in an earlier row too: this later one counts"
    return [note(record.position, field="id", value=location.id, reason=reason, key=location.id)]
