"""Purchasing's documents: carts, address books, checkouts and orders."""

from purchasing.models.addresses import Address, AddressBook
from purchasing.models.carts import MOST_LINES, Cart, CartLine, Handing
from purchasing.models.checkouts import Checkout, Stage
from purchasing.models.orders import (
    CANCELLATION,
    Event,
    Notice,
    Order,
    Return,
    ReturnState,
    Settlement,
    Status,
    Units,
)
from purchasing.models.parts import (
    MOST_OF_ONE,
    Amount,
    Buyer,
    Currency,
    Fulfilment,
    Item,
    Parcel,
    Payment,
    Totals,
    now,
    units_of,
)

__all__ = [
    "CANCELLATION",
    "MOST_LINES",
    "MOST_OF_ONE",
    "Address",
    "AddressBook",
    "Amount",
    "Buyer",
    "Cart",
    "CartLine",
    "Checkout",
    "Currency",
    "Event",
    "Fulfilment",
    "Handing",
    "Item",
    "Notice",
    "Order",
    "Parcel",
    "Payment",
    "Return",
    "ReturnState",
    "Settlement",
    "Stage",
    "Status",
    "Totals",
    "Units",
    "now",
    "units_of",
]
