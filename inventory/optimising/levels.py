"""Safety stock, reorder points, quantities and days of cover. Pure.

What is asked for until an order made now has arrived, and could next be made up for (lead time + review period), has

- mean m: the expected units of these days, each by its weekday,
- variance v = dispersion · m · (1 + L / n) + (rate · s)²: of the days' demand (L of them), of the rate itself, which
  was estimated from n days, and of the lead time, whose standard deviation is s. Without the middle term this is √(L
  σ² + D² s²), as in King, "Crack the code: understanding safety stock and mastering its equations" (APICS magazine,
  July 2011) and Silver, Pyke and Peterson, "Inventory Management and Production Planning and Scheduling" (3rd ed.
  1998, 7.10); the middle term is the error of the forecast, which they ask for in place of the error of the demand.

The reorder point is the quantile of a gamma distribution with m and v at the service level (Burgin, "The gamma
distribution and inventory control", 1975), corrected for whole units. Unlike the normal one it does not go below
nought, and fits what is rarely sold (Silver et al. ask for it from a coefficient of variation of 0.5 on); for what
sells fast both agree. What is above m is safety stock.

Beyond some variance the quantile sinks: most lead times then see no demand at all. A guess that is worse must not lower
stock, so the shape stays where the quantile is highest.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import gammainc, gammaincinv

from inventory.optimising.demand import Demand
from inventory.optimising.history import WEEK, Floats, Whole
from inventory.optimising.policy import Policy

DAYS_PER_YEAR = 365.0
LONGEST_COVER = 9_999.0
"""Days; also of what is not sold at all."""

HALF_A_UNIT = 0.5
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Levels:
    """By row, in units: expected until a next order could arrive, its variance, safety stock, the point at which to
    order, and the level up to which."""

    mean: Floats
    variance: Floats
    safety: Floats
    point: Floats
    target: Floats

    def at(self, points: Floats) -> "Levels":
        """With other points where there are any (not NaN), and as much more up to the target."""
        more = np.maximum(self.target - self.point, 1.0)
        fixed = ~np.isnan(points)
        point = np.where(fixed, points, self.point)
        target = np.where(fixed, points + more, self.target)
        return Levels(self.mean, self.variance, np.maximum(point - self.mean, 0.0), point, target)

    def some(self, rows: Whole) -> "Levels":
        return Levels(self.mean[rows], self.variance[rows], self.safety[rows], self.point[rows], self.target[rows])


def levels(demand: Demand, today: int, *, lead: Whole, service: Floats, price: Floats, policy: Policy) -> Levels:
    """``lead``: days by row; ``service``: share of lead times without a stock-out; ``price``: nought when unknown."""
    days = lead + policy.review_days
    mean = demand.ahead(today, days)
    variance = variance_of(mean, demand, days, lead.astype(np.float64) * policy.lead_spread)
    point = reorder_point(mean, variance, service)
    target = point + np.maximum(np.ceil(quantity(demand.rate, price, policy) - ROUNDING), 1.0) * (demand.rate > 0)
    return Levels(mean, variance, np.maximum(point - mean, 0.0), point, target)


def variance_of(mean: Floats, demand: Demand, days: Whole, spread: Floats) -> Floats:
    """Of what is asked for in ``days``; ``spread``: standard deviation of the lead time, in days."""
    variance: Floats = demand.dispersion * mean * (1 + days / demand.days) + (demand.rate * spread) ** 2
    return variance


def reorder_point(mean: Floats, variance: Floats, service: Floats) -> Floats:
    """The fewest whole units that suffice with the probability ``service``."""
    shape = np.square(mean) / np.maximum(variance, ROUNDING)
    floors = np.array([_highest(float(level)) for level in np.unique(service)])
    shape = np.maximum(shape, floors[np.searchsorted(np.unique(service), service)])
    quantile = np.where(mean > 0, gammaincinv(shape, service) * mean / shape, 0.0)
    return np.maximum(np.ceil(quantile - HALF_A_UNIT - ROUNDING), 0.0)


@lru_cache(maxsize=64)
def _highest(service: float) -> float:
    """The shape at which the quantile of a gamma distribution of mean 1 is highest."""
    shapes = np.geomspace(0.004, 8.0, 1_000)
    return float(shapes[np.argmax(gammaincinv(shapes, service) / shapes)])


def quantity(rate: Floats, price: Floats, policy: Policy) -> Floats:
    """Units of one order: for so many days of cover, or more where ordering costs money and less often is cheaper.

    The economic order quantity √(2 · orders' cost · yearly demand / yearly cost of keeping a unit): Harris, "How many
    parts to make at once" (1913); Silver et al., ch. 5."""
    cover = rate * policy.cover_days
    keeping = price * policy.cost_share * policy.holding_share
    yearly = 2 * policy.order_cost * rate * DAYS_PER_YEAR
    economic = np.sqrt(np.divide(yearly, keeping, out=np.zeros_like(rate), where=keeping > 0))
    return np.maximum(cover, np.minimum(economic, rate * DAYS_PER_YEAR))


def orders(position: Floats, found: Levels) -> Floats:
    """Units to order where what is there and on its way is down to the reorder point."""
    wanted: Floats = np.where((position <= found.point) & (found.target > found.point), found.target - position, 0.0)
    return wanted


def cover(on_hand: Floats, demand: Demand, today: int) -> Floats:
    """For how many days units will last, weekday by weekday; at most ``LONGEST_COVER``."""
    weekly = demand.rate * WEEK
    weeks = np.floor(np.divide(on_hand, weekly, out=np.full_like(weekly, LONGEST_COVER), where=weekly > 0))
    left = on_hand - weeks * weekly
    order = (np.arange(WEEK) + today - 1) % WEEK
    daily = demand.rate[:, None] * demand.weekdays[:, order]
    before = np.cumsum(daily, axis=1) - daily
    part = np.divide(left[:, None] - before, daily, out=np.zeros_like(daily), where=daily > 0)
    days = weeks * WEEK + np.clip(part, 0.0, 1.0).sum(axis=1)
    return np.minimum(np.where(weekly > 0, days, LONGEST_COVER), LONGEST_COVER)


def sold_of(stock: Floats, mean: Floats, variance: Floats) -> Floats:
    """How many of so many units are expected to be sold when m are asked for with variance v: E min(D, stock).

    Of a gamma distribution: m · F(stock; shape + 1) + stock · (1 - F(stock; shape)).
    """
    safe = np.maximum(mean, ROUNDING)
    shape = np.square(safe) / np.maximum(variance, ROUNDING)
    scaled = stock * shape / safe
    sold: Floats = mean * gammainc(shape + 1, scaled) + stock * (1 - gammainc(shape, scaled))
    return np.where(mean > 0, sold, 0.0)
