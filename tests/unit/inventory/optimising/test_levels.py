"""Reorder points answer to what makes them, and agree with the textbook where that applies."""

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.optimising import levels
from inventory.optimising.demand import Demand
from inventory.optimising.policy import Policy

TODAY = 739_100
RATES = st.floats(0.001, 500)
SERVICE = st.floats(0.75, 0.995)
DISPERSION = st.floats(1, 50)
LEAD = st.integers(1, 90)


def demand(rate: float, dispersion: float = 1.0, days: float = 30.0) -> Demand:
    one = np.ones(1)
    whole = np.array([100])
    return Demand(one * rate, np.ones((1, 7)), one * dispersion, one * days, one * rate * days, whole, whole, whole * 0)


def point(wanted: Demand, lead: int, service: float, policy: Policy | None = None) -> float:
    found = levels.levels(
        wanted,
        TODAY,
        lead=np.array([lead]),
        service=np.array([service]),
        price=np.array([10.0]),
        policy=policy or Policy(),
    )
    return float(found.point[0])


@given(RATES, DISPERSION, LEAD, LEAD, SERVICE)
def test_it_grows_with_the_lead_time(rate: float, dispersion: float, lead: int, more: int, service: float) -> None:
    wanted = demand(rate, dispersion)
    assert point(wanted, lead + more, service) >= point(wanted, lead, service)


@given(RATES, DISPERSION, LEAD, SERVICE, SERVICE)
def test_it_grows_with_the_service_level(rate: float, dispersion: float, lead: int, one: float, other: float) -> None:
    wanted = demand(rate, dispersion)
    assert point(wanted, lead, max(one, other)) >= point(wanted, lead, min(one, other))


@given(RATES, DISPERSION, DISPERSION, LEAD, SERVICE)
def test_it_grows_with_variance(rate: float, one: float, other: float, lead: int, service: float) -> None:
    low, high = sorted((one, other))
    assert point(demand(rate, high), lead, service) >= point(demand(rate, low), lead, service)


@given(RATES, DISPERSION, LEAD, SERVICE, st.floats(0, 1), st.floats(0, 1))
def test_it_grows_with_the_spread_of_lead_times(
    rate: float, dispersion: float, lead: int, service: float, one: float, other: float
) -> None:
    low, high = (replace(Policy(), lead_spread=spread) for spread in sorted((one, other)))
    wanted = demand(rate, dispersion)
    assert point(wanted, lead, service, high) >= point(wanted, lead, service, low)


@given(RATES, RATES, DISPERSION, LEAD, SERVICE)
def test_it_grows_with_demand(one: float, other: float, dispersion: float, lead: int, service: float) -> None:
    low, high = sorted((one, other))
    assert point(demand(high, dispersion), lead, service) >= point(demand(low, dispersion), lead, service)


@pytest.mark.parametrize("service", [0.9, 0.95, 0.98])
@pytest.mark.parametrize(("rate", "lead"), [(50.0, 7), (200.0, 20)])
def test_for_what_sells_fast_it_is_that_of_the_textbook(rate: float, lead: int, service: float) -> None:
    """King (2011): z · √(L σ² + D² s²) over the mean, once the rate is certain."""
    policy = replace(Policy(), lead_spread=0.2)
    days = lead + policy.review_days
    deviation = (days * rate * 4 + (rate * lead * 0.2) ** 2) ** 0.5
    expected = days * rate + NormalDist().inv_cdf(service) * deviation
    assert point(demand(rate, 4.0, days=1e9), lead, service, policy) == pytest.approx(expected, rel=0.04)


@pytest.mark.parametrize("service", [0.9, 0.95, 0.98])
@pytest.mark.parametrize("mean", [0.02, 0.3, 1, 3, 12])
def test_for_what_sells_rarely_it_serves_as_often_as_it_says(mean: float, service: float) -> None:
    found = levels.reorder_point(np.array([mean]), np.array([mean]), np.array([service]))[0]
    drawn = np.random.default_rng(7).poisson(mean, 200_000)
    assert (drawn <= found).mean() >= service - 0.015
    assert found <= 2 + np.quantile(drawn, service)


def test_what_is_never_sold_needs_nothing() -> None:
    assert point(demand(0.0), 7, 0.98) == 0
    found = levels.levels(
        demand(0.0), TODAY, lead=np.array([7]), service=np.array([0.9]), price=np.array([0.0]), policy=Policy()
    )
    assert levels.orders(np.array([0.0]), found).tolist() == [0.0]


@given(RATES, DISPERSION, st.integers(0, 10_000))
def test_orders_fill_up_to_the_target_and_only_from_the_point_down(rate: float, dispersion: float, have: int) -> None:
    found = levels.levels(
        demand(rate, dispersion),
        TODAY,
        lead=np.array([7]),
        service=np.array([0.95]),
        price=np.array([10.0]),
        policy=Policy(),
    )
    ordered = float(levels.orders(np.array([float(have)]), found)[0])
    assert (ordered > 0) == (have <= found.point[0])
    assert not ordered or have + ordered == found.target[0]
    assert ordered == int(ordered)


def test_dear_orders_are_larger_and_follow_the_square_root() -> None:
    rate, price = np.array([2.0]), np.array([100.0])
    cheap, dear = (levels.quantity(rate, price, replace(Policy(), order_cost=cost))[0] for cost in (100.0, 400.0))
    assert cheap == pytest.approx((2 * 100 * 730 / (100 * 0.6 * 0.25)) ** 0.5)
    assert dear == pytest.approx(2 * cheap)
    assert levels.quantity(rate, price, Policy())[0] == 28


@given(RATES, st.integers(0, 100_000))
def test_cover_is_when_what_is_expected_has_used_up_what_is_there(rate: float, units: int) -> None:
    wanted = replace(demand(rate), weekdays=np.array([[0.1, 0.2, 0.7, 1.0, 1.5, 2.5, 1.0]]))
    days = float(levels.cover(np.array([float(units)]), wanted, TODAY)[0])
    whole = int(days)
    if days < levels.LONGEST_COVER:
        before, after = (float(wanted.ahead(TODAY, np.array([day]))[0]) for day in (whole, whole + 1))
        assert before <= units * (1 + 1e-9) + 1e-9
        assert after >= units * (1 - 1e-9) - 1e-9
    assert 0 <= days <= levels.LONGEST_COVER


def test_what_is_sold_of_a_stock_is_what_a_simulation_sells() -> None:
    drawn = np.random.default_rng(5).gamma(2.5, 4.0, 400_000)
    for stock in (0.0, 3.0, 10.0, 40.0):
        sold = float(levels.sold_of(np.array([stock]), np.array([10.0]), np.array([40.0]))[0])
        assert sold == pytest.approx(np.minimum(drawn, stock).mean(), rel=0.01, abs=1e-9)
