"""ABC: the few products that make most of the money, those that make some, and all others. Pure.

A are the fewest SKUs that make 80 % of the revenue, B those that make it 95 %, C the rest (Dickie, "ABC inventory
analysis shoots for dollars, not pennies", 1951; Silver, Pyke and Thomas, ch. 2)."""

from dataclasses import dataclass

import numpy as np

from inventory.optimising.history import Floats, Whole

SHARE_A, SHARE_B = 0.80, 0.95


@dataclass(frozen=True, slots=True)
class Cuts:
    """The revenue from which on a SKU is A, and from which on B; nothing is until something was sold."""

    a: float = float("inf")
    b: float = float("inf")

    def classes(self, revenue: Floats) -> Whole:
        """0 for A, 1 for B, 2 for C."""
        sold = revenue > 0
        found: Whole = np.where(sold & (revenue >= self.a), 0, np.where(sold & (revenue >= self.b), 1, 2))
        return found


def cuts(revenue: Floats) -> Cuts:
    """The cuts between the revenues of all SKUs; those that sold nothing do not matter."""
    ordered = np.sort(revenue[revenue > 0])[::-1]
    if not len(ordered):
        return Cuts()
    before = (np.cumsum(ordered) - ordered) / ordered.sum()
    return Cuts(float(ordered[before < SHARE_A][-1]), float(ordered[before < SHARE_B][-1]))
