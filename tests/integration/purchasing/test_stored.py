"""Documents that several change at once lose no change."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from purchasing import stored
from purchasing.models import Cart, CartLine
from purchasing.stored import ConflictError, UnknownDocumentError

pytestmark = pytest.mark.usefixtures("redis_nodes")


def with_line(cart: Cart, sku: str) -> Cart:
    more: Cart = cart.model_copy(update={"lines": (*cart.lines, CartLine(sku=sku, quantity=1))})
    return more


def test_a_document_comes_back_as_it_was_stored() -> None:
    kept = with_line(Cart(cart_id="guest-1"), "lamp").replaced()
    assert kept.version == 1
    assert Cart.read("guest-1") == kept
    assert Cart.db().ttl(kept.key()) > Cart.keep_seconds - 60


def test_what_was_not_seen_is_not_overwritten() -> None:
    cart = Cart(cart_id="guest-1")
    with_line(cart, "lamp").replaced()
    with pytest.raises(ConflictError):
        with_line(cart, "desk").replaced()
    assert [line.sku for line in Cart.read("guest-1").lines] == ["lamp"]


def test_many_changes_at_once_all_take_effect() -> None:
    Cart(cart_id="guest-1").replaced()

    def add(number: int) -> None:
        stored.change(lambda: Cart.read("guest-1"), lambda cart: with_line(cart, f"sku-{number}"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(12)))
    cart = Cart.read("guest-1")
    assert {line.sku for line in cart.lines} == {f"sku-{number}" for number in range(12)}
    assert cart.version == 13


def test_nothing_is_stored_when_nothing_is_to_change() -> None:
    Cart(cart_id="guest-1").replaced()
    assert stored.change(lambda: Cart.read("guest-1"), lambda _cart: None).version == 1


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(UnknownDocumentError, match="no cart 'guest-1'"):
        Cart.read("guest-1")
