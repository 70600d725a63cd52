"""What purchasing's documents have in common: who buys what, at which price, and how it gets to them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

MOST_OF_ONE = 99
DAY = 86_400

Amount = Annotated[Decimal, Field(ge=0, max_digits=14, allow_inf_nan=False)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Sku = Annotated[str, Field(min_length=1, max_length=200)]
Quantity = Annotated[int, Field(ge=1, le=MOST_OF_ONE)]


def now() -> datetime:
    return datetime.now(UTC)


class Part(BaseModel):
    """A part of a document."""

    model_config = ConfigDict(frozen=True)


class Fulfilment(StrEnum):
    """How the goods get to the shopper. Values as in ``inventory.api.Service``."""

    DELIVERY = "delivery"
    PICKUP = "pickup"
    CURBSIDE = "curbside"


class Item(Part):
    """A line of a checkout or order: what is bought, at the price that holds for this purchase.

    ``price`` is for one unit.
    """

    sku: Sku
    name: str
    quantity: Quantity
    price: Amount
    currency: Currency


class Parcel(Part):
    """What one location sends or hands over: units by SKU, and when it will be there (a day at the location).

    ``brought_to`` is the store to which another location brings it, to be collected there.
    """

    location: str
    location_name: str = ""
    quantities: dict[str, int]
    promised: datetime | None = None
    brought_to: str = ""


class Totals(Part):
    """What a purchase costs. ``total`` is charged. ``tax`` is part of the other amounts when ``tax_included``.

    What is paid back later follows from this alone, whatever the shop's rules are by then: ``delivery_taxed`` says what
    the tax is on, ``coin`` is the smallest amount that can be charged (0: the currency's own), ``rounding`` is what was
    taken off so that the total is a multiple of it.
    """

    currency: Currency
    goods: Amount
    delivery: Amount
    tax: Amount
    total: Amount
    tax_included: bool = False
    delivery_taxed: bool = True
    coin: Amount = Decimal(0)
    rounding: Amount = Decimal(0)


class Payment(Part):
    """One attempt to pay. ``key`` names it to the provider: asked again, the same payment is meant."""

    provider: str
    key: str
    amount: Amount
    currency: Currency
    reference: str = ""
    card: str = ""


class Buyer(Part):
    """Who buys: ``user`` is empty for a guest."""

    email: str = Field(default="", max_length=254)
    user: str = ""
    locale: str = "en_US"


def units_of(items: Iterable[Item]) -> dict[str, int]:
    """Units by SKU."""
    units: dict[str, int] = {}
    for item in items:
        units[item.sku] = units.get(item.sku, 0) + item.quantity
    return units
