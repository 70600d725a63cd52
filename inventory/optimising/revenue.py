"""What was earned, weighed so that it fades without being touched (forward decay, Cormode et al., 2009). Pure.

Weights grow as time goes by instead of the past fading, so that adding is one command, and shares stay right for ever.
"""

import math

HALF_LIFE_DAYS = 60.0
"""Classes should not change with every week: revenue fades more slowly than demand."""

FIRST_DAY = 739_617
"""1 January 2026. Weights double every 60 days; floats reach 168 years."""

SOLD_DAYS = 120
"""Days for which what was sold in all is kept."""


def weight(day: int) -> float:
    """How much what was earned on a day counts."""
    return math.pow(2, (day - FIRST_DAY) / HALF_LIFE_DAYS)
