"""Purchasing's documents."""

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field
from redis_om import Field as KeyField

from purchasing import keyspace
from purchasing.stored import Versioned
from redismart import standards
from redismart.redis import indexes
from redismart.redis.indexes import Index, tag

MOST_OF_ONE = 99
MOST_LINES = 50
CANCELLATION = "cancellation"
"""The step of an order at which all of it goes back."""

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


class CartLine(Part):
    """Units of a SKU in a cart. ``price`` and ``currency`` are what the shopper last saw, to tell them of changes."""

    sku: Sku
    quantity: Quantity
    price: Amount | None = None
    currency: str = ""
    added: datetime = Field(default_factory=now)


class Handing(Part):
    """Lines on their way into another cart: out of the first already. ``mark`` has them arrive once."""

    mark: str
    target: str
    lines: tuple[CartLine, ...]


class Cart(Versioned, index=True):
    """What a visitor means to buy. A guest's id is a secret in a cookie; an account's is ``user-<id>``.

    ``settled`` are the last checkouts whose goods were taken out, and marks of what was taken over: either counts once.
    ``successor`` is the account's cart that has taken everything over, ``handing`` what has not arrived there yet.
    """

    keep_seconds: ClassVar[int] = 30 * DAY

    cart_id: str = KeyField(primary_key=True, pattern=r"^[A-Za-z0-9_-]{6,64}$")
    lines: tuple[CartLine, ...] = Field(default=(), max_length=MOST_LINES)
    settled: tuple[str, ...] = Field(default=(), max_length=10)
    successor: str = ""
    handing: Handing | None = None

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
    country: standards.Country
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

    ``hold`` is an encoded ``inventory.api.Hold``, ``expires`` epoch ms; while it is open, one that was begun and may be
    there or not. ``holds`` and ``attempts`` count holds and payments begun. ``due`` is when (epoch ms) whoever is at it
    has had time enough, and others may go on. ``priced`` is when (epoch ms) the items had the catalogue's prices.
    """

    keep_seconds: ClassVar[int] = 30 * DAY

    checkout_id: str = KeyField(primary_key=True, pattern=r"^[A-Za-z0-9_-]{16,64}$")
    cart_id: str
    region: str
    stage: Stage = Stage.OPEN
    buyer: Buyer = Buyer()
    items: tuple[Item, ...] = ()
    priced: int = 0
    fulfilment: Fulfilment | None = None
    method: str = ""
    address: Address | None = None
    parcels: tuple[Parcel, ...] = ()
    totals: Totals | None = None
    hold: str = ""
    holds: int = 0
    expires: int = 0
    attempts: int = 0
    payment: Payment | None = None
    number: str = ""
    problem: str = ""
    due: int = 0
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
    RETURN_REQUESTED = "return-requested"
    RETURNED = "returned"

    @property
    def words(self) -> str:
        return self.value.replace("-", " ")


class Event(Part):
    """What happened to an order, when, and by whom; ``paid_back`` is what the shopper got back then."""

    status: Status
    at: datetime
    who: str = ""
    note: str = ""
    paid_back: Amount | None = None


class Units(Part):
    """Units of a SKU that come back to the location that sent them or handed them over.

    ``handed_in`` is the store that has them instead, where goods had been brought to be collected. Those that nobody
    can be sold any more are counted as back, and go into no stock.
    """

    location: str
    sku: Sku
    quantity: Annotated[int, Field(ge=1)]
    sellable: bool = True
    handed_in: str = ""


class Settlement(Part):
    """What an order owes after a cancellation, a return or a refund: units to put back, money to pay back.

    ``step`` names it within its order, for ever: stock and provider know by it what they have done already.
    ``quantities`` are what came back, by SKU; ``units`` say where it goes.
    """

    step: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")]
    quantities: dict[str, int] = Field(default_factory=dict)
    units: tuple[Units, ...] = ()
    amount: Amount
    stocked: bool = False
    paid: bool = False

    @property
    def done(self) -> bool:
        return self.stocked and self.paid

    @property
    def unsellable(self) -> dict[str, int]:
        """Units by SKU, of those that came back, that do not go into stock."""
        units = Counter[str]()
        for each in self.units:
            if not each.sellable:
                units[each.sku] += each.quantity
        return dict(units)


class ReturnState(StrEnum):
    """What has become of a return."""

    REQUESTED = "requested"
    RECEIVED = "received"
    REFUSED = "refused"


class Return(Part):
    """Units that a shopper wants to send back, by SKU. ``reason`` says why staff have refused it.

    ``step`` names it within its order, for ever; what has come back by it, and what was paid for that, is the
    settlement of the same name.
    """

    step: Annotated[str, Field(pattern=r"^return-[0-9]{1,4}$")]
    quantities: dict[str, int]
    asked: datetime = Field(default_factory=now)
    state: ReturnState = ReturnState.REQUESTED
    reason: str = Field(default="", max_length=1_000)


class Notice(StrEnum):
    """What the shopper is told of by e-mail."""

    PLACED = "placed"
    READY = "ready"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"
    RETURN_REQUESTED = "return-requested"
    RETURN_REFUSED = "return-refused"
    REFUNDED = "refunded"


class Order(Versioned, index=True):
    """A purchase. ``token`` opens it to whoever has the link; the number carries its region: ``US-000123``.

    ``paid`` is False from its writing until its money was taken: nothing is sent or handed out before.
    ``returned`` counts units that came back, by SKU; ``returns`` are those that were asked for. ``refunded`` is the sum
    of what was paid back. ``told`` are the e-mails that were sent, as ``notices`` names them.
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
    settlements: tuple[Settlement, ...] = ()
    returns: tuple[Return, ...] = ()
    told: tuple[str, ...] = ()
    placed: datetime = Field(default_factory=now)
    paid: bool = True

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
            tag("$.x.open", "open"),
            tag("$.totals.currency", "currency"),
            indexes.exact_tags("$.parcels[*].location", "location"),
            indexes.exact_tags("$.parcels[*].brought_to", "brought_to"),
            # Names have no stems. Nothing of the shopper is kept anywhere but in the order and its index.
            indexes.Field("$.address.name", "name", "TEXT", ("NOSTEM",)),
        ),
    )

    @property
    def requested(self) -> tuple[Return, ...]:
        """The returns that are on their way, or should be."""
        return tuple(each for each in self.returns if each.state is ReturnState.REQUESTED)

    @property
    def notices(self) -> tuple[str, ...]:
        """The e-mails that this order wants sent once each, those sent included: ``shipped``, ``refunded:return-1``."""
        reached = {Notice.PLACED.value, *(event.status.value for event in self.history)}
        plain = (Notice.PLACED, Notice.READY, Notice.SHIPPED, Notice.CANCELLED)
        refused = (each.step for each in self.returns if each.state is ReturnState.REFUSED)
        refunds = (each.step for each in self.settlements if each.paid and each.amount and each.step != CANCELLATION)
        return (
            *(kind.value for kind in plain if kind.value in reached),
            *(f"{Notice.RETURN_REQUESTED}:{each.step}" for each in self.returns),
            *(f"{Notice.RETURN_REFUSED}:{step}" for step in refused),
            *(f"{Notice.REFUNDED}:{step}" for step in refunds),
        )

    @property
    def untold(self) -> tuple[str, ...]:
        """The e-mails that are still to be sent; nobody is told anything without an address."""
        return tuple(kind for kind in self.notices if kind not in self.told) if self.buyer.email else ()

    @property
    def open(self) -> bool:
        """Whether something is still to be done, whoever began it: units or money to give back, an e-mail to send."""
        return bool(self.untold) or not all(each.done for each in self.settlements)

    def projection(self) -> dict[str, Any]:
        placed, total = int(self.placed.timestamp()), float(self.totals.total)
        email, unfinished = self.buyer.email.casefold(), str(int(self.open))
        return {"x": {"placed": placed, "total": total, "email": email, "open": unfinished}}
