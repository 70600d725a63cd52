"""Which tax a purchase pays: rates by country or state, set by whoever runs the shop. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import ClassVar

from redismart import standards

NONE = Decimal(0)


@dataclass(frozen=True, slots=True)
class Rules:
    """The shop's currency with its digits, and its rates in percent by ``DE`` or ``US-CA``.

    ``coin``: the smallest amount that can be charged, where whoever takes the payments cannot take the currency's own.

    ``included``: prices carry their tax already, as in most of Europe; otherwise it comes on top. ``on_delivery``:
    what delivery costs is taxed as the goods are.
    """

    currency: str = "USD"
    digits: int = 2
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    included: bool = False
    on_delivery: bool = True
    coin: Decimal = NONE

    _current: ClassVar["Rules | None"] = None

    @classmethod
    def configure(cls, rules: "Rules") -> None:
        """Use these rules from now on, in this process."""
        cls._current = rules

    @classmethod
    def current(cls) -> "Rules":
        """The rules in use."""
        return cls._current or cls()

    def rate(self, *, country: str, state: str = "") -> Decimal:
        """The rate of a place in percent: that of its state, else of its country, else none.

        ``state`` is what somebody typed: a code or, where the state has one, its name.
        """
        code = standards.state_code(country=country, written=state)
        return self.rates.get(f"{country}-{code}", self.rates.get(country, NONE))

    def rounded(self, amount: Decimal) -> Decimal:
        """An amount in whole units of the currency's smallest coin, halves up, as people round money."""
        return amount.quantize(Decimal(1).scaleb(-self.digits), ROUND_HALF_UP)
