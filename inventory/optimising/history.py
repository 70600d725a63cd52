"""What was sold, as decaying sums that take the same few numbers however long a shop has been open. Pure.

A row is an item. Its sums are weighed by 2^(-age / half-life), age in days from the row's last day on, so that nothing
has to be recomputed as long as nobody looks: rolling on to a later day is a multiplication. The last few days stand
apart until they are over, because the square of a day's units is known only then; what arrives later still, after a
link was cut for days, is added with the weight of its day.

Days are numbers (``date.toordinal``) in the location's own time zone. Storage is base64 of 32-bit floats, since the
shop's clients of Redis read text.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

WEEK = 7
RECENT_DAYS = 4
SOLD = slice(0, WEEK)
"""Decayed units by weekday, Monday first, without the recent days."""

SQUARES, HITS, LOST, FIRST, LAST, OUT, TOLD = range(WEEK, WEEK + 7)
"""Decayed sums of squared units of a day, of days with a sale, and of days without stock; the day from which the item
is known, the last with a sale, whether it was out of stock when last looked at, and the last day of loaded history."""

RECENT = slice(WEEK + 7, WEEK + 7 + RECENT_DAYS)
"""Units of the last day, the one before, and so on."""

COLUMNS = RECENT.stop
ORIGIN = 730_000
"""Days are kept as distances from this one, so that 32 bits hold them exactly."""

NEVER = 0.0


@dataclass(frozen=True, slots=True)
class Sold:
    """Units sold of rows on days, in three arrays of one length; nought units say that a row was there that day."""

    rows: Whole
    days: Whole
    units: Floats


def blank(count: int) -> Floats:
    """Rows of which nothing is known."""
    return np.zeros((count, COLUMNS))


def rolled(state: Floats, days: Whole, today: int, *, half_life: float) -> Floats:
    """The same rows as of ``today``; ``days`` are those that they are of. One that is later already stays."""
    passed = np.maximum(today - days, 0)
    decay = np.exp2(-passed / half_life)
    after = state.copy()
    after[:, SOLD] *= decay[:, None]
    after[:, [SQUARES, HITS]] *= decay[:, None]
    after[:, LOST] = _lost(state, passed, half_life)
    recent = state[:, RECENT]
    for age in range(RECENT_DAYS):
        leaving = np.flatnonzero((age + passed >= RECENT_DAYS) & (recent[:, age] != 0))
        weight = np.exp2(-(passed[leaving] + age) / half_life)
        _fold(after, Sold(leaving, days[leaving] - age, recent[leaving, age]), weight)
        come = age - passed
        known = np.where(come >= 0, come, 0)
        after[:, RECENT.start + age] = np.where(come >= 0, recent[np.arange(len(recent)), known], 0.0)
    return after


def learned(state: Floats, sold: Sold, today: int, *, half_life: float) -> Floats:
    """Rows of ``today`` with more that was sold, at most once a row and day. What is later than today counts today."""
    after = state.copy()
    days = np.minimum(sold.days, today)
    recent = days > today - RECENT_DAYS
    np.add.at(after, (sold.rows[recent], RECENT.start + today - days[recent]), sold.units[recent])
    old = Sold(sold.rows[~recent], days[~recent], sold.units[~recent])
    _fold(after, old, np.exp2(-(today - old.days) / half_life))
    first = np.where(after[:, FIRST] == NEVER, np.inf, after[:, FIRST])
    np.minimum.at(first, sold.rows, days - ORIGIN)
    after[:, FIRST] = np.where(np.isinf(first), NEVER, first)
    some = sold.units > 0
    np.maximum.at(after[:, LAST], sold.rows[some], days[some] - ORIGIN)
    return after


def _lost(state: Floats, passed: Whole, half_life: float) -> Floats:
    """Days on which nothing could be sold: those after a look that found no stock, up to the day before the next."""
    idle = (state[:, OUT] > 0) & (state[:, RECENT.start] == 0) & (passed > 0)
    decay = np.exp2(-passed / half_life)
    since = np.where(state[:, OUT] > 0, days_between(1, passed - 1, half_life), 0.0)
    lost: Floats = (state[:, LOST] + idle) * decay + since
    return lost


def days_between(youngest: int, oldest: Whole, half_life: float) -> Floats:
    """The decayed number of days of ages from ``youngest`` to ``oldest``; none where there are none."""
    keep = 0.5 ** (1 / half_life)
    count = np.maximum(oldest - youngest + 1, 0)
    total: Floats = keep**youngest * (1 - keep**count) / (1 - keep)
    return total


def _fold(state: Floats, sold: Sold, weight: Floats) -> None:
    np.add.at(state, (sold.rows, (sold.days - 1) % WEEK), sold.units * weight)
    np.add.at(state[:, SQUARES], sold.rows, sold.units**2 * weight)
    np.add.at(state[:, HITS], sold.rows, (sold.units > 0) * weight)


def packed(state: Floats) -> str:
    """Rows as text."""
    return base64.b64encode(state.astype("<f4").tobytes()).decode()


def unpacked(texts: Sequence[str]) -> Floats:
    """All rows of several texts, one below the other."""
    raw = b"".join(map(base64.b64decode, texts))
    rows: Floats = np.frombuffer(raw, dtype="<f4").reshape(-1, COLUMNS).astype(np.float64)
    return rows
