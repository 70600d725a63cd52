"""Classes are the fewest that make the money; slow is only what is."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.optimising import classes, slow
from inventory.optimising.demand import Demand
from inventory.optimising.history import Floats
from inventory.optimising.policy import Policy

REVENUES = st.lists(st.floats(0, 1e7), min_size=1, max_size=200).map(np.array)


@given(REVENUES)
def test_a_covers_its_share_and_b_the_next(revenue: Floats) -> None:
    found = classes.cuts(revenue).classes(revenue)
    total = revenue.sum()
    if revenue.max() > 0:
        assert revenue[found == 0].sum() >= classes.SHARE_A * total * (1 - 1e-9)
        assert revenue[found <= 1].sum() >= classes.SHARE_B * total * (1 - 1e-9)
    assert ((found == 2) | (revenue > 0)).all()


@given(REVENUES)
def test_whoever_makes_more_is_in_no_lower_class(revenue: Floats) -> None:
    found = classes.cuts(revenue).classes(revenue)
    order = np.argsort(-revenue)
    assert (np.diff(found[order]) >= 0).all()


def test_a_is_no_more_than_it_takes() -> None:
    revenue = np.array([50.0, 30, 10, 5, 3, 2, 0])
    assert classes.cuts(revenue).classes(revenue).tolist() == [0, 0, 1, 1, 2, 2, 2]


def demand(rate: float, known: int) -> Demand:
    one, days = np.ones(1), np.array([known])
    return Demand(one * rate, np.ones((1, 7)), one, one * 40, one * rate * 40, days, days, days * 0)


def excess(on_hand: float, rate: float, known: int = 100) -> float:
    cover = on_hand / rate if rate else 9_999.0
    units = slow.excess(np.array([on_hand]), np.array([cover]), demand(rate, known), np.array([5.0]), Policy())
    return float(units[0])


def test_slow_is_what_lasts_too_long_and_only_the_units_that_do() -> None:
    assert excess(40.0, 0.1) == 40 - 18
    assert excess(17.0, 0.1) == 0
    assert excess(40.0, 0.0) == 40
    assert excess(40.0, 0.0, known=27) == 0
    assert excess(0.0, 0.0) == 0


def test_a_markdown_is_as_deep_as_selling_it_in_time_takes() -> None:
    off = slow.markdown(np.array([90.0, 90, 90, 90, 180]), replace_rates([1.0, 2, 0.5, 0, 1]), Policy())
    assert off.tolist() == pytest.approx([0, 0, 0.3, 0.5, 0.3])
    less = slow.markdown(np.array([90.0]), replace_rates([0.5]), replace(Policy(), elasticity=4.0))
    assert less.tolist() == pytest.approx([0.2])


def replace_rates(rates: list[float]) -> Demand:
    return replace(demand(1.0, 100), rate=np.array(rates))


@given(st.floats(0, 1e6), st.floats(0, 1e3))
def test_no_markdown_is_deeper_than_allowed(on_hand: float, rate: float) -> None:
    off = float(slow.markdown(np.array([on_hand]), replace_rates([rate]), Policy())[0])
    assert 0 <= off <= Policy().steepest
