"""What a shopper does with a checkout."""

import secrets

from purchasing import carts, keyspace
from purchasing.checkout import holding, paying, records
from purchasing.checkout.advancing import advance
from purchasing.checkout.holding import Choice
from purchasing.models import Buyer, Checkout, Item, Stage
from purchasing.payments import registry
from redismart.redis import connections

ID_BYTES = 24
OVER = (Stage.PLACED, Stage.ENDED)
REPLACED = "Another checkout of the same cart was begun after this one: go on with that, from your cart."


def begin(*, cart_id: str, buyer: Buyer) -> Checkout:
    """A new checkout of a cart, in place of an earlier one, whose units are free again.

    An earlier one that is being paid is returned instead: the cart is not to be paid twice. Raises ``carts.CartError``.
    """
    return _begin(cart_id, buyer, _items(cart_id), current(cart_id=cart_id))


def enter(*, cart_id: str, buyer: Buyer) -> Checkout:
    """The checkout of just what is in a cart now, wherever it stands; a new one where there is none.

    Raises ``carts.CartError``.
    """
    items, earlier = _items(cart_id), current(cart_id=cart_id)
    if earlier and earlier.stage in (Stage.OPEN, Stage.HELD) and _is_same(earlier, items, buyer):
        return advance(checkout_id=earlier.checkout_id)
    return _begin(cart_id, buyer, items, earlier)


def _items(cart_id: str) -> tuple[Item, ...]:
    return carts.items_of(cart=carts.cart_of(cart_id=cart_id))


def _is_same(earlier: Checkout, items: tuple[Item, ...], buyer: Buyer) -> bool:
    """Whether it may be gone on with: it is of the same goods and buyer, and may try another card."""
    same = earlier.items == items and earlier.buyer.user == buyer.user
    return same and earlier.attempts < paying.MOST_ATTEMPTS


def _begin(cart_id: str, buyer: Buyer, items: tuple[Item, ...], earlier: Checkout | None) -> Checkout:
    if earlier and (standing := _given_up(earlier.checkout_id)).stage not in OVER:
        return standing
    region = connections.topology().region
    now, named = records.clock(), secrets.token_urlsafe(ID_BYTES)
    checkout = Checkout(checkout_id=named, cart_id=cart_id, region=region, buyer=buyer, items=items, priced=now)
    begun = records.moved(checkout, due=now + records.IDLE)
    return _made_current(begun, earlier, cart_id=cart_id)


def current(*, cart_id: str) -> Checkout | None:
    """The latest checkout of a cart, however it stands; None when there is none."""
    found = Checkout.db().get(keyspace.current_checkout(cart_id))
    return Checkout.get_or_none(found) if found else None


def take_over(*, source: str, target: str) -> bool:
    """An account goes on with the checkout that its guest has begun, before it has the guest's cart; whether it may.

    Not while both are being paid: what is paid with the guest's must not be in the account's cart to be bought again.
    """
    theirs = current(cart_id=source)
    if theirs is None or theirs.stage in OVER:
        return True
    mine = current(cart_id=target)
    if mine and mine.checkout_id == theirs.checkout_id:
        return True
    if mine and _given_up(mine.checkout_id).stage not in OVER:
        return _given_up(theirs.checkout_id).stage in OVER
    standing = _made_current(theirs, mine, cart_id=target)
    return standing.checkout_id == theirs.checkout_id or Checkout.read(theirs.checkout_id).stage in OVER


def adopt(checkout: Checkout, *, buyer: Buyer) -> Checkout:
    """A guest's checkout becomes that of the account its guest has signed in to, while nothing of it is being paid.

    So the order is in the account's history. One that others are at stays as it is.
    """
    if not buyer.user or checkout.buyer.user or checkout.stage not in (Stage.OPEN, Stage.HELD):
        return checkout
    reachable = buyer.model_copy(update={"email": checkout.buyer.email or buyer.email})
    return records.moved(checkout, buyer=reachable)


def choose(*, checkout_id: str, choice: Choice) -> Checkout:
    """Where the goods go: computes the totals, and sets the units aside for a quarter of an hour.

    Chosen again with the same units, the same hold goes on. Raises ``inventory.api.ShortError``, ``CheckoutError`` when
    the checkout is past this step or its prices no longer hold, and ``inventory.api.StockUnavailableError``.
    """
    return holding.choose(checkout_id=checkout_id, choice=choice, now=records.clock())


def pay(
    *, checkout_id: str, provider: str, source: str, email: str = "", agreed: str | None = None, now: int = 0
) -> Checkout:
    """Pay, and go on as far as it gets; pressed twice, only the first counts.

    A stage of HELD afterwards means that it was declined (``problem`` says so), PAYING that the bank has not answered
    yet. ``source`` is what the provider takes for a card, and is not kept. ``agreed`` is the digest of what the shopper
    was shown; None from who has shown nothing. Raises ``CheckoutError`` when that is no longer what would be paid, or
    without an e-mail address, and ``UnknownProviderError``.
    """
    moment, taker = records.clock(now), registry.provider(provider)
    _require_current(checkout_id)
    paying.pay(checkout_id=checkout_id, provider=taker, source=source, email=email, agreed=agreed, now=moment)
    return advance(checkout_id=checkout_id, now=now)


def give_up(*, checkout_id: str) -> Checkout:
    """End it, and free its units; one that is being paid goes on instead."""
    return _given_up(checkout_id)


def _require_current(checkout_id: str) -> None:
    """Only a cart's latest checkout is paid: goods that went into another one are not paid twice."""
    checkout = Checkout.read(checkout_id)
    if checkout.stage is not Stage.HELD:
        return
    cart = carts.cart_of(cart_id=checkout.cart_id)
    account = cart.handing.target if cart.handing else cart.successor
    latest = Checkout.db().get(keyspace.current_checkout(account or checkout.cart_id))
    # One that the account has not taken over was begun while its goods were on their way there.
    if (account or latest) and latest != checkout_id and _given_up(checkout_id).stage is Stage.ENDED:
        raise records.CheckoutError(REPLACED)


def _given_up(checkout_id: str) -> Checkout:
    holding.give_up(checkout_id=checkout_id)
    return advance(checkout_id=checkout_id)


def _made_current(begun: Checkout, earlier: Checkout | None, *, cart_id: str) -> Checkout:
    """Of two that were begun at once the later one is good, unless the other is being paid already."""
    key = keyspace.current_checkout(cart_id)
    replaced = Checkout.db().set(key, begun.checkout_id, ex=Checkout.keep_seconds, get=True)
    if replaced in (None, begun.checkout_id, earlier and earlier.checkout_id):
        return begun
    other = _given_up(replaced)
    if other.stage in OVER:
        return begun
    Checkout.db().set(key, other.checkout_id, ex=Checkout.keep_seconds)
    _given_up(begun.checkout_id)
    return other
