"""Short words for what tests buy: a shop with stock, and shoppers who go through its checkout."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from catalog import operations as catalogue
from inventory import operations
from inventory.api import Operation
from purchasing import carts, checkout
from purchasing.checkout import Choice
from purchasing.models import Address, Buyer, Checkout, Fulfilment, Parcel
from purchasing.payments import testing
from tests.catalogues import product

SKU, PLACE, PRICE = "lamp", "store-1", Decimal("19.90")
ADA = Address(name="Ada", street="1 Elm St", city="Springfield", state="IL", postcode="62701", country="US")
BUYER = Buyer(email="ada@example.com")


def stock(units: int, *, sku: str = SKU, place: str = PLACE, region: str = "us", price: Decimal = PRICE) -> None:
    """A product, and units of it at a location."""
    catalogue.save_products(products=[product(sku, name=f"The {sku}", price=price)])
    if units:
        operation = Operation(uuid4().hex, region=region)
        operations.receive(sku=sku, location=place, quantity=units, operation=operation)


def begun(*, quantities: dict[str, int] | None = None, cart_id: str = "", buyer: Buyer = BUYER) -> Checkout:
    """A checkout of a cart of its own."""
    cart_id = cart_id or f"guest-{uuid4().hex}"
    for sku, quantity in (quantities or {SKU: 1}).items():
        carts.add(cart_id=cart_id, sku=sku, quantity=quantity)
    return checkout.begin(cart_id=cart_id, buyer=buyer)


def chosen(found: Checkout, *, place: str = PLACE, **fields: Any) -> Checkout:
    """Delivered from one location."""
    quantities = {item.sku: item.quantity for item in found.items}
    told: dict[str, Any] = {
        "fulfilment": Fulfilment.DELIVERY,
        "method": "standard",
        "address": ADA,
        "parcels": (Parcel(location=place, location_name=place, quantities=quantities),),
        "delivery_cost": Decimal("4.90"),
    }
    return checkout.choose(checkout_id=found.checkout_id, choice=Choice(**told | fields))


def held(**fields: Any) -> Checkout:
    """A checkout that waits for its payment."""
    return chosen(begun(**fields))


def paid(found: Checkout, card: str = testing.APPROVED, **fields: Any) -> Checkout:
    return checkout.pay(checkout_id=found.checkout_id, provider=testing.NAME, source=card, **fields)
