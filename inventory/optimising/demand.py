"""How much will be asked for: estimates from decaying sums. Pure.

- Rate: decayed units over decayed days on which the item was there to be bought. For intermittent demand this is the
  estimate of Teunter, Syntetos and Babai ("Intermittent demand: linking forecasting to inventory obsolescence", EJOR
  2011) - the probability of a sale, updated every day, times its size - which, unlike Croston's (1972), is unbiased and
  sinks while nothing is sold. Days without stock are left out, since nobody could buy then.
- A location with little history of its own leans on the other locations of the SKU: the posterior mean of a
  gamma-Poisson model (Silver, Pyke and Thomas, "Inventory and Production Management in Supply Chains", 4th ed. 2017,
  ch. 4; Gelman et al., "Bayesian Data Analysis", 2.6), whose prior weighs as much as ``PRIOR_UNITS`` sold units.
- Weekdays: each one's share of the units, leaning on the SKU's shares and on equal ones while there are few units.
- Dispersion: variance of a day's units around its weekday's mean, over that mean; leaning on the SKU's, and never below
  that of independent buyers (Poisson: 1).
"""

from dataclasses import dataclass

import numpy as np

from inventory.optimising.history import (
    FIRST,
    HITS,
    LAST,
    LOST,
    NEVER,
    ORIGIN,
    RECENT,
    RECENT_DAYS,
    SOLD,
    SQUARES,
    WEEK,
    Floats,
    Whole,
    days_between,
)

PRIOR_UNITS = 2.0
"""Of a gamma prior: locations' rates differ by 1/√2 of their mean."""

WEEKDAY_UNITS = 21.0
WEEKDAYS_FROM, WEEKDAYS_AT = 7.0, 28.0
"""Decayed days of history from which weekdays begin to tell, and at which they tell all."""

DISPERSION_DAYS = 10.0
LEAST_DAYS = 1.0

ADI_CUT, CV2_CUT = 1.32, 0.49
"""Between the four patterns of demand (Syntetos, Boylan and Croston, "On the categorization of demand patterns",
2005)."""

PATTERNS = ("steady", "erratic", "intermittent", "lumpy")


@dataclass(frozen=True, slots=True)
class Demand:
    """Estimates by row. ``rate``: units a day; ``weekdays``: each one's share of seven average days (n by 7, Monday
    first); ``dispersion``: variance of a day's units over their mean; ``days``: decayed days that the rate rests on;
    ``sold``: decayed units; ``known`` and ``idle``: days since the item is known, and since its last sale.
    """

    rate: Floats
    weekdays: Floats
    dispersion: Floats
    days: Floats
    sold: Floats
    known: Whole
    idle: Whole
    pattern: Whole

    def ahead(self, today: int, days: Whole) -> Floats:
        """Units expected in so many days from ``today`` on."""
        order = (np.arange(WEEK) + today - 1) % WEEK
        sums = np.concatenate([np.zeros((len(self.rate), 1)), np.cumsum(self.weekdays[:, order], axis=1)], axis=1)
        weeks, rest = np.divmod(days, WEEK)
        expected: Floats = self.rate * (weeks * WEEK + sums[np.arange(len(self.rate)), rest])
        return expected


def estimated(state: Floats, today: int, skus: Whole, *, half_life: float) -> Demand:
    """Estimates at the start of ``today`` from rows of that day; ``skus`` number the SKU of each row, from nought.

    What was sold today is left out: the day is not over.
    """
    by_weekday, squares, hits = _sums(state, today, half_life)
    units = by_weekday.sum(axis=1)
    known = np.where(state[:, FIRST] == NEVER, 0, today - ORIGIN - state[:, FIRST]).astype(np.int64)
    days = np.maximum(days_between(1, known, half_life) - state[:, LOST], 0.0)
    pool = _Pool(skus, int(skus.max()) + 1 if len(skus) else 0)
    rate, resting = _rate(units, days, pool)
    weekdays = _weekdays(by_weekday, days, pool)
    dispersion = _dispersion(squares, hits, days, _mean(units, days)[:, None] * weekdays, pool)
    last = np.where(state[:, LAST] == NEVER, known, today - ORIGIN - state[:, LAST]).astype(np.int64)
    pattern = _pattern(units, squares, hits, days)
    return Demand(rate, weekdays, dispersion, resting, units, known, np.maximum(last, 0), pattern)


@dataclass(frozen=True, slots=True)
class _Pool:
    """Sums over the rows of each SKU."""

    skus: Whole
    count: int

    def total(self, values: Floats) -> Floats:
        """For each row, the sum over all rows of its SKU."""
        sums: Floats = np.bincount(self.skus, weights=values, minlength=self.count).astype(np.float64)[self.skus]
        return sums


def _sums(state: Floats, today: int, half_life: float) -> tuple[Floats, Floats, Floats]:
    """Units by weekday, squares and days with sales, up to yesterday."""
    by_weekday, squares, hits = state[:, SOLD].copy(), state[:, SQUARES].copy(), state[:, HITS].copy()
    for age in range(1, RECENT_DAYS):
        units, weight = state[:, RECENT.start + age], 0.5 ** (age / half_life)
        by_weekday[:, (today - age - 1) % WEEK] += units * weight
        squares += units**2 * weight
        hits += (units > 0) * weight
    return by_weekday, squares, hits


def _mean(units: Floats, days: Floats) -> Floats:
    mean: Floats = units / np.maximum(days, LEAST_DAYS)
    return mean


def _rate(units: Floats, days: Floats, pool: _Pool) -> tuple[Floats, Floats]:
    """The rate, and how many days it rests on, those of the prior included."""
    usual = _mean(pool.total(units), pool.total(days))
    with np.errstate(divide="ignore"):
        prior = np.where(usual > 0, PRIOR_UNITS / usual, 0.0)
    resting = days + prior
    # Without a prior the SKU was never sold: there is nothing to divide.
    return _ratio(units + usual * prior, resting, empty=0.0), np.maximum(resting, LEAST_DAYS)


def _weekdays(by_weekday: Floats, days: Floats, pool: _Pool) -> Floats:
    of_sku = np.stack([pool.total(by_weekday[:, day]) for day in range(WEEK)], axis=1)
    usual = _shares(of_sku, np.ones(WEEK))
    told = np.clip((days - WEEKDAYS_FROM) / (WEEKDAYS_AT - WEEKDAYS_FROM), 0.0, 1.0)[:, None]
    shares: Floats = 1 + (_shares(by_weekday, usual) - 1) * told
    return shares


def _shares(units: Floats, usual: Floats) -> Floats:
    shares: Floats = WEEK * (units + WEEKDAY_UNITS * usual / WEEK) / (units.sum(axis=1, keepdims=True) + WEEKDAY_UNITS)
    return shares


def _dispersion(squares: Floats, hits: Floats, days: Floats, means: Floats, pool: _Pool) -> Floats:
    """``means``: units of each weekday (n by 7)."""
    mean = means.mean(axis=1)
    # The mean is estimated from the same days, which takes away one of them.
    spare = np.maximum(days / np.maximum(days - 1, LEAST_DAYS), 1.0)
    variance = np.maximum(squares - days * (means**2).mean(axis=1), 0.0) * spare
    expected = days * mean
    usual = np.maximum(_ratio(pool.total(variance), pool.total(expected)), 1.0)
    dispersion: Floats = (hits * _ratio(variance, expected) + DISPERSION_DAYS * usual) / (hits + DISPERSION_DAYS)
    return np.maximum(dispersion, 1.0)


def _ratio(above: Floats, below: Floats, *, empty: float = 1.0) -> Floats:
    ratio: Floats = np.divide(above, below, out=np.full_like(above, empty), where=below > 0)
    return ratio


def _pattern(units: Floats, squares: Floats, hits: Floats, days: Floats) -> Whole:
    """The number of one of ``PATTERNS``: by the days between sales, and by how much their sizes differ."""
    rare = days > ADI_CUT * hits
    size = _ratio(units, hits)
    uneven = _ratio(squares, hits) / np.maximum(size, 1e-9) ** 2 - 1 > CV2_CUT
    pattern: Whole = rare * 2 + uneven * 1
    return pattern
