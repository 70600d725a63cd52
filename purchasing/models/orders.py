"""An order, as it is stored, with what becomes of it."""

from collections import Counter
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field
from redis_om import Field as KeyField

from purchasing import keyspace
from purchasing.models.addresses import Address
from purchasing.models.parts import Amount, Buyer, Fulfilment, Item, Parcel, Part, Payment, Sku, Totals, now
from purchasing.stored import Versioned
from redismart.redis import indexes
from redismart.redis.indexes import Index, tag

CANCELLATION = "cancellation"
"""The step of an order at which all of it goes back."""


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
    ``quantities`` are what came back, by SKU; ``units`` say where it goes. ``bounced``: the shopper's bank did not take
    the money that the provider sent, which nobody sends again by itself; once it is ``paid``, that was done otherwise.
    """

    step: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")]
    quantities: dict[str, int] = Field(default_factory=dict)
    units: tuple[Units, ...] = ()
    amount: Amount
    stocked: bool = False
    paid: bool = False
    bounced: bool = False

    @property
    def needs_somebody(self) -> bool:
        return self.bounced and not self.paid

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
            tag("$.x.bounced", "bounced"),
            tag("$.checkout_id", "checkout"),
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
        # Nobody is thanked for an order whose money may never come.
        first = (Notice.PLACED,) if self.paid else ()
        plain = (*first, Notice.READY, Notice.SHIPPED, Notice.CANCELLED)
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

    @property
    def bounced(self) -> tuple[Settlement, ...]:
        """What the shopper's bank did not take: somebody must pay it back otherwise."""
        return tuple(each for each in self.settlements if each.needs_somebody)

    def with_settlement(self, settlement: Settlement, **facts: bool | Decimal) -> Self:
        """The order as it is when some facts of one of its settlements are other ones."""
        newer = settlement.model_copy(update=facts)
        every = tuple(newer if each.step == newer.step else each for each in self.settlements)
        changed: Self = self.model_copy(update={"settlements": every})
        return changed

    def projection(self) -> dict[str, Any]:
        placed, total = int(self.placed.timestamp()), float(self.totals.total)
        email, unfinished = self.buyer.email.casefold(), str(int(self.open))
        told = {"placed": placed, "total": total, "email": email, "open": unfinished}
        return {"x": told | {"bounced": str(int(bool(self.bounced)))}}
