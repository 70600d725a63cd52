"""Everything that follows from what was sold and what is there, for many items at once. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from inventory.optimising import levels, slow, transfers
from inventory.optimising.demand import Demand, estimated
from inventory.optimising.history import Floats, Whole
from inventory.optimising.levels import Levels
from inventory.optimising.policy import Policy
from inventory.optimising.transfers import Move, Shelves

Distances = Callable[[Whole], Floats]
"""Distances between some rows (n by n)."""


@dataclass(frozen=True, slots=True)
class Stock:
    """By row: units on hand, of these free to be moved, on their way, points that managers set (NaN: none), price, lead
    time in days, and the number of the class."""

    on_hand: Floats
    free: Floats
    coming: Floats
    points: Floats
    price: Floats
    lead: Whole
    kind: Whole


@dataclass(frozen=True, slots=True)
class Figures:
    """By row: what is expected, what to have of it, for how many days what is there lasts, units to order, units that
    will be asked for in vain before an order could arrive, units too many and the part of their price to take off; and
    moves between rows.

    Nothing is ordered of which not even one unit is expected to be sold before it is slow, unless a manager said when.
    """

    demand: Demand
    levels: Levels
    cover: Floats
    orders: Floats
    risk: Floats
    excess: Floats
    off: Floats
    moves: list[Move]


def work_out(state: Floats, today: int, skus: Whole, stock: Stock, *, policy: Policy, km: Distances) -> Figures:
    """``state``: rows as of ``today``; ``skus`` number the SKU of each, those of one together."""
    demand = estimated(state, today, skus, half_life=policy.half_life)
    service = np.array(policy.service)[stock.kind]
    found = levels.levels(demand, today, lead=stock.lead, service=service, price=stock.price, policy=policy)
    found = found.at(stock.points)
    cover = levels.cover(stock.on_hand, demand, today)
    moves = _moves(skus, Shelves(stock.on_hand, stock.free, stock.on_hand + stock.coming, cover, found), km)
    position = stock.on_hand + stock.coming + _balance(moves, len(skus))
    worth = (demand.rate * policy.slow_days >= 1) | ~np.isnan(stock.points)
    wanted = levels.orders(position, found) * worth
    risk = np.maximum(found.mean - levels.sold_of(position, found.mean, found.variance), 0.0)
    excess = slow.excess(stock.on_hand, cover, demand, found.target, policy)
    off = slow.markdown(stock.on_hand, demand, policy)
    return Figures(demand, found, cover, wanted, risk, excess, off, moves)


def _moves(skus: Whole, shelves: Shelves, km: Distances) -> list[Move]:
    made: list[Move] = []
    for sku in transfers.candidates(skus, shelves):
        rows = np.arange(np.searchsorted(skus, sku), np.searchsorted(skus, sku, side="right"))
        made += [move.of(rows) for move in transfers.moves(shelves.some(rows), km(rows))]
    return made


def _balance(moves: list[Move], count: int) -> Floats:
    """What moves bring to each row, less what they take."""
    change = np.zeros(count)
    for move in moves:
        change[move.target] += move.units
        change[move.source] -= move.units
    return change
