"""What the cart's page shows: each line at its present price, with what has changed since the shopper looked."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from redis.exceptions import RedisError

from catalog import api as catalog
from inventory import api as inventory
from purchasing import carts
from purchasing.models import Cart, CartLine
from purchasing.taxes import Rules


class Trouble(StrEnum):
    """Why a line cannot be bought as it stands."""

    REFUSED = "refused"
    """Gone, without a price, or of another currency: ``Row.refusal`` says it."""
    OUT = "out"
    SHORT = "short"


@dataclass(frozen=True, slots=True)
class Row:
    """A line with its product. ``stock`` is how many units may be sold; None when that is not known at the moment."""

    line: CartLine
    card: catalog.Card | None
    stock: int | None

    @property
    def name(self) -> str:
        return self.card.name if self.card else self.line.sku

    @property
    def refusal(self) -> str:
        return carts.refusal(self.card)

    @property
    def trouble(self) -> Trouble | None:
        if self.refusal:
            return Trouble.REFUSED
        if self.stock is None or self.stock >= self.line.quantity:
            return None
        return Trouble.SHORT if self.stock else Trouble.OUT

    @property
    def price(self) -> Decimal | None:
        return carts.price_of(self.card) if self.card else None

    @property
    def former_price(self) -> Decimal | None:
        """What a unit cost when the shopper last saw it, if that was another price."""
        known = self.line.price if self.card and self.line.currency == self.card.currency else None
        return known if self.price is not None and known != self.price else None

    @property
    def amount(self) -> Decimal | None:
        return None if self.price is None or self.refusal else self.price * self.line.quantity


@dataclass(frozen=True, slots=True)
class CartPage:
    """A cart as its page shows it."""

    cart: Cart
    rows: tuple[Row, ...] = ()

    @property
    def currency(self) -> str:
        return Rules.current().currency

    @property
    def goods(self) -> Decimal:
        """What all that can be bought costs, before delivery and tax that is not in the prices."""
        return sum((row.amount for row in self.rows if row.amount is not None), Decimal(0))

    @property
    def tax_included(self) -> bool:
        return Rules.current().included

    @property
    def repriced(self) -> bool:
        return any(row.former_price is not None for row in self.rows)

    @property
    def buyable(self) -> bool:
        """Whether nothing keeps it from being bought as it is, as far as is known."""
        return bool(self.rows) and not any(row.trouble for row in self.rows)


def page_of(*, cart: Cart) -> CartPage:
    """The page of a cart: one round trip to the catalogue, one to the stock of this region."""
    skus = [line.sku for line in cart.lines]
    if not skus:
        return CartPage(cart)
    found, stock = catalog.cards(skus=skus), _stock(skus)
    return CartPage(cart, tuple(Row(line, found.get(line.sku), stock.get(line.sku)) for line in cart.lines))


def _stock(skus: list[str]) -> Mapping[str, int]:
    """Units that may be sold; nothing when the stock cannot be asked: what is short is then told at the checkout."""
    try:
        found = inventory.totals(skus=skus)
    except (inventory.StockUnavailableError, RedisError, OSError):
        return {}
    return {sku: levels.total for sku, levels in found.items()}
