"""Orders as checkout leaves them, and a provider that keeps its own books in Redis."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from purchasing.models import Address, Buyer, Fulfilment, Item, Order, Parcel, Payment, Totals
from purchasing.payments import Answer, ProviderError, State

TOKEN = "t0ken-that-nobody-guesses_"
ADDRESS = Address(
    name="Ada Lovelace", street="12 St James's Square", city="London", postcode="SW1Y 4JH", country="GB", phone=""
)

STORE = Address(name="Downtown", street="36 Rivet Square", city="Detroit", state="MI", postcode="48226", country="US")
BROUGHT = (
    Parcel(
        location="dt", location_name="Downtown", quantities={"lamp": 2}, promised=datetime(2026, 11, 26, 18, tzinfo=UTC)
    ),
    Parcel(
        location="hub",
        location_name="Columbus",
        quantities={"rug": 1},
        promised=datetime(2026, 11, 27, 18, tzinfo=UTC),
        brought_to="dt",
    ),
)
"""What is collected at a store to which a part is brought from elsewhere."""


def order(number: str = "US-000001", **fields: Any) -> Order:
    """Two lamps of 20 and a rug of 50 from two locations, 5 for delivery, 9.50 tax on top: 104.50 in all."""
    items = (
        Item(sku="lamp", name="Lamp & Shade", quantity=2, price=Decimal("20.00"), currency="USD"),
        Item(sku="rug", name="Rug <b>red</b>", quantity=1, price=Decimal("50.00"), currency="USD"),
    )
    totals = Totals(
        currency="USD", goods=Decimal("90.00"), delivery=Decimal("5.00"), tax=Decimal("9.50"), total=Decimal("104.50")
    )
    made = {
        "number": number,
        "token": TOKEN,
        "checkout_id": f"checkout-of-{number}",
        "region": "us",
        "buyer": Buyer(email="ada@example.com", user="7"),
        "items": items,
        "fulfilment": Fulfilment.DELIVERY,
        "address": ADDRESS,
        "parcels": (
            Parcel(location="dc-1", location_name="Centre One", quantities={"lamp": 1, "rug": 1}),
            Parcel(location="dc-2", location_name="Centre Two", quantities={"lamp": 1}),
        ),
        "totals": totals,
        "paid": True,
        "payment": Payment(provider="till", key=f"pay-{number}", amount=totals.total, currency="USD", card="•••• 4242"),
    }
    return Order(**made | fields)


def placed(number: str = "US-000001", **fields: Any) -> Order:
    """The same, stored."""
    return order(number, **fields).replaced()


@dataclass(slots=True)
class Till:
    """A provider in this process: money it took, and what it paid back by the refund's key."""

    name: str = "till"
    states: dict[str, State] = field(default_factory=dict)
    refunds: dict[str, Decimal] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    away: bool = False

    def authorise(self, *, payment: Payment, source: str) -> Answer:
        return self._answer(payment, State.AUTHORISED if source else State.DECLINED)

    def state(self, *, payment: Payment) -> Answer:
        if self.away:
            raise ProviderError("The till is closed.")
        return Answer(self.states.get(payment.key, State.CAPTURED))

    def capture(self, *, payment: Payment) -> Answer:
        return self._answer(payment, State.CAPTURED)

    def cancel(self, *, payment: Payment) -> Answer:
        return self._answer(payment, State.CANCELLED)

    def refund(self, *, payment: Payment, amount: Decimal, key: str) -> None:
        if self.states.get(payment.key, State.CAPTURED) is not State.CAPTURED:
            raise ProviderError("Nothing was captured.")
        self.asked.append(key)
        self.refunds.setdefault(key, amount)

    def _answer(self, payment: Payment, state: State) -> Answer:
        self.states[payment.key] = state
        return Answer(state)


def units(order: Order) -> Mapping[tuple[str, str], int]:
    """What an order was sent, by location and SKU."""
    return {(parcel.location, sku): count for parcel in order.parcels for sku, count in parcel.quantities.items()}
