"""Decaying sums say what a whole diary would say, however they came to be."""

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inventory.optimising import history
from inventory.optimising.history import Floats, Sold

HALF_LIFE = 21.0
TODAY = 739_100
DIARY = st.dictionaries(st.tuples(st.integers(0, 2), st.integers(0, 90)), st.integers(0, 50), max_size=40)


def sold(entries: Sequence[tuple[int, int, float]]) -> Sold:
    rows, days, units = (np.array(column) for column in zip(*entries, strict=True)) if entries else ([], [], [])
    return Sold(np.array(rows, dtype=np.int64), np.array(days, dtype=np.int64), np.array(units, dtype=np.float64))


def as_of(state: Floats, day: int, today: int) -> Floats:
    return history.rolled(state, np.full(len(state), day), today, half_life=HALF_LIFE)


def all_sums(state: Floats) -> Floats:
    """Sums with the recent days folded in."""
    return as_of(state, TODAY, TODAY + 30)


@given(DIARY)
def test_day_by_day_or_all_at_once_is_the_same(diary: dict[tuple[int, int], int]) -> None:
    entries = [(row, TODAY - age, float(units)) for (row, age), units in diary.items()]
    at_once = history.learned(history.blank(3), sold(entries), TODAY, half_life=HALF_LIFE)
    state = history.blank(3)
    for day in range(TODAY - 90, TODAY + 1):
        state = as_of(state, day - 1, day)
        state = history.learned(state, sold([each for each in entries if each[1] == day]), day, half_life=HALF_LIFE)
    np.testing.assert_allclose(all_sums(state), all_sums(at_once), rtol=1e-9, atol=1e-9)


@given(DIARY)
def test_sums_are_those_of_the_diary(diary: dict[tuple[int, int], int]) -> None:
    entries = [(row, TODAY - age, float(units)) for (row, age), units in diary.items()]
    state = all_sums(history.learned(history.blank(3), sold(entries), TODAY, half_life=HALF_LIFE))
    for row in range(3):
        weighed = [(units * 0.5 ** ((age + 30) / HALF_LIFE)) for (each, age), units in diary.items() if each == row]
        np.testing.assert_allclose(state[row, history.SOLD].sum(), sum(weighed), rtol=1e-9, atol=1e-12)


@given(st.integers(0, 40), st.integers(0, 40))
def test_two_steps_are_one(first: int, second: int) -> None:
    entries = sold([(0, TODAY - age, 3.0 + age) for age in range(6)])
    state = history.learned(history.blank(1), entries, TODAY, half_life=HALF_LIFE)
    state[:, history.OUT] = 1
    steps = as_of(as_of(state, TODAY, TODAY + first), TODAY + first, TODAY + first + second)
    np.testing.assert_allclose(steps, as_of(state, TODAY, TODAY + first + second), rtol=1e-9, atol=1e-9)


def test_weekdays_are_those_of_the_calendar() -> None:
    monday = 739_005
    state = history.learned(history.blank(1), sold([(0, monday, 5.0)]), monday + 20, half_life=HALF_LIFE)
    assert np.flatnonzero(state[0, history.SOLD]).tolist() == [0]


def test_days_without_stock_are_counted_until_there_is_some() -> None:
    state = history.learned(history.blank(1), sold([(0, TODAY, 2.0)]), TODAY, half_life=HALF_LIFE)
    state[:, history.OUT] = 1
    later = as_of(state, TODAY, TODAY + 4)
    # On the first of the four somebody still bought.
    assert later[0, history.LOST] == history.days_between(1, np.array(3), HALF_LIFE)
    later[:, history.OUT] = 0
    assert as_of(later, TODAY + 4, TODAY + 6)[0, history.LOST] < later[0, history.LOST]


@given(DIARY)
def test_text_holds_the_rows(diary: dict[tuple[int, int], int]) -> None:
    entries = [(row, TODAY - age, float(units)) for (row, age), units in diary.items()]
    state = history.learned(history.blank(3), sold(entries), TODAY, half_life=HALF_LIFE)
    np.testing.assert_allclose(history.unpacked([history.packed(state)]), state, rtol=1e-6)
    # Days must come back to the day.
    exact = [history.FIRST, history.LAST, history.TOLD]
    assert (history.unpacked([history.packed(state)])[:, exact] == state[:, exact]).all()
