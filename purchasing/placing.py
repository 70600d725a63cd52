"""Orders come to be here, and each once: its number is drawn beforehand, and only one document can have it."""

import secrets
from typing import Any

from purchasing import keyspace
from purchasing.models import Checkout, Event, Order, Status, now
from purchasing.stored import ConflictError

TOKEN_BYTES = 24
WHO = "shop"


class NumberTakenError(RuntimeError):
    """Another checkout's order has the number, since the counter's node came back with older data: draw another."""


def draw_number(*, region: str) -> str:
    """A number that no other order of the region has, as ``US-000123``. Those of purchases that fail are left out."""
    drawn = Order.db().incr(keyspace.order_numbers(region))
    return f"{region.upper()}-{drawn:06d}"


def write(*, checkout: Checkout) -> Order:
    """The order of a checkout whose units are sold: written once, later found. Raises ``NumberTakenError``."""
    try:
        return _order(checkout).replaced()
    except ConflictError:
        found = Order.read(checkout.number)
    if found.checkout_id != checkout.checkout_id:
        raise NumberTakenError(f"Order {found.number} is of checkout {found.checkout_id}.")
    return found


def _order(checkout: Checkout) -> Order:
    placed = now()
    shared = ("checkout_id", "region", "buyer", "items", "method", "address", "parcels", "number")
    facts: dict[str, Any] = {name: getattr(checkout, name) for name in shared}
    return Order(
        **facts,
        token=secrets.token_urlsafe(TOKEN_BYTES),
        fulfilment=checkout.fulfilment,
        totals=checkout.totals,
        payment=checkout.payment,
        placed=placed,
        paid=False,
        history=(Event(status=Status.PLACED, at=placed, who=WHO),),
    )
