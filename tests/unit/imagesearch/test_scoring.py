"""What is measured of an encoder, on distances small enough to count by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagesearch import scoring
from imagesearch.scoring import Floats


def far(*rows: list[float]) -> Floats:
    return np.array(rows, np.float32)


def circle(*degrees: float) -> Floats:
    turns = np.radians(np.array(degrees))
    return np.stack([np.cos(turns), np.sin(turns)], axis=1).astype(np.float32)


def test_the_distance_is_one_minus_the_cosine() -> None:
    assert scoring.distances(queries=circle(0), gallery=circle(0, 60, 90, 180)).tolist() == [
        pytest.approx([0, 0.5, 1, 2], abs=1e-6)
    ]


def test_precision_is_over_no_more_than_there_are_to_find() -> None:
    (found,) = scoring.quality(far=far([0.1, 0.2, 0.3, 0.4]), wanted=["cup"], shown=["cup", "hat", "cup", "hat"])
    assert found.precision_1 == 1
    assert found.precision_5 == found.precision_10 == found.recall_10 == 1
    assert found.average_precision == pytest.approx((1 + 2 / 3) / 2)


def test_precision_at_five_counts_what_is_in_the_first_five() -> None:
    shown = ["hat"] * 3 + ["cup"] * 20
    (found,) = scoring.quality(far=far([n / 100 for n in range(23)]), wanted=["cup"], shown=shown)
    assert (found.precision_1, found.precision_5, found.precision_10) == (0, 2 / 5, 7 / 10)
    assert found.recall_10 == 7 / 20


def test_what_is_equally_near_stays_in_its_order() -> None:
    assert scoring.ranked(far([0.5, 0.2, 0.5, 0.2])).tolist() == [[1, 3, 0, 2]]


def test_a_query_of_which_nothing_is_there_scores_nothing() -> None:
    (found,) = scoring.quality(far=far([0.1, 0.2]), wanted=["cup"], shown=["hat", "hat"])
    assert (found.precision_1, found.recall_10, found.average_precision) == (0, 0, 0)


@given(st.lists(st.sampled_from(["cup", "hat", "mat"]), min_size=1, max_size=40), st.randoms())
def test_every_score_lies_between_none_and_all(shown: list[str], chance: object) -> None:
    row = np.random.default_rng(len(shown)).random((1, len(shown)), np.float32)
    (found,) = scoring.quality(far=row, wanted=["cup"], shown=shown)
    scores = (found.precision_1, found.precision_5, found.precision_10, found.recall_10, found.average_precision)
    assert all(0 <= score <= 1 for score in scores)
    assert (max(scores) > 0) == ("cup" in shown and (len(shown) <= 10 or max(scores) > 0))


def test_means_are_over_queries() -> None:
    parts = scoring.quality(far=far([0.1, 0.2], [0.1, 0.2]), wanted=["cup", "hat"], shown=["cup", "hat"])
    found = scoring.mean(parts)
    assert (found.queries, found.precision_1, found.average_precision) == (2, 0.5, 0.75)
    assert scoring.mean([]).queries == 0


def test_a_cut_refuses_what_lies_beyond_it() -> None:
    told = scoring.refusals(known=far([0.1, 0.3, 0.6, 0.2])[0], foreign=far([0.5, 0.7])[0], cut=0.55)
    assert (told.refused, told.false_alarms) == (0.5, 0.25)


def test_the_calibrated_cut_keeps_the_known_and_refuses_the_foreign() -> None:
    """Two heaps: neighbours lie a degree apart, the heaps ninety."""
    gallery = circle(*range(20), *range(110, 130))
    names = ["cup"] * 20 + ["hat"] * 20
    told = scoring.calibrated(gallery=gallery, shown=names, groups=names, sources=["one"] * 40)
    assert 0 < told.cut < 0.01
    assert (told.refused, told.false_alarms) == (1, 0)


def test_pictures_of_one_source_do_not_make_each_other_known() -> None:
    """Cups of a source lie together, those of the other source thirty degrees away; only the first has a hat."""
    gallery = circle(0, 1, 30, 31, 120)
    shown = ["cup", "cup", "cup", "cup", "hat"]
    told = scoring.calibrated(gallery=gallery, shown=shown, groups=shown, sources=["a", "a", "b", "b", "a"])
    assert 1 - np.cos(np.radians(30)) == pytest.approx(told.cut, abs=1e-5)
    assert (told.refused, told.false_alarms) == (1, 0)


def test_of_cuts_equally_good_it_is_the_lowest() -> None:
    """Known ones lie up to 40 degrees from the others: a cut there refuses the foreign one as well as a lower one."""
    gallery = circle(*range(0, 200, 2), 290)
    shown = ["cup"] * 100 + ["hat"]
    told = scoring.calibrated(gallery=gallery, shown=shown, groups=shown, sources=["one"] * 101)
    assert told.cut == pytest.approx(1 - np.cos(np.radians(2)), abs=1e-5)


def test_the_same_category_is_not_foreign() -> None:
    gallery = circle(0, 1, 2, 90, 91)
    shown = ["cup", "cup", "mug", "hat", "hat"]
    groups = ["kitchen"] * 3 + ["clothes"] * 2
    told = scoring.calibrated(gallery=gallery, shown=shown, groups=groups, sources=["one"] * 5)
    assert (told.refused, told.false_alarms) == (1, 0)


def test_a_gallery_of_one_has_no_cut() -> None:
    assert scoring.calibrated(gallery=circle(0), shown=["cup"], groups=["a"], sources=["one"]).cut == 0
