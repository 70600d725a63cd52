"""Percentiles and rates."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.timings import percentile, summary

DURATIONS = st.lists(st.floats(min_value=0.001, max_value=60_000), min_size=1, max_size=300)


def test_a_single_duration_is_every_percentile() -> None:
    found = summary([4.0])
    assert (found.p50, found.p95, found.p99, found.count) == (4.0, 4.0, 4.0, 1)


def test_percentiles_are_durations_that_were_measured_not_interpolated() -> None:
    found = summary([float(number) for number in range(1, 101)])
    assert (found.p50, found.p95, found.p99) == (50.0, 95.0, 99.0)


def test_the_order_in_which_durations_came_does_not_matter() -> None:
    assert summary([3.0, 1.0, 2.0]) == summary([1.0, 2.0, 3.0])


def test_durations_one_after_the_other_give_a_rate_by_their_sum() -> None:
    assert summary([250.0, 250.0]).per_second == pytest.approx(4.0)


def test_durations_at_the_same_time_give_a_rate_by_the_clock() -> None:
    assert summary([250.0] * 8, seconds=0.5).per_second == pytest.approx(16.0)


def test_without_durations_there_is_no_summary() -> None:
    with pytest.raises(ValueError, match="no duration"):
        summary([])


@given(DURATIONS, st.sampled_from([0.5, 0.95, 0.99, 1.0]))
def test_at_least_the_share_does_not_exceed_its_percentile_and_fewer_are_below_it(
    durations: list[float], share: float
) -> None:
    ordered = sorted(durations)
    limit = percentile(ordered, share)
    enough = math.ceil(share * len(ordered))
    assert sum(duration <= limit for duration in ordered) >= enough
    assert sum(duration < limit for duration in ordered) < enough
