"""Which units had better be elsewhere: moves of one SKU between locations. Pure.

A location may give only what it has above the level up to which it would order: it is never left short, and has to
order no sooner. One that is down to its reorder point may get, up to that level. Whoever runs out first gets first,
since the next sale is lost there ("equal runout", Silver, Pyke and Thomas, ch. 11). It gets from whoever can give it
all in one move, the nearest of these; else from whoever can give most. What a move is worth is how many of its units
will be sold before an order would have brought them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inventory.optimising.history import Floats, Whole
from inventory.optimising.levels import Levels, sold_of

SMALLEST_GAIN = 0.1
"""Of each unit moved so much must be sold thanks to the move: else it is not worth carrying."""


@dataclass(frozen=True, slots=True)
class Move:
    """Units from one row to another; ``gain`` is how many are sold thanks to it, for each unit moved."""

    source: int
    target: int
    units: int
    gain: float

    def of(self, rows: Whole) -> "Move":
        """The same, of rows that are some of others."""
        return Move(int(rows[self.source]), int(rows[self.target]), self.units, self.gain)


@dataclass(frozen=True, slots=True)
class Shelves:
    """Rows of one SKU: units on hand, of these free to be moved, and with what is on its way; days that they last."""

    on_hand: Floats
    free: Floats
    position: Floats
    cover: Floats
    wanted: Levels

    def some(self, rows: Whole) -> "Shelves":
        return Shelves(
            self.on_hand[rows], self.free[rows], self.position[rows], self.cover[rows], self.wanted.some(rows)
        )


def moves(shelves: Shelves, km: Floats) -> list[Move]:
    """Moves worth making; ``km``: distances between the rows (n by n)."""
    spare = np.floor(np.minimum(shelves.free, shelves.on_hand - shelves.wanted.target))
    need = np.ceil(shelves.wanted.target - shelves.position)
    need[shelves.position > shelves.wanted.point] = 0
    short = sorted(np.flatnonzero((need > 0) & (shelves.wanted.mean > 0)), key=lambda row: shelves.cover[row])
    return [move for row in short for move in _to(int(row), need, spare, shelves, km)]


def _to(target: int, need: Floats, spare: Floats, shelves: Shelves, km: Floats) -> list[Move]:
    """Moves to one row; ``spare`` is what others still have to give."""
    made: list[Move] = []
    missing, have = int(need[target]), float(shelves.position[target])
    while missing > 0 and (source := _giver(spare, missing, km[target])) is not None:
        units = min(missing, int(spare[source]))
        gain = _gain(shelves.wanted, target, have, units)
        if gain < SMALLEST_GAIN:
            break
        made.append(Move(source, target, units, gain))
        spare[source] -= units
        missing, have = missing - units, have + units
    return made


def _giver(spare: Floats, missing: int, km: Floats) -> int | None:
    able = np.flatnonzero(spare >= missing)
    if len(able):
        return int(able[np.argmin(km[able])])
    most = int(np.argmax(spare))
    return most if spare[most] >= 1 else None


def _gain(wanted: Levels, row: int, have: float, units: int) -> float:
    stock = np.array([have, have + units])
    before, after = sold_of(stock, wanted.mean[[row, row]], wanted.variance[[row, row]])
    return float(after - before) / units


def candidates(skus: Whole, shelves: Shelves) -> Sequence[int]:
    """The SKUs, by number, of which some row is short and another has units to spare."""
    short = (shelves.position <= shelves.wanted.point) & (shelves.wanted.mean > 0)
    spare = np.minimum(shelves.free, shelves.on_hand - shelves.wanted.target) >= 1
    return [int(sku) for sku in np.intersect1d(skus[short], skus[spare])]
