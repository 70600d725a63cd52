"""What is kept of a SKU's sales at the region's own locations, as Redis keeps it: a diary. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import structlog

from inventory.optimising import history
from inventory.optimising.history import Floats

log = structlog.get_logger(__name__)
SEPARATOR = "|"


@dataclass(frozen=True, slots=True)
class Diary:
    """Rows by location, as of one day. ``worth``: what all units on hand cost when last looked at, in hundredths of
    the shop's currency."""

    day: int
    locations: Sequence[str] = ()
    rows: Floats = field(default_factory=lambda: history.blank(0))
    worth: int = 0

    def encoded(self) -> str:
        """As text. Ids of locations have neither commas nor bars in them."""
        return SEPARATOR.join((str(self.day), ",".join(self.locations), history.packed(self.rows), str(self.worth)))

    @classmethod
    def decoded(cls, stored: str | None, *, day: int) -> "Diary":
        """A diary that begins on ``day`` where there was none."""
        try:
            return cls._decoded(stored) if stored else cls(day)
        except ValueError as error:
            # One SKU's past is lost, which is learned anew; all others' are not to wait for it.
            log.warning("diary_begun_anew", reason=str(error))
            return cls(day)

    @classmethod
    def _decoded(cls, stored: str) -> "Diary":
        # Older diaries do not tell what their stock is worth.
        since, locations, rows, *worth = stored.split(SEPARATOR)
        names = locations.split(",") if locations else []
        found = cls(int(since), names, history.unpacked([rows]), int(worth[0]) if worth else 0)
        if len(found.locations) != len(found.rows):
            raise ValueError(f"{len(found.rows)} rows of {len(found.locations)} locations")
        return found


class Desk:
    """Diaries side by side, as one table: row by row what ``history`` works on, all as of one day."""

    def __init__(self, diaries: Mapping[str, Diary], wanted: Mapping[str, Sequence[str]], today: int) -> None:
        """``wanted``: by SKU the locations that must have a row; others keep theirs."""
        self.today = today
        self.skus = list(diaries)
        self.worth = {sku: diary.worth for sku, diary in diaries.items()}
        self.locations: list[str] = []
        self.of: dict[tuple[str, str], int] = {}
        self._spans: list[tuple[int, int]] = []
        parts, days = [], []
        for sku, diary in diaries.items():
            new = [each for each in dict.fromkeys(wanted.get(sku, ())) if each not in diary.locations]
            first, names = len(self.locations), [*diary.locations, *new]
            self.of |= {(sku, name): first + number for number, name in enumerate(names)}
            self.locations += names
            self._spans.append((first, len(self.locations)))
            parts += [diary.rows, history.blank(len(new))]
            days += [diary.day] * len(names)
        self._days = np.array(days, dtype=np.int64)
        self.state = np.concatenate(parts) if parts else history.blank(0)

    def roll(self, half_life: float) -> None:
        """Bring all rows to today."""
        self.state = history.rolled(self.state, self._days, self.today, half_life=half_life)

    @property
    def numbers(self) -> history.Whole:
        """The number of each row's SKU."""
        lengths = [last - first for first, last in self._spans]
        return np.repeat(np.arange(len(self.skus)), lengths)

    def diaries(self) -> dict[str, Diary]:
        """What to keep, by SKU."""
        return {
            sku: Diary(self.today, self.locations[first:last], self.state[first:last], self.worth[sku])
            for sku, (first, last) in zip(self.skus, self._spans, strict=True)
        }
