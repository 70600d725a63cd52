"""Carts keep what several tabs put in at once, and refuse what they cannot hold."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from catalog import operations as catalogue
from purchasing import cart_page, carts
from purchasing.cart_page import Trouble
from purchasing.carts import CartError, LimitError, NotSoldError, StaleError
from purchasing.models import MOST_LINES, MOST_OF_ONE, Cart, CartLine
from redismart.redis import recorder
from tests import catalogues
from tests.integration.purchasing.conftest import Offer

MINE, OTHER = "guest-mine", "user-1"


def quantities(cart_id: str = MINE) -> dict[str, int]:
    return {line.sku: line.quantity for line in carts.cart_of(cart_id=cart_id).lines}


def filled(cart_id: str, **lines: int) -> Cart:
    content = tuple(CartLine(sku=sku, quantity=quantity) for sku, quantity in lines.items())
    return Cart(cart_id=cart_id, lines=content).replaced()


def test_a_cart_that_never_was_is_empty() -> None:
    cart = carts.cart_of(cart_id=MINE)
    assert (cart.lines, cart.version, carts.units(cart_id=MINE)) == ((), 0, 0)


def test_what_is_added_comes_beside_what_is_there(offer: Offer) -> None:
    offer("lamp")
    offer("desk", price="100")
    for sku, quantity in (("lamp", 2), ("desk", 1), ("lamp", 3)):
        carts.add(cart_id=MINE, sku=sku, quantity=quantity)
    assert quantities() == {"lamp": 5, "desk": 1}
    assert carts.units(cart_id=MINE) == 6
    assert carts.cart_of(cart_id=MINE).lines[0].price == Decimal("19.90")


def test_adding_at_once_loses_nothing(offer: Offer) -> None:
    for sku in ("lamp", "desk"):
        offer(sku)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: carts.add(cart_id=MINE, sku=("lamp", "desk")[number % 2]), range(20)))
    assert quantities() == {"lamp": 10, "desk": 10}


def test_a_cart_ends_thirty_days_after_its_last_change(offer: Offer) -> None:
    offer("lamp")
    key = carts.add(cart_id=MINE, sku="lamp").cart.key()
    Cart.db().expire(key, 100)
    carts.add(cart_id=MINE, sku="lamp")
    assert 30 * 86_400 - 60 < Cart.db().ttl(key) <= 30 * 86_400


def test_what_the_shop_does_not_sell_is_refused(offer: Offer) -> None:
    offer("unpriced", price=None)
    offer("foreign", currency="EUR")
    for sku, said in (("nothing", "no such product"), ("", "no such"), ("unpriced", "no price"), ("foreign", "EUR")):
        with pytest.raises(NotSoldError, match=said):
            carts.add(cart_id=MINE, sku=sku)
    assert carts.cart_of(cart_id=MINE).version == 0


def test_no_more_of_one_than_the_limit(offer: Offer) -> None:
    offer("lamp")
    carts.add(cart_id=MINE, sku="lamp", quantity=MOST_OF_ONE - 1)
    with pytest.raises(LimitError, match="at most 99"):
        carts.add(cart_id=MINE, sku="lamp", quantity=2)
    assert quantities() == {"lamp": MOST_OF_ONE - 1}
    with pytest.raises(LimitError):
        carts.set_quantity(cart_id=MINE, sku="lamp", quantity=MOST_OF_ONE + 1)


@pytest.mark.parametrize("quantity", [-1, -(10**30), 10**30])
def test_impossible_quantities_are_refused(offer: Offer, quantity: int) -> None:
    offer("lamp")
    filled(MINE, lamp=5)
    with pytest.raises(LimitError):
        carts.set_quantity(cart_id=MINE, sku="lamp", quantity=quantity)
    with pytest.raises(LimitError):
        carts.add(cart_id=MINE, sku="lamp", quantity=quantity)
    assert quantities() == {"lamp": 5}


def test_no_more_lines_than_the_limit_but_more_of_those_there_are(offer: Offer) -> None:
    offer("lamp")
    offer("sku-0")
    filled(MINE, **{f"sku-{number}": 1 for number in range(MOST_LINES)})
    with pytest.raises(LimitError, match="50 different"):
        carts.add(cart_id=MINE, sku="lamp")
    carts.add(cart_id=MINE, sku="sku-0")
    assert quantities()["sku-0"] == 2


def test_a_quantity_is_set_and_none_removes_the_line() -> None:
    filled(MINE, lamp=2, desk=1)
    carts.set_quantity(cart_id=MINE, sku="lamp", quantity=7, seen=2)
    assert quantities() == {"lamp": 7, "desk": 1}
    carts.set_quantity(cart_id=MINE, sku="lamp", quantity=0, seen=7)
    assert quantities() == {"desk": 1}


def test_a_stale_page_changes_nothing_of_a_line_that_was_changed() -> None:
    filled(MINE, lamp=2, desk=1)
    carts.set_quantity(cart_id=MINE, sku="lamp", quantity=3, seen=2)
    with pytest.raises(StaleError, match="became 3"):
        carts.set_quantity(cart_id=MINE, sku="lamp", quantity=4, seen=2)
    carts.set_quantity(cart_id=MINE, sku="desk", quantity=5, seen=1)
    carts.remove(cart_id=MINE, sku="lamp")
    with pytest.raises(StaleError, match="no longer in your cart"):
        carts.set_quantity(cart_id=MINE, sku="lamp", quantity=4, seen=3)
    assert quantities() == {"desk": 5}


def test_the_same_change_sent_twice_is_no_contradiction() -> None:
    filled(MINE, lamp=2)
    for _time in range(2):
        assert carts.set_quantity(cart_id=MINE, sku="lamp", quantity=3, seen=2).version == 2


def test_removing_what_is_not_there_changes_nothing() -> None:
    filled(MINE, lamp=2)
    assert carts.remove(cart_id=MINE, sku="desk").version == 1


def test_a_merge_adds_up_and_counts_once(offer: Offer) -> None:
    offer("lamp")
    filled(MINE, lamp=2, desk=1)
    filled(OTHER, lamp=3, sofa=1)
    for _time in range(2):
        carts.merge(source=MINE, target=OTHER)
    assert quantities(OTHER) == {"lamp": 5, "sofa": 1, "desk": 1}
    assert quantities(MINE) == {}
    carts.add(cart_id=MINE, sku="lamp")
    carts.merge(source=MINE, target=OTHER)
    assert quantities(OTHER)["lamp"] == 6


@pytest.mark.parametrize("step", ["_taking_over", "_settled", "_handed_over"])
def test_a_merge_that_broke_off_in_the_middle_is_finished(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(MINE, lamp=2)
    with monkeypatch.context() as patch:
        patch.setattr(carts, step, lambda *_facts: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            carts.merge(source=MINE, target=OTHER)
    carts.merge(source=MINE, target=OTHER)
    assert (quantities(MINE), quantities(OTHER)) == ({}, {"lamp": 2})


def test_a_merge_keeps_to_the_limits() -> None:
    filled(MINE, lamp=90, **{f"new-{number}": 1 for number in range(MOST_LINES - 1)})
    filled(OTHER, lamp=20, sofa=1)
    found = carts.merge(source=MINE, target=OTHER)
    assert found.left_out == 11 + 1
    merged = found.cart
    assert merged.quantity_of("lamp") == MOST_OF_ONE
    assert len(merged.lines) == MOST_LINES
    assert Cart.read(OTHER) == merged


def test_merges_that_overlap_take_each_unit_once(offer: Offer, monkeypatch: pytest.MonkeyPatch) -> None:
    offer("lamp")
    filled(MINE, lamp=2)
    taking_over, others = carts._taking_over, iter([1])

    def meanwhile(cart: Cart, lines: Any) -> Cart:
        """Another tab puts one in and signs in as well, while this merge is half done."""
        if next(others, None):
            carts.add(cart_id=MINE, sku="lamp")
            carts.merge(source=MINE, target=OTHER)
        return taking_over(cart, lines)

    monkeypatch.setattr(carts, "_taking_over", meanwhile)
    carts.merge(source=MINE, target=OTHER)
    assert (quantities(MINE), quantities(OTHER)) == ({}, {"lamp": 3})


def test_what_is_bought_while_a_merge_is_half_done_is_taken_out(monkeypatch: pytest.MonkeyPatch) -> None:
    filled(MINE, lamp=2, desk=1)
    with monkeypatch.context() as patch:
        patch.setattr(carts, "_taking_over", lambda *_facts: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            carts.merge(source=MINE, target=OTHER)
    for _time in range(2):
        carts.take_out(cart_id=MINE, bought={"lamp": 2}, checkout_id="checkout-1")
    carts.merge(source=MINE, target=OTHER)
    assert (quantities(MINE), quantities(OTHER)) == ({}, {"desk": 1})


def test_what_was_bought_is_taken_out_once() -> None:
    filled(MINE, lamp=3, desk=1, sofa=1)
    for _time in range(2):
        carts.take_out(cart_id=MINE, bought={"lamp": 2, "desk": 4, "gone": 1}, checkout_id="checkout-1")
    assert quantities() == {"lamp": 1, "sofa": 1}
    carts.take_out(cart_id=MINE, bought={"sofa": 1}, checkout_id="checkout-2")
    assert quantities() == {"lamp": 1}


def test_what_a_guest_bought_is_taken_out_of_the_account_that_signed_in_meanwhile(offer: Offer) -> None:
    offer("lamp")
    filled(MINE, lamp=2)
    carts.merge(source=MINE, target=OTHER)
    for _time in range(2):
        carts.take_out(cart_id=MINE, bought={"lamp": 1}, checkout_id="checkout-1")
    assert quantities(OTHER) == {"lamp": 1}
    carts.add(cart_id=MINE, sku="lamp", quantity=3)
    carts.take_out(cart_id=MINE, bought={"lamp": 2}, checkout_id="checkout-2")
    assert (quantities(MINE), quantities(OTHER)) == ({"lamp": 1}, {"lamp": 1})


def test_items_have_present_prices_in_whole_coins(offer: Offer) -> None:
    offer("lamp", price="19.995")
    carts.add(cart_id=MINE, sku="lamp", quantity=2)
    (item,) = carts.items_of(cart=carts.cart_of(cart_id=MINE))
    assert (item.sku, item.name, item.quantity, item.price, item.currency) == (
        "lamp",
        "A lamp",
        2,
        Decimal("20.00"),
        "USD",
    )


def test_an_order_has_a_limit_that_its_amounts_can_be_written_in(offer: Offer) -> None:
    offer("yacht", price="99999999999.00")
    filled(MINE, yacht=99)
    with pytest.raises(LimitError, match="at most: buy some of it first"):
        carts.items_of(cart=carts.cart_of(cart_id=MINE))


def test_what_cannot_be_bought_has_no_items(offer: Offer) -> None:
    with pytest.raises(CartError, match="empty"):
        carts.items_of(cart=carts.cart_of(cart_id=MINE))
    offer("lamp")
    with pytest.raises(CartError, match="no longer has"):
        carts.items_of(cart=filled(MINE, lamp=1, gone=1))


def test_the_page_says_what_has_changed(offer: Offer) -> None:
    for sku in ("same", "dearer", "short", "out", "gone", "unpriced", "foreign"):
        offer(sku, units={"short": 2, "out": 0}.get(sku, 100))
        carts.add(cart_id=MINE, sku=sku, quantity=3)
    catalogue.delete_products(skus=["gone"])
    offer("dearer", price="21.00", units=0)
    offer("unpriced", price=None, units=0)
    offer("foreign", currency="EUR", units=0)
    page = cart_page.page_of(cart=carts.cart_of(cart_id=MINE))
    rows = {row.line.sku: row for row in page.rows}
    troubles = {sku: row.trouble for sku, row in rows.items() if row.trouble}
    refused = dict.fromkeys(("gone", "unpriced", "foreign"), Trouble.REFUSED)
    assert troubles == {"short": Trouble.SHORT, "out": Trouble.OUT} | refused
    assert (rows["dearer"].former_price, rows["dearer"].price) == (Decimal("19.90"), Decimal("21.00"))
    assert [sku for sku, row in rows.items() if row.former_price is not None] == ["dearer"]
    assert page.goods == 3 * (3 * Decimal("19.90") + Decimal("21.00"))
    assert (page.repriced, page.buyable) == (True, False)


def test_a_new_price_is_news_until_the_shopper_says_so(offer: Offer) -> None:
    offer("lamp")
    carts.add(cart_id=MINE, sku="lamp", quantity=3)
    offer("lamp", price="5")
    assert cart_page.page_of(cart=carts.cart_of(cart_id=MINE)).repriced
    assert not cart_page.page_of(cart=carts.acknowledge(cart_id=MINE)).repriced
    assert quantities() == {"lamp": 3}


def test_the_page_takes_one_round_trip_to_each_node(offer: Offer) -> None:
    for number in range(5):
        offer(f"sku-{number}")
        carts.add(cart_id=MINE, sku=f"sku-{number}")
    cart = carts.cart_of(cart_id=MINE)
    with recorder.recording() as recorded:
        page = cart_page.page_of(cart=cart)
    assert [trip.node.split()[0] for trip in recorded.trips] == ["catalog", "inventory"]
    assert len(page.rows) == 5
    assert page.buyable


def test_a_product_named_oddly_is_a_line_like_any_other(offer: Offer) -> None:
    for sku in ('A/B ? #%&"<b>', " spaced ", "日本", catalogues.AWKWARD_BRANDS[-1]):
        offer(sku)
        carts.add(cart_id=MINE, sku=sku)
        carts.set_quantity(cart_id=MINE, sku=sku, quantity=2, seen=1)
        assert quantities()[sku] == 2
