"""Prices hold for a while from the beginning of a checkout, and not for ever: then the catalogue's hold again."""

from purchasing import carts
from purchasing.carts import CartError
from purchasing.checkout.records import CheckoutError
from purchasing.models import Cart, CartLine, Checkout, Item


def present(checkout: Checkout) -> tuple[tuple[Item, ...], str]:
    """The items at present prices, and what to tell the shopper of those that have changed: empty when none has.

    Raises ``CheckoutError`` when some of them cannot be bought any more.
    """
    items = _present(checkout)
    changed = [_told(new) for new, old in zip(items, checkout.items, strict=True) if new.price != old.price]
    return items, f"{' '.join(changed)} Look at what it comes to now, and choose again." if changed else ""


def _present(checkout: Checkout) -> tuple[Item, ...]:
    lines = tuple(CartLine(sku=item.sku, quantity=item.quantity) for item in checkout.items)
    try:
        return carts.items_of(cart=Cart(cart_id=checkout.cart_id, lines=lines))
    except CartError as error:
        raise CheckoutError(f"{error} Go back to your cart, and begin again.") from error


def _told(item: Item) -> str:
    return f"{item.name} now costs {item.price:f} {item.currency}."
