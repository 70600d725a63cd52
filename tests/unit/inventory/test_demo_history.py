"""The demo's shop is run well: what the optimiser makes of its history is what a manager would believe."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from functools import cache

import numpy as np

from inventory import demo_history, demo_stock
from inventory.optimising import history, working
from inventory.optimising.history import Floats, Sold
from inventory.optimising.policy import Policy
from inventory.optimising.working import Figures, Stock
from inventory.results import SoldDay

UNTIL = date(2026, 3, 2)
SKUS = tuple(f"RM-{number:04d}" for number in range(400))
KINDS = {"dc-east": "fulfilment", "dc-west": "fulfilment"} | {f"shop-{number}": "store" for number in range(8)}
PRICE = 20.0


@cache
def sold() -> Sequence[SoldDay]:
    return list(demo_history.days(skus=SKUS, kinds=KINDS, until=UNTIL))


@cache
def stocked() -> dict[tuple[str, str], int]:
    return {(line.sku, line.location): line.quantity for line in demo_stock.lines(skus=SKUS, kinds=KINDS)}


@cache
def worked_out() -> tuple[Figures, Floats]:
    """What follows for each item on the morning after, and what is on hand of it."""
    items = list(stocked())
    row_of, today = {item: row for row, item in enumerate(items)}, UNTIL.toordinal()
    rows = np.array([row_of[day.sku, day.location] for day in sold()])
    told = Sold(rows, np.array([day.day for day in sold()]), np.array([float(day.units) for day in sold()]))
    policy, on_hand = Policy(), np.array(list(stocked().values()), dtype=float)
    state = history.learned(history.blank(len(items)), told, today, half_life=policy.half_life)
    numbers = np.array([SKUS.index(sku) for sku, _location in items])
    none, lead = np.zeros(len(items)), np.full(len(items), policy.lead_days)
    stock = Stock(on_hand, on_hand, none, none * np.nan, none + PRICE, lead, np.ones(len(items), dtype=np.int64))
    figures = working.work_out(
        state, today, numbers, stock, policy=policy, km=lambda rows: np.ones((len(rows), len(rows)))
    )
    return figures, on_hand


def test_it_is_the_same_everywhere_for_the_same_day_and_ends_the_day_before() -> None:
    again = list(demo_history.days(skus=SKUS[:20], kinds=KINDS, until=UNTIL))
    assert again == [day for day in sold() if day.sku in SKUS[:20]]
    last = UNTIL.toordinal() - 1
    assert {day.day for day in sold()} == set(range(last - demo_history.DAYS + 1, last + 1))


def test_what_is_carried_is_known_from_the_first_day_and_nothing_else_is_sold() -> None:
    first = UNTIL.toordinal() - demo_history.DAYS
    assert {(day.sku, day.location) for day in sold() if day.day == first} == set(stocked())
    assert {(day.sku, day.location) for day in sold()} == set(stocked())


def test_sales_follow_the_stock() -> None:
    units: dict[tuple[str, str], int] = defaultdict(int)
    for day in sold():
        units[day.sku, day.location] += day.units
    items = list(stocked())
    there = np.log1p([stocked()[item] for item in items])
    gone = np.log1p([units[item] for item in items])
    assert np.corrcoef(there, gone)[0, 1] > 0.6


def test_some_products_are_not_sold_and_most_rare_ones_are_the_last_of_their_kind() -> None:
    moving = {day.sku for day in sold() if day.units}
    rare = {sku for sku in SKUS if demo_stock.is_rare(sku)}
    assert 0 < len(set(SKUS) - rare - moving) < len(SKUS) / 10
    assert len(rare & moving) < len(rare) / 3


def test_some_items_are_to_be_ordered_some_are_slow_and_most_are_well() -> None:
    figures, _on_hand = worked_out()
    wanted, slow = figures.orders > 0, figures.excess > 0
    assert 0.08 < wanted.mean() < 0.18
    assert 0.05 < slow.mean() < 0.16
    assert (~wanted & ~slow).mean() > 0.7


def test_little_of_the_money_is_tied_up_in_what_is_too_much() -> None:
    figures, on_hand = worked_out()
    assert 0.02 < figures.excess.sum() / on_hand.sum() < 0.2
    assert 30 < np.median(figures.cover[on_hand > 0]) < 120
