"""Estimates from sums find what made the sales."""

import numpy as np
import pytest

from inventory.optimising import demand, history
from inventory.optimising.demand import Demand
from inventory.optimising.history import Floats, Sold

HALF_LIFE = 21.0
TODAY = 739_100


def learned(units: Floats) -> Floats:
    """Rows from a table of rows by days that ends yesterday."""
    rows, days = np.nonzero(np.ones_like(units))
    entries = Sold(rows, TODAY - units.shape[1] + days, units[rows, days])
    return history.learned(history.blank(len(units)), entries, TODAY, half_life=HALF_LIFE)


def estimated(units: Floats, skus: list[int] | None = None) -> Demand:
    numbers = np.array(range(len(units)) if skus is None else skus)
    return demand.estimated(learned(units), TODAY, numbers, half_life=HALF_LIFE)


def test_a_steady_rate_is_found() -> None:
    found = estimated(np.random.default_rng(1).poisson(5.0, (40, 120)).astype(float))
    assert found.rate.mean() == pytest.approx(5.0, rel=0.05)
    assert found.dispersion.mean() == pytest.approx(1.0, abs=0.25)


def test_rare_sales_have_their_true_rate_which_sinks_while_nothing_is_sold() -> None:
    chance = np.random.default_rng(2)
    units = chance.geometric(1 / 4, (400, 150)) * (chance.random((400, 150)) < 0.1)
    found = estimated(units.astype(float))
    assert found.rate.mean() == pytest.approx(0.4, rel=0.06)
    assert np.median(found.dispersion) > 2
    quiet = np.concatenate([units, np.zeros((400, 42))], axis=1).astype(float)
    assert estimated(quiet).rate.mean() < found.rate.mean() / 3


def test_what_is_sold_less_and_less_is_expected_less() -> None:
    rising, falling = np.arange(60.0), np.arange(60.0)[::-1]
    found = estimated(np.stack([rising, falling]))
    assert found.rate[0] > 29.5 > found.rate[1]


def test_weekdays_are_found() -> None:
    table = np.zeros((1, 84))
    table[0, (np.arange(84) + TODAY - 84 - 1) % 7 == 5] = 70.0
    found = estimated(table)
    assert found.weekdays[0].argmax() == 5
    assert found.weekdays[0, 5] > 5
    assert found.weekdays.sum() == pytest.approx(7)
    ahead = [float(found.ahead(TODAY, np.array([days]))[0]) for days in range(15)]
    assert ahead == sorted(ahead)
    assert ahead[7] == pytest.approx(7 * found.rate[0])


def test_days_without_stock_do_not_lower_the_rate() -> None:
    state = learned(np.full((2, 60), 4.0))
    state[0, history.OUT] = 1
    later = history.rolled(state, np.full(2, TODAY), TODAY + 14, half_life=HALF_LIFE)
    found = demand.estimated(later, TODAY + 14, np.arange(2), half_life=HALF_LIFE)
    assert found.rate[0] == pytest.approx(4.0, rel=0.05)
    assert found.rate[1] < 3


def test_a_location_without_history_leans_on_the_others() -> None:
    units = np.full((4, 60), 3.0)
    state = np.concatenate([learned(units), history.blank(1)])
    found = demand.estimated(state, TODAY, np.zeros(5, dtype=int), half_life=HALF_LIFE)
    assert found.rate[4] == pytest.approx(3.0, rel=0.05)
    alone = demand.estimated(state, TODAY, np.array([0, 0, 0, 0, 1]), half_life=HALF_LIFE)
    assert alone.rate[4] == 0


def test_a_location_with_history_of_its_own_stands_on_it() -> None:
    units = np.concatenate([np.full((4, 90), 3.0), np.zeros((1, 90))])
    found = estimated(units, skus=[0] * 5)
    assert found.rate[4] < 0.2


def test_patterns_are_told_apart() -> None:
    chance = np.random.default_rng(3)
    steady = chance.poisson(9.0, 90)
    rare = (chance.random(90) < 0.2) * 3
    lumpy = (chance.random(90) < 0.2) * chance.geometric(0.15, 90) ** 2
    erratic = chance.geometric(0.2, 90) ** 2
    found = estimated(np.stack([steady, erratic, rare, lumpy]).astype(float))
    assert [demand.PATTERNS[number] for number in found.pattern] == ["steady", "erratic", "intermittent", "lumpy"]


def test_nothing_known_is_nothing_expected() -> None:
    found = demand.estimated(history.blank(3), TODAY, np.arange(3), half_life=HALF_LIFE)
    assert found.rate.tolist() == [0, 0, 0]
    assert np.isfinite(found.dispersion).all()
    none = demand.estimated(history.blank(0), TODAY, np.arange(0), half_life=HALF_LIFE)
    assert len(none.rate) == 0
