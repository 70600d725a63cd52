"""Carts: what a visitor means to buy, in any number of tabs and on any number of devices.

Adding commutes: two tabs that add at once both have what they added. A quantity that was set by a page which did not
know the present one is refused, since nobody can tell which of the two was meant.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

import orjson

from catalog import api as catalog
from purchasing import stored
from purchasing.models import MOST_LINES, MOST_OF_ONE, Cart, CartLine, Handing, Item
from purchasing.taxes import Rules

MOST_WORTH = Decimal(10) ** 10
"""Of one order, before delivery and tax: far below what an amount can be, in any currency."""

REMEMBERED = 10
"""Checkouts, and carts taken over, that a cart remembers."""


class CartError(ValueError):
    """A cart cannot be changed or bought so. The message is for the shopper, and says what to do."""


class NotSoldError(CartError):
    """There is no such product, or none that can be bought."""


class LimitError(CartError):
    """More than a cart takes."""


class CrowdError(CartError):
    """Too many carts were begun from where this one would be."""


class StaleError(CartError):
    """The quantity was set by a page that did not know the present one."""


@dataclass(frozen=True, slots=True)
class Added:
    """The cart after something was put in, and what that is."""

    cart: Cart
    card: catalog.Card


@dataclass(frozen=True, slots=True)
class Merged:
    """A cart that has taken over another. ``left_out`` units were more than a cart holds."""

    cart: Cart
    left_out: int = 0


def cart_of(*, cart_id: str) -> Cart:
    """A cart; an empty one of version 0 when nothing was ever put in, or long ago."""
    return Cart.get_or_none(cart_id) or Cart(cart_id=cart_id)


def units(*, cart_id: str) -> int:
    """How many units a cart holds: all that the header of every page wants to know of it."""
    found = Cart.db().execute_command("JSON.GET", Cart.key_of(cart_id), "$.lines[*].quantity")
    return sum(orjson.loads(found)) if found else 0


def add(*, cart_id: str, sku: str, quantity: int = 1, may_begin: Callable[[], bool] = lambda: True) -> Added:
    """Put units into a cart, beside those that are there. ``may_begin`` is asked before there is a cart that was none.

    Raises ``NotSoldError``, ``LimitError`` and ``CrowdError``.
    """
    if quantity < 1:
        raise LimitError("Add one unit or more.")
    card = _offered(sku)

    def decide(cart: Cart) -> Cart:
        if not cart.version and not may_begin():
            raise CrowdError("Very many carts were begun from your network today. Sign in to go on, or come tomorrow.")
        return _set(cart, card, cart.quantity_of(sku) + quantity)

    return Added(_change(cart_id, decide), card)


def set_quantity(*, cart_id: str, sku: str, quantity: int, seen: int | None = None) -> Cart:
    """Have so many units of a line, none to remove it. ``seen`` is the quantity that the shopper was looking at.

    Raises ``StaleError`` when that is no longer the quantity, and ``LimitError``.
    """

    def decide(cart: Cart) -> Cart | None:
        present = cart.quantity_of(sku)
        if present == quantity:
            return None
        if not present or (seen is not None and seen != present):
            raise StaleError(_meanwhile(present))
        return _with(cart, {sku: quantity})

    return _change(cart_id, decide)


def remove(*, cart_id: str, sku: str) -> Cart:
    """Have none of a SKU, however many there are by now."""
    return _change(cart_id, lambda cart: _with(cart, {sku: 0}) if cart.quantity_of(sku) else None)


def acknowledge(*, cart_id: str) -> Cart:
    """The shopper knows the present prices: they are no news from now on."""
    found = catalog.cards(skus=[line.sku for line in cart_of(cart_id=cart_id).lines])

    def decide(cart: Cart) -> Cart | None:
        lines = tuple(_priced(line, found.get(line.sku)) for line in cart.lines)
        return None if lines == cart.lines else _having(cart, lines)

    return _change(cart_id, decide)


def merge(*, source: str, target: str) -> Merged:
    """Put what is in one cart into another, and empty the first. What the limits forbid is left out.

    Each unit is taken over once, whoever else merges or buys meanwhile: it leaves the first cart before it arrives in
    the second. Called again, it goes on with what broke off.
    """
    given = cart_of(cart_id=source)
    if source == target or not (given.lines or given.handing):
        return Merged(cart_of(cart_id=target))
    before = _arrived(given) if given.handing else 0
    sent = _change(source, lambda cart: _sent(cart, target))
    left_out = before + (_arrived(sent) if sent.handing else 0)
    return Merged(cart_of(cart_id=target), left_out)


def take_out(*, cart_id: str, bought: Mapping[str, int], checkout_id: str) -> Cart:
    """Take out what was bought, once for each checkout: what was added meanwhile stays.

    Where a guest signed in on the way, it is in the account's cart by now.
    """

    def decide(cart: Cart) -> Cart | None:
        elsewhere = cart.handing or cart.successor or checkout_id in cart.settled
        return None if elsewhere else _settled(_without(cart, bought), checkout_id)

    cart = _change(cart_id, decide)
    if checkout_id in cart.settled or not (cart.handing or cart.successor):
        return cart
    if cart.handing:
        _arrived(cart)
    now_in = cart.handing.target if cart.handing else cart.successor
    return take_out(cart_id=now_in, bought=bought, checkout_id=checkout_id)


def items_of(*, cart: Cart) -> tuple[Item, ...]:
    """What a cart would buy, at present prices, in one round trip. Raises ``CartError`` when some of it cannot be."""
    if not cart.lines:
        raise CartError("Your cart is empty: put something in first.")
    found = catalog.cards(skus=[line.sku for line in cart.lines])
    items = tuple(_item(line, found.get(line.sku)) for line in cart.lines)
    if sum(item.price * item.quantity for item in items) > MOST_WORTH:
        raise LimitError(f"An order is worth {MOST_WORTH:,} {items[0].currency} at most: buy some of it first.")
    return items


def refusal(card: catalog.Card | None) -> str:
    """Why a product cannot be bought, and what to do; empty when it can. Of its stock this knows nothing."""
    ours = Rules.current().currency
    if card is None:
        return "The shop no longer has this product: remove it to go on."
    if card.price is None:
        return f"{card.name} has no price at present: ask us for one."
    if card.currency != ours:
        return f"{card.name} is priced in {card.currency}, and this shop charges in {ours}: it cannot be bought here."
    return ""


def price_of(card: catalog.Card) -> Decimal | None:
    """What one unit costs, in whole coins, as the shopper is shown it."""
    return None if card.price is None else Rules.current().rounded(card.price)


def _offered(sku: str) -> catalog.Card:
    card = catalog.cards(skus=[sku]).get(sku)
    if card is None:
        raise NotSoldError("The shop has no such product: it may be gone. Search for another.")
    if problem := refusal(card):
        raise NotSoldError(problem)
    return card


def _item(line: CartLine, card: catalog.Card | None) -> Item:
    problem, price = refusal(card), card and price_of(card)
    if problem or card is None or price is None:
        raise NotSoldError(problem)
    return Item(sku=line.sku, name=card.name, quantity=line.quantity, price=price, currency=card.currency)


def _change(cart_id: str, decide: Callable[[Cart], Cart | None]) -> Cart:
    return stored.change(lambda: cart_of(cart_id=cart_id), decide)


def _having(cart: Cart, lines: tuple[CartLine, ...]) -> Cart:
    """The cart with other lines: whoever changes it uses it, whatever was handed over before."""
    changed: Cart = cart.model_copy(update={"lines": lines, "successor": ""})
    return changed


def _sent(cart: Cart, target: str) -> Cart | None:
    """The cart with all its lines on their way into another; None when there are none, or others are."""
    if not cart.lines or cart.handing:
        return None
    mark = hashlib.sha256(f"{cart.cart_id}|{cart.version}".encode()).hexdigest()[:24]
    handing = Handing(mark=mark, target=target, lines=cart.lines)
    sent: Cart = cart.model_copy(update={"lines": (), "handing": handing})
    return sent


def _arrived(sent: Cart) -> int:
    """Have a cart's lines arrive where they were sent. Returns how many units had no room there."""
    handing, left_out = sent.handing, 0
    if handing is None:
        return 0

    def arrive(cart: Cart) -> Cart | None:
        nonlocal left_out
        if handing.mark in cart.settled:
            return None
        taken = _taking_over(cart, handing.lines)
        left_out = cart.units + sum(line.quantity for line in handing.lines) - taken.units
        return _settled(taken, handing.mark)

    _change(handing.target, arrive)
    _change(sent.cart_id, lambda cart: _handed_over(cart) if cart.handing == handing else None)
    return left_out


def _handed_over(cart: Cart) -> Cart:
    """The cart of which nothing is on its way any more. What was put in meanwhile is its own."""
    target = cart.handing.target if cart.handing and not cart.lines else ""
    handed: Cart = cart.model_copy(update={"handing": None, "successor": target})
    return handed


def _settled(cart: Cart, mark: str) -> Cart:
    settled: Cart = cart.model_copy(update={"settled": (*cart.settled, mark)[-REMEMBERED:]})
    return settled


def _with(cart: Cart, wanted: Mapping[str, int]) -> Cart:
    """The cart with other quantities of some of its lines; those of none are gone."""
    quantities = {line.sku: wanted.get(line.sku, line.quantity) for line in cart.lines}
    _check(max(quantities.values(), default=0))
    kept = (line for line in cart.lines if quantities[line.sku])
    return _having(cart, tuple(line.model_copy(update={"quantity": quantities[line.sku]}) for line in kept))


def _without(cart: Cart, bought: Mapping[str, int]) -> Cart:
    return _with(cart, {sku: max(cart.quantity_of(sku) - count, 0) for sku, count in bought.items()})


def _set(cart: Cart, card: catalog.Card, quantity: int) -> Cart:
    """The cart with so many units of a product whose price the shopper sees."""
    _check(quantity)
    present = cart.quantity_of(card.sku)
    if not present and len(cart.lines) >= MOST_LINES:
        raise LimitError(f"A cart holds {MOST_LINES} different products: remove one, or buy these first.")
    if not present:
        return _having(cart, (*cart.lines, _priced(CartLine(sku=card.sku, quantity=quantity), card)))
    lines = _with(cart, {card.sku: quantity}).lines
    return _having(cart, tuple(_priced(line, card) if line.sku == card.sku else line for line in lines))


def _check(quantity: int) -> None:
    if not 0 <= quantity <= MOST_OF_ONE:
        raise LimitError(f"A cart holds at most {MOST_OF_ONE} of one product: choose fewer, or buy these first.")


def _priced(line: CartLine, card: catalog.Card | None) -> CartLine:
    if card is None:
        return line
    return line.model_copy(update={"price": price_of(card), "currency": card.currency})


def _meanwhile(present: int) -> str:
    if not present:
        return "This is no longer in your cart: it was removed in another tab or on another device."
    return f"Meanwhile this became {present}, in another tab or on another device: look again before you change it."


def _taking_over(cart: Cart, lines: tuple[CartLine, ...]) -> Cart:
    """The cart with the lines of another: first its own, then those that are new to it."""
    given = {line.sku: line.quantity for line in lines}
    sums = {line.sku: min(line.quantity + given.get(line.sku, 0), MOST_OF_ONE) for line in cart.lines}
    new = tuple(line for line in lines if line.sku not in sums)
    return _having(cart, (*_with(cart, sums).lines, *new)[:MOST_LINES])
