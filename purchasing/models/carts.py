"""A cart, as it is stored."""

from datetime import datetime
from typing import ClassVar

from pydantic import Field
from redis_om import Field as KeyField

from purchasing import keyspace
from purchasing.models.parts import DAY, Amount, Part, Quantity, Sku, now
from purchasing.stored import Versioned

MOST_LINES = 50


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
