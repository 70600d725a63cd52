"""Measures of a ranking, on rankings whose scores are known."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.relevance import Judged, Quality, quality

GRADED = Judged("lamp", {"exact": 3, "substitute": 2, "complement": 1, "wrong": 0})


def test_the_ideal_order_scores_one() -> None:
    found = quality(GRADED, ["exact", "substitute", "complement", "wrong"])
    assert found == Quality(ndcg=1.0, precision=0.2, recall=1.0)


def test_a_worse_order_scores_by_the_formula() -> None:
    gained = 0 + 1 / math.log2(3) + 3 / math.log2(4) + 7 / math.log2(5)
    ideal = 7 + 3 / math.log2(3) + 1 / math.log2(4)
    assert quality(GRADED, ["wrong", "complement", "substitute", "exact"]).ndcg == pytest.approx(gained / ideal)


def test_only_the_first_ten_count_and_the_first_hundred_for_recall() -> None:
    late = [f"other {number}" for number in range(10)]
    assert quality(GRADED, [*late, "exact"]) == Quality(ndcg=0.0, precision=0.0, recall=0.5)
    later = [f"other {number}" for number in range(100)]
    assert quality(GRADED, [*later, "exact"]).recall == 0.0


def test_nothing_found_scores_nothing() -> None:
    assert quality(GRADED, []) == Quality(0.0, 0.0, 0.0)


def test_a_query_without_anything_relevant_cannot_be_answered() -> None:
    assert not Judged("x", {"a": 1, "b": 0}).answerable
    assert Judged("x", {"a": 2}).answerable
    assert quality(Judged("x", {}), ["a"]) == Quality(0.0, 0.0, 0.0)


def test_means_are_plain_averages() -> None:
    assert Quality.mean([Quality(1, 0.5, 0), Quality(0, 0.1, 1)]) == Quality(0.5, 0.3, 0.5)
    assert Quality.mean([]) == Quality(0, 0, 0)


gains = st.dictionaries(st.text("abcdef", min_size=1, max_size=2), st.integers(0, 3), max_size=30)


@given(gains, st.permutations(sorted({a + b for a in "abcdef" for b in ["", *"abcdef"]})))
def test_scores_stay_between_none_and_one(judged: dict[str, int], ranking: list[str]) -> None:
    found = quality(Judged("x", judged), ranking)
    assert 0 <= found.ndcg <= 1.000001
    assert 0 <= found.precision <= 1
    assert 0 <= found.recall <= 1
