"""A guest signs in with a checkout under way: nothing is paid twice, and nothing is lost."""

import pytest
from django.test import RequestFactory

from purchasing import access, carts, checkout, keyspace
from purchasing.checkout import CheckoutError
from purchasing.models import Buyer, Checkout, Order, Stage
from purchasing.payments import registry
from purchasing.payments.testing import APPROVED, NAME, SILENT
from tests.buying import SKU, begun, chosen, held, paid, stock

ACCOUNT = "user-7"
SHOPPER = Buyer(email="ada@example.com", user="7")


@pytest.fixture(autouse=True)
def _goods() -> None:
    stock(9)
    stock(9, sku="desk")


def signed_in(found: Checkout) -> bool:
    """What happens at sign-in."""
    done = checkout.take_over(source=found.cart_id, target=ACCOUNT)
    if done:
        carts.merge(source=found.cart_id, target=ACCOUNT)
    return done


def stage(found: Checkout) -> Stage:
    return Checkout.read(found.checkout_id).stage


def later(found: Checkout) -> Checkout:
    """What has become of a payment that the bank has answered by now."""
    current = Checkout.read(found.checkout_id)
    return checkout.advance(checkout_id=found.checkout_id, now=current.due + 1)


def approved(found: Checkout) -> Checkout:
    """The bank's approval comes after all."""
    payment = Checkout.read(found.checkout_id).payment
    assert payment is not None
    registry.provider(NAME).authorise(payment=payment, source=APPROVED)
    return checkout.advance(checkout_id=found.checkout_id)


def lines() -> dict[str, int]:
    return {line.sku: line.quantity for line in carts.cart_of(cart_id=ACCOUNT).lines}


def orders() -> list[str]:
    return sorted(Order.db().scan_iter(match=keyspace.order("*")))


def test_what_is_being_paid_is_not_bought_again() -> None:
    pending = paid(held(), SILENT)
    assert (pending.stage, signed_in(pending)) == (Stage.PAYING, True)
    again = checkout.enter(cart_id=ACCOUNT, buyer=SHOPPER)
    assert again.checkout_id == pending.checkout_id
    assert approved(pending).stage is Stage.PLACED
    assert (lines(), len(orders())) == ({}, 1)


@pytest.mark.parametrize("at", [Stage.OPEN, Stage.HELD])
def test_what_is_paid_after_signing_in_is_an_order_of_the_account(at: Stage) -> None:
    found = begun(buyer=Buyer())
    found = found if at is Stage.OPEN else chosen(found)
    assert signed_in(found)
    for _time in range(2):
        found = checkout.adopt(Checkout.read(found.checkout_id), buyer=SHOPPER)
    assert (found.stage, found.buyer) == (at, SHOPPER)
    placed = paid(found if at is Stage.HELD else chosen(found))
    assert Order.read(placed.number).buyer.user == "7"


def test_a_checkout_of_an_account_is_adopted_by_no_other() -> None:
    mine = begun(buyer=SHOPPER)
    for buyer in (Buyer(email="bob@example.com", user="8"), Buyer()):
        assert checkout.adopt(mine, buyer=buyer) == mine == Checkout.read(mine.checkout_id)


def test_what_is_being_paid_is_adopted_by_nobody() -> None:
    pending = paid(held(), SILENT)
    assert checkout.adopt(pending, buyer=SHOPPER) == pending
    assert approved(pending).stage is Stage.PLACED
    assert Order.read(Checkout.read(pending.checkout_id).number).buyer.user == ""


def test_a_payment_that_comes_to_nothing_leaves_the_account_to_buy_it() -> None:
    pending = paid(held(), SILENT)
    assert signed_in(pending)
    assert later(pending).stage is Stage.HELD
    new = checkout.enter(cart_id=ACCOUNT, buyer=SHOPPER)
    assert (new.buyer.user, stage(pending)) == ("7", Stage.ENDED)
    assert paid(chosen(new)).stage is Stage.PLACED
    assert (lines(), len(orders())) == ({}, 1)


def test_a_hold_of_the_guest_goes_on_until_the_account_begins_anew() -> None:
    waiting = held()
    assert signed_in(waiting)
    assert stage(waiting) is Stage.HELD
    new = checkout.enter(cart_id=ACCOUNT, buyer=SHOPPER)
    assert (new.buyer.user, stage(waiting)) == ("7", Stage.ENDED)
    assert paid(chosen(new)).stage is Stage.PLACED
    assert (lines(), len(orders())) == ({}, 1)


def test_a_guests_page_that_was_left_open_may_still_pay() -> None:
    waiting = held()
    assert signed_in(waiting)
    assert paid(waiting).stage is Stage.PLACED
    assert lines() == {}
    assert checkout.current(cart_id=ACCOUNT) == Checkout.read(waiting.checkout_id)


def test_while_both_are_being_paid_the_carts_stay_apart() -> None:
    own = paid(chosen(begun(quantities={"desk": 1}, cart_id=ACCOUNT, buyer=SHOPPER)), SILENT)
    guests = paid(held(), SILENT)
    assert signed_in(guests) is False
    assert lines() == {"desk": 1}
    assert {approved(each).stage for each in (own, guests)} == {Stage.PLACED}
    assert signed_in(guests)
    assert (lines(), len(orders())) == ({}, 2)


def test_an_account_that_is_paying_takes_over_a_cart_that_is_not_being_paid() -> None:
    own = paid(chosen(begun(quantities={"desk": 1}, cart_id=ACCOUNT, buyer=SHOPPER)), SILENT)
    guests = held()
    assert signed_in(guests)
    assert stage(guests) is Stage.ENDED
    assert approved(own).stage is Stage.PLACED
    assert lines() == {SKU: 1}


def test_a_hold_of_the_account_is_given_up_for_the_guests_payment() -> None:
    own = chosen(begun(quantities={"desk": 1}, cart_id=ACCOUNT, buyer=SHOPPER))
    pending = paid(held(), SILENT)
    assert signed_in(pending)
    assert stage(own) is Stage.ENDED
    assert approved(pending).stage is Stage.PLACED
    assert lines() == {"desk": 1}


def test_a_crash_between_the_checkout_and_the_cart_buys_nothing_twice() -> None:
    pending = paid(held(), SILENT)
    assert checkout.take_over(source=pending.cart_id, target=ACCOUNT)
    assert approved(pending).stage is Stage.PLACED
    assert signed_in(pending)
    assert (lines(), len(orders())) == ({}, 1)


def test_only_the_latest_checkout_of_a_cart_is_paid() -> None:
    replaced = held()
    other = begun(quantities={"desk": 1})
    # As a process leaves it that died before it gave the earlier one up.
    Checkout.db().set(keyspace.current_checkout(replaced.cart_id), other.checkout_id)
    with pytest.raises(CheckoutError, match="Another checkout"):
        paid(replaced)
    assert (stage(replaced), orders()) == (Stage.ENDED, [])


def test_a_checkout_begun_while_the_cart_was_on_its_way_is_not_paid_beside_the_accounts() -> None:
    """Another tab has read the guest's cart, and begins after the sign-in has looked for checkouts."""
    cart_id = "guest-of-two-tabs"
    carts.add(cart_id=cart_id, sku=SKU)
    assert checkout.take_over(source=cart_id, target=ACCOUNT)
    unseen = chosen(checkout.begin(cart_id=cart_id, buyer=SHOPPER.model_copy(update={"user": ""})))
    carts.merge(source=cart_id, target=ACCOUNT)
    with pytest.raises(CheckoutError, match="Another checkout"):
        paid(unseen)
    assert paid(chosen(checkout.enter(cart_id=ACCOUNT, buyer=SHOPPER))).stage is Stage.PLACED
    assert (stage(unseen), lines(), len(orders())) == (Stage.ENDED, {}, 1)


def test_a_payment_begun_while_the_cart_was_on_its_way_is_the_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    secret, merge = "s" * 32, carts.merge
    carts.add(cart_id=f"guest-{secret}", sku=SKU)
    begun_meanwhile: list[Checkout] = []

    def slowly(*, source: str, target: str) -> carts.Merged:
        begun_meanwhile.append(paid(held(cart_id=source), SILENT))
        return merge(source=source, target=target)

    monkeypatch.setattr(carts, "merge", slowly)
    request = RequestFactory().get("/")
    request.COOKIES[access.COOKIE] = secret
    assert access.take_over(request, user="7")
    again = checkout.enter(cart_id=ACCOUNT, buyer=SHOPPER)
    assert again.checkout_id == begun_meanwhile[0].checkout_id
