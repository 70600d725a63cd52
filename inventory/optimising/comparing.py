"""The rules of the simulation beside each other, as figures. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from inventory.optimising import made_up, simulating
from inventory.optimising.history import Floats
from inventory.optimising.policy import Policy
from inventory.optimising.simulating import Fixed, Outcome, Proposals, Rule, Shop

START_DAYS = 14
"""Both rules start with what a fixed reorder point of so many days fills up to."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a rule led to: ``stockouts`` are days on which an item was asked for in vain, ``lost`` units not sold for
    it, of ``asked``; ``stock`` units and ``money`` in them on an average evening."""

    rule: str
    stockouts: int
    lost: int
    asked: int
    stock: float
    money: float
    moved: int

    def beats(self, other: "Figures") -> bool:
        """Fewer stock-outs and less stock."""
        return self.stockouts < other.stockouts and self.stock < other.stock


@dataclass(frozen=True, slots=True)
class Comparison:
    """Proposals and fixed rules by their days, over the whole shop; and by pattern of demand, proposals first."""

    proposals: Figures
    fixed: dict[int, Figures]
    patterns: dict[str, tuple[Figures, Figures]]


def compare(shop: Shop, policy: Policy, *, seed: int, days: int, others: Sequence[int] = ()) -> Comparison:
    """``days``: the fixed reorder point that proposals are compared with by pattern; ``others`` stand in the whole."""
    start = Fixed(shop, policy, days=START_DAYS).target
    ran = {each: _run(shop, policy, Fixed(shop, policy, days=each), start, seed) for each in sorted({days, *others})}
    proposed = _run(shop, policy, Proposals(shop, policy), start, seed)
    every = np.ones(len(start), dtype=bool)
    fixed = {each: _figures(f"fixed, {each} days", shop, policy, outcome, every) for each, outcome in ran.items()}
    whole = _figures("proposals", shop, policy, proposed, every)
    return Comparison(whole, fixed, dict(_by_pattern(shop, policy, proposed, ran[days])))


def _run(shop: Shop, policy: Policy, rule: Rule, start: Floats, seed: int) -> Outcome:
    return simulating.run(shop, policy, rule, start=start, seed=seed)


def _by_pattern(
    shop: Shop, policy: Policy, proposed: Outcome, fixed: Outcome
) -> Iterator[tuple[str, tuple[Figures, Figures]]]:
    for number, name in enumerate(made_up.PATTERNS):
        rows = shop.shoppers.patterns == number
        yield (
            name,
            (
                _figures("proposals", shop, policy, proposed, rows),
                _figures("fixed", shop, policy, fixed, rows),
            ),
        )


def _figures(rule: str, shop: Shop, policy: Policy, outcome: Outcome, rows: np.ndarray) -> Figures:
    money = (outcome.stock * shop.price * policy.cost_share)[rows].sum()
    return Figures(
        rule=rule,
        stockouts=int(outcome.stockouts[rows].sum()),
        lost=int(outcome.lost[rows].sum()),
        asked=int(shop.shoppers.asked[rows, simulating.LEARNING_DAYS :].sum()),
        stock=float(outcome.stock[rows].sum()),
        money=float(money),
        moved=outcome.moved,
    )
