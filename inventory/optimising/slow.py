"""Slow movers: what lies for too long, the money in it, and a price at which it would go. Pure.

With constant elasticity e a price cut to the share p of the price multiplies demand by p^-e (Tellis, "The price
elasticity of selective demand", Journal of Marketing Research 1988, finds 1.8 on average; Bijmolt, van Heerde and
Pieters, "New empirical generalizations on the determinants of price elasticity", same journal 2005, find 2.6). So to
sell f times as much takes p = f^(-1/e). Rounded to steps of 5 %, and never more than the policy allows: a model of one
number must not give goods away."""

import numpy as np

from inventory.optimising.demand import Demand
from inventory.optimising.history import Floats
from inventory.optimising.policy import Policy

STEP = 0.05


def excess(on_hand: Floats, cover: Floats, demand: Demand, target: Floats, policy: Policy) -> Floats:
    """Units beyond what sells within the slow days, of what is neither new nor needed; nought where it is not slow."""
    useful = np.maximum(np.ceil(demand.rate * policy.slow_days), np.where(demand.rate > 0, target, 0.0))
    is_slow = (cover > policy.slow_days) & (demand.known >= policy.new_days) & (on_hand > 0)
    return np.where(is_slow, np.maximum(on_hand - useful, 0.0), 0.0)


def markdown(on_hand: Floats, demand: Demand, policy: Policy) -> Floats:
    """The share of the price to take off, so that what is there sells within the time to clear it."""
    wanted = on_hand / policy.clear_days
    # So little that division would overflow is as good as nothing.
    with np.errstate(over="ignore"):
        faster = np.divide(wanted, demand.rate, out=np.full_like(wanted, np.inf), where=demand.rate > 0)
        off = 1 - np.maximum(faster, 1.0) ** (-1 / policy.elasticity)
    steps = np.ceil(off / STEP - 1e-9) * STEP
    return np.minimum(steps, policy.steepest)
