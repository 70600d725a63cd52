"""A checkout made directly, at its step "where to"."""

import time
from decimal import Decimal
from typing import Any

from purchasing.models import Buyer, Checkout, Item

CHECKOUT = "checkout-0123456789abcdef"


def begun(quantities: dict[str, int], *, price: str = "20.00", user: str = "", **fields: Any) -> Checkout:
    """Stored, with one item a SKU."""
    items = tuple(
        Item(sku=sku, name=f"The {sku}", quantity=units, price=Decimal(price), currency="USD")
        for sku, units in quantities.items()
    )
    now = time.time_ns() // 1_000_000
    told = {"cart_id": "guest-1", "region": "us", "items": items, "buyer": Buyer(user=user), "priced": now} | fields
    return Checkout(checkout_id=CHECKOUT, **told).replaced()
