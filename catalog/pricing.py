"""How prices of several currencies compare. Pure; never used to charge anyone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import ClassVar

from catalog.facets import NO_PRICE, PriceBands


@dataclass(frozen=True, slots=True)
class Pricing:
    """The shop's currency, its price ranges and the rates of other currencies into it."""

    currency: str
    bands: PriceBands
    rates: Mapping[str, Decimal] = field(default_factory=dict)

    _current: ClassVar["Pricing | None"] = None

    @classmethod
    def configure(cls, pricing: "Pricing") -> None:
        """Use this pricing from now on, in this process."""
        cls._current = pricing

    @classmethod
    def current(cls) -> "Pricing":
        """The pricing in use."""
        return cls._current or cls("USD", PriceBands.of(digits=2))

    def typed(self, ranges: Iterable[str]) -> tuple[str, ...]:
        """Those of some chosen price ranges that are not ready-made: someone typed them."""
        ready_made = {*self.bands.keys(), NO_PRICE}
        return tuple(value for value in ranges if value not in ready_made)

    def comparable(self, price: Decimal | None, currency: str) -> Decimal | None:
        """A price in the shop's currency; None without a price or a rate."""
        if price is None or currency == self.currency:
            return price
        rate = self.rates.get(currency)
        return None if rate is None else (price * rate).quantize(Decimal("0.01"))
