"""Half a year of a shop whose demand is known, kept in stock by two rules side by side. Pure.

One rule is a fixed reorder point: so many days of what was sold a day at the beginning, for every item, as many shops
do it. The other follows each day's proposals, orders and transfers, made by the very functions that make them in the
shop, from nothing but what was sold. Both start with the same stock, meet the same shoppers and wait as long for their
orders. Whoever finds nothing goes elsewhere: the sale is lost."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from inventory.optimising import classes, history, made_up
from inventory.optimising.history import OUT, SOLD, Floats, Whole
from inventory.optimising.made_up import Shoppers
from inventory.optimising.policy import Policy
from inventory.optimising.transfers import Move
from inventory.optimising.working import Stock, work_out

LEARNING_DAYS = 60
"""Of sales before the first day, which both rules know."""

FIRST_DAY = 739_000
TRANSFER_DAYS = 2
LONGEST_LEAD = 60
PRICE_SPREAD, USUAL_PRICE = 0.8, 27.0


@dataclass(frozen=True, slots=True)
class Shop:
    """Shoppers of the learning days and those after, and what each row's goods cost to buy."""

    shoppers: Shoppers
    price: Floats

    @property
    def days(self) -> int:
        return int(self.shoppers.asked.shape[1]) - LEARNING_DAYS

    def learning(self) -> Floats:
        return self.shoppers.asked[:, :LEARNING_DAYS]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule led to, by row: days on which somebody left without, units lost for it, and units on hand on an
    average evening; and how many units were moved between locations in all."""

    stockouts: Floats
    lost: Floats
    stock: Floats
    moved: int


@dataclass(slots=True)
class Shelf:
    """The stock of all rows: on hand, and what arrives on which day."""

    on_hand: Floats
    arriving: dict[int, Floats] = field(default_factory=dict)

    def position(self) -> Floats:
        """What is there and on its way."""
        return self.on_hand + sum(self.arriving.values(), np.zeros_like(self.on_hand))

    def arrives(self, day: int, units: Floats) -> None:
        self.arriving[day] = self.arriving.get(day, np.zeros_like(units)) + units


class Rule(Protocol):
    """Says, each evening, how many units of each row to order, and which to move."""

    def __call__(self, shelf: Shelf, sold: Floats, day: int) -> tuple[Floats, Sequence[Move]]: ...


def shop(*, seed: int, skus: int, locations: int, days: int) -> Shop:
    """A made-up shop, the same from the same seed."""
    shoppers = made_up.shoppers(seed=seed, skus=skus, locations=locations, days=LEARNING_DAYS + days, first=FIRST_DAY)
    prices = USUAL_PRICE * np.exp(np.random.default_rng(seed).normal(0, PRICE_SPREAD, skus))
    return Shop(shoppers, prices[shoppers.skus])


def run(shop: Shop, policy: Policy, rule: Rule, *, start: Floats, seed: int) -> Outcome:
    """Live through all days by one rule."""
    chance = np.random.default_rng(seed)
    shelf, moved = Shelf(start.copy()), 0
    stockouts, lost, stock = (np.zeros(len(start)) for _sum in range(3))
    for day in range(LEARNING_DAYS, LEARNING_DAYS + shop.days):
        shelf.on_hand += shelf.arriving.pop(day, 0.0)
        asked = shop.shoppers.asked[:, day]
        sold = np.minimum(asked, shelf.on_hand)
        shelf.on_hand -= sold
        stockouts, lost, stock = stockouts + (asked > sold), lost + asked - sold, stock + shelf.on_hand
        ordered, moves = rule(shelf, sold, day)
        moved += _carry(shelf, moves, day)
        _send(shelf, ordered, day, policy, chance)
    return Outcome(stockouts, lost, stock / shop.days, moved)


def _carry(shelf: Shelf, moves: Sequence[Move], day: int) -> int:
    coming = np.zeros_like(shelf.on_hand)
    for move in moves:
        shelf.on_hand[move.source] -= move.units
        coming[move.target] += move.units
    shelf.arrives(day + TRANSFER_DAYS, coming)
    return int(coming.sum())


def _send(shelf: Shelf, ordered: Floats, day: int, policy: Policy, chance: np.random.Generator) -> None:
    """Each order takes its days, which do not depend on who orders what, and is for sale on the morning after."""
    lead = chance.normal(policy.lead_days, policy.lead_days * policy.lead_spread, len(ordered))
    arrival = day + 1 + np.clip(np.rint(lead), 1, LONGEST_LEAD).astype(np.int64)
    for when in np.unique(arrival[ordered > 0]):
        shelf.arrives(int(when), np.where(arrival == when, ordered, 0.0))


class Fixed:
    """Orders at so many days of what was sold a day at the beginning, for the policy's days of cover."""

    def __init__(self, shop: Shop, policy: Policy, *, days: float) -> None:
        usual = shop.learning().mean(axis=1)
        self.point = np.ceil(usual * days)
        self.target = self.point + np.maximum(np.ceil(usual * policy.cover_days), 1.0)

    def __call__(self, shelf: Shelf, sold: Floats, day: int) -> tuple[Floats, Sequence[Move]]:  # noqa: ARG002
        position = shelf.position()
        return np.where(position <= self.point, self.target - position, 0.0), []


class Proposals:
    """Follows each day's proposals, learning from nothing but sales and stock."""

    def __init__(self, shop: Shop, policy: Policy) -> None:
        self._shop, self._policy = shop, policy
        self._skus = shop.shoppers.skus
        self._state = history.blank(len(self._skus))
        self._day = FIRST_DAY
        for day in range(LEARNING_DAYS):
            self._learn(shop.shoppers.asked[:, day], FIRST_DAY + day)

    def __call__(self, shelf: Shelf, sold: Floats, day: int) -> tuple[Floats, Sequence[Move]]:
        self._learn(sold, FIRST_DAY + day)
        self._state[:, OUT] = shelf.on_hand <= 0
        self._roll(FIRST_DAY + day + 1)
        stock = Stock(
            on_hand=shelf.on_hand,
            free=shelf.on_hand,
            coming=shelf.position() - shelf.on_hand,
            points=np.full(len(sold), np.nan),
            price=self._shop.price,
            lead=np.full(len(sold), self._policy.lead_days),
            kind=self._kinds(),
        )
        found = work_out(self._state, self._day, self._skus, stock, policy=self._policy, km=_as_near)
        return found.orders, found.moves

    def _kinds(self) -> Whole:
        """ABC by what was sold lately."""
        revenue = self._state[:, SOLD].sum(axis=1) * self._shop.price
        of_sku = np.bincount(self._skus, weights=revenue).astype(np.float64)
        return classes.cuts(of_sku).classes(of_sku)[self._skus]

    def _learn(self, sold: Floats, today: int) -> None:
        self._roll(today)
        rows = np.arange(len(sold))
        self._state = history.learned(
            self._state, history.Sold(rows, np.full(len(sold), today), sold), today, half_life=self._policy.half_life
        )

    def _roll(self, today: int) -> None:
        days = np.full(len(self._state), self._day)
        self._state, self._day = history.rolled(self._state, days, today, half_life=self._policy.half_life), today


def _as_near(rows: Whole) -> Floats:
    """All locations are as far from each other."""
    return np.zeros((len(rows), len(rows)))
