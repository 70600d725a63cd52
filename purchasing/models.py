"""Purchasing's documents."""

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from redis_om import Field as KeyField

from purchasing import keyspace
from purchasing.stored import Versioned
from redismart import standards
from redismart.redis import indexes
from redismart.redis.indexes import Index, tag

MOST_OF_ONE = 99
MOST_LINES = 50
DAY = 86_400

Amount = Annotated[Decimal, Field(ge=0, max_digits=14, allow_inf_nan=False)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Sku = Annotated[str, Field(min_length=1, max_length=200)]
Quantity = Annotated[int, Field(ge=1, le=MOST_OF_ONE)]


def _country(code: str) -> str:
    if code not in standards.countries():
        raise ValueError("is not an ISO 3166 country code such as US or DE")
    return code


def now() -> datetime:
    return datetime.now(UTC)


class Part(BaseModel):
    """A part of a document."""

    model_config = ConfigDict(frozen=True)


class CartLine(Part):
    """Units of a SKU in a cart. ``price`` and ``currency`` are what the shopper last saw, to tell them of changes."""

    sku: Sku
    quantity: Quantity
    price: Amount | None = None
    currency: str = ""
    added: datetime = Field(default_factory=now)


class Cart(Versioned, index=True):
    """What a visitor means to buy. A guest's id is a secret in a cookie; an account's is ``user-<id>``.

    ``settled`` are the last checkouts whose goods were taken out: a checkout that is finished twice takes them once.
    """

    keep_seconds: ClassVar[int] = 30 * DAY

    cart_id: str = KeyField(primary_key=True, pattern=r"^[A-Za-z0-9_-]{6,64}$")
    lines: tuple[CartLine, ...] = Field(default=(), max_length=MOST_LINES)
    settled: tuple[str, ...] = Field(default=(), max_length=10)

    class Meta:
        global_key_prefix = keyspace.PREFIX
        model_key_prefix = keyspace.CART

    @property
    def units(self) -> int:
        return sum(line.quantity for line in self.lines)

    def quantity_of(self, sku: str) -> int:
        return next((line.quantity for line in self.lines if line.sku == sku), 0)


class Address(Part):
    """Where somebody lives."""

    name: str = Field(min_length=1, max_length=200)
    street: str = Field(min_length=1, max_length=200)
    extra: str = Field(default="", max_length=200)
    city: str = Field(min_length=1, max_length=100)
    state: str = Field(default="", max_length=100)
    postcode: str = Field(default="", max_length=20)
    country: Annotated[str, AfterValidator(_country)]
    phone: str = Field(default="", max_length=40)


class AddressBook(Versioned, index=True):
    """The addresses of an account, the preferred one first."""

    user: str = KeyField(primary_key=True, max_length=40)
    addresses: tuple[Address, ...] = Field(default=(), max_length=20)

    class Meta:
        global_key_prefix = keyspace.PREFIX
        model_key_prefix = keyspace.ADDRESSES


class Fulfilment(StrEnum):
    """How the goods get to the shopper. Values as in ``inventory.api.Service``."""

    DELIVERY = "delivery"
    PICKUP = "pickup"
    CURBSIDE = "curbside"


class Item(Part):
    """A line of a checkout or order: what is bought, at the price that holds for this purchase.

    ``price`` is for one unit. ``tax_class`` names the rule of ``purchasing.taxes``.
    """

    sku: Sku
    name: str
    quantity: Quantity
    price: Amount
    currency: Currency
    tax_class: str = "standard"


class Parcel(Part):
    """What one location sends or hands over: units by SKU, and when it will be there (a day at the location)."""

    location: str
    location_name: str = ""
    quantities: dict[str, int]
    promised: datetime | None = None


class Totals(Part):
    """What a purchase costs. ``total`` is charged. ``tax`` is part of the other amounts when ``tax_included``."""

    currency: Currency
    goods: Amount
    delivery: Amount
    tax: Amount
    total: Amount
    tax_included: bool = False


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


class Stage(StrEnum):
    """How far a checkout has come. What follows each is in ``purchasing.checkout``."""

    OPEN = "open"
    HELD = "held"
    PAYING = "paying"
    AUTHORISED = "authorised"
    CONFIRMED = "confirmed"
    ORDERED = "ordered"
    PLACED = "placed"
    ENDED = "ended"


class Checkout(Versioned, index=True):
    """The way from a cart to an order, step by step, so that whoever finds it half done knows how to go on.

    ``hold`` is an encoded ``inventory.api.Hold``, ``expires`` epoch ms. ``attempts`` counts payments begun.
    """

    keep_seconds: ClassVar[int] = 30 * DAY

    checkout_id: str = KeyField(primary_key=True, pattern=r"^[A-Za-z0-9_-]{16,64}$")
    cart_id: str
    region: str
    stage: Stage = Stage.OPEN
    buyer: Buyer = Buyer()
    items: tuple[Item, ...] = ()
    fulfilment: Fulfilment | None = None
    method: str = ""
    address: Address | None = None
    parcels: tuple[Parcel, ...] = ()
    totals: Totals | None = None
    hold: str = ""
    expires: int = 0
    attempts: int = 0
    payment: Payment | None = None
    number: str = ""
    problem: str = ""
    started: datetime = Field(default_factory=now)

    class Meta:
        global_key_prefix = keyspace.PREFIX
        model_key_prefix = keyspace.CHECKOUT


class Status(StrEnum):
    """What an order is waiting for, or how it ended."""

    PLACED = "placed"
    READY = "ready"
    SHIPPED = "shipped"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    RETURNED = "returned"


class Event(Part):
    """What happened to an order, when, and by whom."""

    status: Status
    at: datetime
    who: str = ""
    note: str = ""


class Order(Versioned, index=True):
    """A purchase. ``token`` opens it to whoever has the link; the number carries its region: ``US-000123``.

    ``returned`` counts units that came back, by SKU. ``refunded`` is the sum of what was paid back.
    """

    number: str = KeyField(primary_key=True, pattern=r"^[A-Z0-9]{1,16}-[0-9]{6,}$")
    token: str = Field(min_length=22)
    checkout_id: str
    region: str
    buyer: Buyer
    items: tuple[Item, ...] = Field(min_length=1)
    fulfilment: Fulfilment
    method: str = ""
    address: Address | None = None
    parcels: tuple[Parcel, ...] = ()
    totals: Totals
    payment: Payment
    status: Status = Status.PLACED
    history: tuple[Event, ...] = ()
    returned: dict[str, int] = Field(default_factory=dict)
    refunded: Amount = Decimal(0)
    placed: datetime = Field(default_factory=now)

    class Meta:
        global_key_prefix = keyspace.PREFIX
        model_key_prefix = keyspace.ORDER

    search_index: ClassVar[Index] = Index(
        alias=keyspace.ORDER_INDEX,
        prefix=keyspace.order(""),
        fields=(
            tag("$.number", "number"),
            tag("$.buyer.user", "user"),
            tag("$.x.email", "email"),
            tag("$.status", "status"),
            tag("$.region", "region"),
            indexes.number("$.x.placed", "placed"),
            indexes.number("$.x.total", "total"),
        ),
    )

    def projection(self) -> dict[str, Any]:
        placed, total = int(self.placed.timestamp()), float(self.totals.total)
        return {"x": {"placed": placed, "total": total, "email": self.buyer.email.casefold()}}
