"""What the shop's managers decide about their stock; all else follows from sales. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

CLASSES = ("A", "B", "C")


@dataclass(frozen=True, slots=True)
class Policy:
    """How stock is to be kept. Days unless said otherwise; shares are parts of one.

    ``half_life``: a sale so long ago counts half. ``lead_days`` pass from an order to its arrival, give or take
    ``lead_spread`` (standard deviation as a share of them); some locations have lead times of their own. Orders are
    made every ``review_days``, each for ``cover_days`` unless ``order_cost`` makes another quantity cheaper.
    ``service`` is the share of lead times without a stock-out that is aimed at, by ABC class."""

    half_life: float = 21.0
    lead_days: int = 7
    lead_spread: float = 0.25
    lead_of: Mapping[str, int] = field(default_factory=dict)
    review_days: int = 1
    service: tuple[float, float, float] = (0.98, 0.95, 0.90)
    cover_days: int = 14
    order_cost: float = 0.0
    holding_share: float = 0.25
    """What keeping goods costs in a year: a part of what they cost."""

    cost_share: float = 0.6
    """What goods cost: a part of their price."""

    slow_days: int = 180
    """Stock for longer than this is slow."""

    new_days: int = 28
    """What is here for less is too new to be called slow."""

    clear_days: int = 90
    """A markdown is to sell what is too much within so long."""

    elasticity: float = 2.0
    """By how many percent more is sold for each percent that a price falls."""

    steepest: float = 0.5
    """No markdown takes off more."""

    def lead(self, location: str) -> int:
        return self.lead_of.get(location, self.lead_days)


_current = Policy()


def configure(policy: Policy) -> None:
    """Use this policy from now on, in this process."""
    global _current  # noqa: PLW0603
    _current = policy


def current() -> Policy:
    return _current
