"""Demand that is known, because it is made up: the same from the same seed. Pure."""

from dataclasses import dataclass

import numpy as np

from inventory.optimising.history import WEEK, Floats, Whole

PATTERNS = ("steady", "weekly", "intermittent", "trend")
STEADY, WEEKLY, INTERMITTENT, TREND = range(len(PATTERNS))
WEEKDAYS = np.array([0.6, 0.6, 0.7, 0.8, 1.3, 1.8, 1.2])
"""Of a weekly pattern, Monday first: weekends are busy."""

SLOWEST, FASTEST = 0.3, 6.0
"""Units a day at a location."""

GROWS, SHRINKS = 2.5, 0.4
MEAN_SIZE, RAREST = 3.0, 0.3
"""Intermittent sales: units at once on average, and the share of days on which they happen at most."""

EVENNESS = 6.0
"""Of the locations' shares: the higher, the more alike (Dirichlet)."""


@dataclass(frozen=True, slots=True)
class Shoppers:
    """What is asked for by row and day (rows by days); the rows of one SKU, one a location, lie together."""

    asked: Floats
    skus: Whole
    patterns: Whole


def shoppers(*, seed: int, skus: int, locations: int, days: int, first: int) -> Shoppers:
    """Demand of ``days`` from the day ``first`` on: each pattern's share of SKUs, no two alike."""
    chance = np.random.default_rng(seed)
    numbers = np.repeat(np.arange(skus), locations)
    shares = np.concatenate([chance.dirichlet(np.full(locations, EVENNESS)) * locations for _sku in range(skus)])
    rate = np.exp(chance.uniform(np.log(SLOWEST), np.log(FASTEST), skus))[numbers] * shares
    slope = np.log(chance.choice([SHRINKS, GROWS], skus))[numbers] / days
    patterns = numbers % len(PATTERNS)
    mean = np.repeat(rate[:, None], days, axis=1)
    mean[patterns == WEEKLY] *= WEEKDAYS[(np.arange(days) + first - 1) % WEEK]
    mean[patterns == TREND] *= np.exp(slope[:, None] * np.arange(days))[patterns == TREND]
    asked = chance.poisson(mean).astype(np.float64)
    rare = patterns == INTERMITTENT
    asked[rare] = _rarely(rate[rare], days, chance)
    return Shoppers(asked, numbers, patterns)


def _rarely(rate: Floats, days: int, chance: np.random.Generator) -> Floats:
    shape = (len(rate), days)
    happens = chance.random(shape) < np.minimum(rate / MEAN_SIZE, RAREST)[:, None]
    sizes = chance.geometric(1 / MEAN_SIZE, shape).astype(np.float64)
    return sizes * happens
