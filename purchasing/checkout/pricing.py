"""Prices hold for a while from the beginning of a checkout, and not for ever: then the catalogue's hold again."""

from purchasing import carts
from purchasing.carts import CartError
from purchasing.checkout.records import CheckoutError, recorded
from purchasing.models import Cart, CartLine, Checkout, Item


def renew(checkout: Checkout, now: int) -> None:
    """Have the items of a checkout that is not being paid at present prices.

    Raises ``CheckoutError`` when some of them have changed, since the shopper must see that first, or cannot be bought
    any more.
    """
    items = _present(checkout)
    stored = recorded(checkout, items=items, priced=now)
    if stored and (changed := [new for new, old in zip(items, checkout.items, strict=True) if new.price != old.price]):
        raise CheckoutError(f"{' '.join(map(_told, changed))} Look at what it comes to now, and choose again.")


def _present(checkout: Checkout) -> tuple[Item, ...]:
    lines = tuple(CartLine(sku=item.sku, quantity=item.quantity) for item in checkout.items)
    try:
        return carts.items_of(cart=Cart(cart_id=checkout.cart_id, lines=lines))
    except CartError as error:
        raise CheckoutError(f"{error} Go back to your cart, and begin again.") from error


def _told(item: Item) -> str:
    return f"{item.name} now costs {item.price:f} {item.currency}."
