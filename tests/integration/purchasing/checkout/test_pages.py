"""The checkout's pages: what they show at each step, and what they refuse."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client, override_settings

from catalog import operations as catalogue
from inventory import holds
from inventory.api import levels
from purchasing import checkout, keyspace
from purchasing.checkout import paying, records
from purchasing.models import Buyer, Checkout, Fulfilment, Order, Parcel, Stage
from purchasing.payments import State
from purchasing.payments.testing import APPROVED, LATE, REFUSED, SILENT, Charge
from purchasing.views import checkout as checkout_pages
from redismart.redis import recorder
from tests.buying import ADA, PLACE, SKU, chosen, stock
from tests.catalogues import product


@pytest.fixture(autouse=True)
def _shop(visitor: Client) -> None:
    stock(9)


def filled(visitor: Client, quantity: int = 1) -> None:
    assert visitor.post("/cart/add/", {"sku": SKU, "quantity": quantity}).status_code == 302


def started(visitor: Client) -> Checkout:
    response = visitor.post("/checkout/")
    found = re.fullmatch(r"/checkout/([A-Za-z0-9_-]{32})/", response.headers["Location"])
    assert found
    return Checkout.read(found.group(1))


def waiting(visitor: Client) -> Checkout:
    """A visitor's checkout that is to be paid."""
    filled(visitor)
    return chosen(started(visitor))


def page(visitor: Client, found: Checkout, query: str = "") -> tuple[int, str]:
    response = visitor.get(f"/checkout/{found.checkout_id}/{query}")
    return response.status_code, response.content.decode()


def pay(visitor: Client, found: Checkout, card: str = APPROVED, **fields: str) -> tuple[int, str]:
    assert found.totals is not None
    told = {"provider": "test", "number": card, "email": "ada@example.com"}
    told |= {"seen": checkout.digest(found)} | fields
    response = visitor.post(f"/checkout/{found.checkout_id}/pay/", told)
    return response.status_code, response.content.decode()


def stage(found: Checkout) -> Stage:
    return Checkout.read(found.checkout_id).stage


# --- The way through ---


@pytest.mark.django_db
def test_who_signs_out_leaves_no_checkout_of_the_account_behind(visitor: Client) -> None:
    """It shows the account's addresses; the cookie of the guest's cart, with which it was begun, stays."""
    found = waiting(visitor)
    cookie = visitor.cookies["cart"].value
    visitor.force_login(User.objects.create_user("ada@example.com", "ada@example.com"))
    visitor.cookies["cart"] = cookie
    assert page(visitor, found)[0] == 200
    assert Checkout.read(found.checkout_id).buyer.user
    visitor.logout()
    visitor.cookies["cart"] = cookie
    assert page(visitor, found)[0] == 404
    assert pay(visitor, found)[0] == 404


def test_whoever_has_paid_reads_when_and_where_it_is(visitor: Client) -> None:
    filled(visitor)
    store = ADA.model_copy(update={"name": "Downtown", "street": "36 Rivet Square"})
    at = datetime(2026, 11, 27, 18, tzinfo=UTC)
    for fulfilment, said in ((Fulfilment.PICKUP, "36 Rivet Square"), (Fulfilment.DELIVERY, "It is with you by")):
        filled(visitor)
        found = started(visitor)
        parcels = (Parcel(location=PLACE, quantities={item.sku: item.quantity for item in found.items}, promised=at),)
        held = chosen(found, fulfilment=fulfilment, address=store, parcels=parcels)
        assert pay(visitor, held)[0] == 302
        _status, html = page(visitor, held)
        assert 'data-promised="2026-11-27"' in html
        assert said in html


def test_a_guest_goes_from_cart_to_order(visitor: Client) -> None:
    filled(visitor, 2)
    found = started(visitor)
    status, html = page(visitor, found)
    assert (status, 'data-step="where"' in html) == (200, True)
    held = chosen(found)
    status, html = page(visitor, held)
    assert (status, 'data-step="pay"' in html) == (200, True)
    assert held.totals is not None
    assert f'data-total="{held.totals.total}"' in html
    assert ADA.street in html
    assert pay(visitor, held)[0] == 302
    status, html = page(visitor, held)
    order = Order.read(Checkout.read(held.checkout_id).number)
    assert (status, f'data-order="{order.number}"' in html) == (200, True)
    assert f"/order/{order.number}/{order.token}/" in html
    assert "ada@example.com" in html
    assert visitor.get(f"/order/{order.number}/{order.token}/").status_code == 200
    assert order.buyer == Buyer(email="ada@example.com", locale=order.buyer.locale)


def test_the_page_says_how_long_everything_is_kept(visitor: Client) -> None:
    _status, html = page(visitor, waiting(visitor))
    left = re.search(r'data-left="(\d+)"', html)
    assert left
    assert 14 * 60 < int(left.group(1)) <= 15 * 60
    assert f">{int(left.group(1)) // 60} minutes</b>" in html


def test_the_test_cards_are_explained(visitor: Client) -> None:
    _status, html = page(visitor, waiting(visitor))
    assert re.findall(r'data-card-number="(\d+)"', html) == [APPROVED, REFUSED, SILENT, LATE]


def test_a_declined_card_is_said_and_another_may_pay(visitor: Client) -> None:
    found = waiting(visitor)
    assert pay(visitor, found, REFUSED)[0] == 302
    _status, html = page(visitor, found)
    assert re.search(r"role=\"alert\" data-problem>.*declined this card", html)
    assert 'value="ada@example.com"' in html
    pay(visitor, found)
    assert stage(found) is Stage.PLACED


def test_a_bank_that_does_not_answer_is_waited_for(visitor: Client) -> None:
    found = waiting(visitor)
    pay(visitor, found, SILENT)
    response = visitor.get(f"/checkout/{found.checkout_id}/")
    assert (response.status_code, response.headers["Refresh"]) == (200, "3")
    assert "please do not pay again" in response.content.decode()
    checkout.advance(checkout_id=found.checkout_id, now=records.clock() + records.MINUTE)
    assert "did not answer" in page(visitor, found)[1]


def test_pressed_twice_it_pays_once(visitor: Client) -> None:
    found = waiting(visitor)
    assert [pay(visitor, found)[0] for _press in range(2)] == [302, 302]
    assert Charge.read(f"{found.checkout_id}-1").state is State.CAPTURED
    assert Charge.get_or_none(f"{found.checkout_id}-2") is None


def test_where_it_goes_can_be_changed_before_paying(visitor: Client) -> None:
    found = waiting(visitor)
    assert "?how=deliver" in page(visitor, found)[1]
    assert 'data-step="where"' in page(visitor, found, "?how=deliver")[1]
    assert stage(found) is Stage.HELD


def test_coming_back_from_the_cart_finds_the_same_checkout(visitor: Client) -> None:
    found = waiting(visitor)
    assert started(visitor).checkout_id == found.checkout_id
    filled(visitor)
    other = started(visitor)
    assert other.checkout_id != found.checkout_id
    assert (stage(found), levels(skus=[SKU])[SKU].total) == (Stage.ENDED, 9)


def test_a_new_price_begins_a_new_checkout(visitor: Client) -> None:
    found = waiting(visitor)
    catalogue.save_products(products=[product(SKU, name="The lamp", price=Decimal("25.00"))])
    other = started(visitor)
    assert other.checkout_id != found.checkout_id
    assert other.items[0].price == Decimal("25.00")


def test_given_up_it_leads_back_to_the_cart(visitor: Client) -> None:
    found = waiting(visitor)
    response = visitor.post(f"/checkout/{found.checkout_id}/give-up/")
    assert (response.status_code, response.headers["Location"]) == (302, "/cart/")
    assert (stage(found), levels(skus=[SKU])[SKU].total) == (Stage.ENDED, 9)
    status, html = page(visitor, found)
    assert status == 410
    assert "still in your cart" in html


def test_a_hold_that_is_over_is_said_where_to_choose_again(visitor: Client) -> None:
    found = waiting(visitor)
    expired = found.model_copy(update={"expires": records.clock() - 1}).replaced()
    holds.expire_holds(region="us", now=found.expires + 1)
    assert pay(visitor, expired)[0] == 302
    status, html = page(visitor, found)
    assert (status, 'data-step="where"' in html) == (200, True)
    assert "is over, and nothing was charged. All of them are still available" in html


# --- What is refused ---


def test_an_empty_cart_has_no_checkout(visitor: Client) -> None:
    assert visitor.post("/checkout/").headers["Location"] == "/cart/"
    filled(visitor)
    visitor.post("/cart/remove/", {"sku": SKU})
    assert "Your cart is empty" in visitor.post("/checkout/", follow=True).content.decode()


def test_the_address_alone_begins_nothing(visitor: Client) -> None:
    filled(visitor)
    assert visitor.get("/checkout/").headers["Location"] == "/cart/"
    found = started(visitor)
    assert visitor.get("/checkout/").headers["Location"] == f"/checkout/{found.checkout_id}/"


@pytest.mark.parametrize("what", ["", "pay/", "give-up/"])
def test_other_peoples_checkouts_are_not_there(visitor: Client, what: str) -> None:
    found = waiting(visitor)
    stranger = Client(raise_request_exception=False)
    address = f"/checkout/{found.checkout_id}/{what}"
    assert stranger.post(address, {"provider": "test", "number": APPROVED}).status_code == 404
    filled(stranger)
    assert stranger.post(address, {"provider": "test", "number": APPROVED}).status_code == 404
    assert stage(found) is Stage.HELD


@pytest.mark.parametrize("name", ["x", "-" * 32, "a" * 3000])
def test_checkouts_that_never_were_are_not_there(visitor: Client, name: str) -> None:
    filled(visitor)
    assert visitor.get(f"/checkout/{name}/").status_code == 404


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"number": "4242 4242 4242 4241"}, "no card number"),
        ({"number": ""}, "Type a card number"),
        ({"number": "4" * 500}, "at most 40"),
        ({"email": ""}, "where the confirmation goes"),
        ({"email": "nobody"}, "Write an e-mail address"),
        ({"email": "a@b.example\r\nBcc: c@d.example"}, "Write an e-mail address"),
        ({"email": '"\x01"@b.example'}, "Write an e-mail address"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(visitor: Client, fields: dict[str, str], told: str) -> None:
    found = waiting(visitor)
    status, html = pay(visitor, found, **fields)
    assert (status, told in html) == (422, True)
    assert Checkout.read(found.checkout_id).attempts == 0


def test_prices_and_amounts_from_the_form_change_nothing(visitor: Client) -> None:
    found = waiting(visitor)
    pay(visitor, found, amount="0.01", price="0.01", total="0.01", quantity="-3", checkout_id="x")
    order = Order.read(Checkout.read(found.checkout_id).number)
    assert found.totals is not None
    assert (order.totals.total, order.payment.amount) == (found.totals.total, found.totals.total)
    assert order.items == found.items


@pytest.mark.parametrize("seen", ["0.01 USD", "", "0" * 32, "NaN", "x" * 500])
def test_what_is_not_what_was_seen_is_not_charged(visitor: Client, seen: str) -> None:
    found = waiting(visitor)
    status, html = pay(visitor, found, seen=seen)
    assert status in (409, 422)
    assert Checkout.read(found.checkout_id).attempts == 0
    assert 'data-step="pay"' in html


def test_a_page_asks_for_a_checkout_once(visitor: Client) -> None:
    found = waiting(visitor)
    for _stage in (Stage.HELD, Stage.PLACED):
        with recorder.recording() as recorded:
            page(visitor, found)
        commands = [command for trip in recorded.trips for command in trip.commands]
        assert sum(found.checkout_id in str(command) for command in commands) == 1
        pay(visitor, found)
    assert stage(found) is Stage.PLACED


def test_who_tries_many_cards_is_stopped(visitor: Client) -> None:
    for _checkout in range(2):
        found = waiting(visitor)
        for _card in range(10):
            assert pay(visitor, found, REFUSED)[0] == 302
        status, html = pay(visitor, found)
        visitor.post(f"/checkout/{found.checkout_id}/give-up/")
    assert (status, "try again in an hour" in html) == (429, True)
    other = Client(REMOTE_ADDR="192.0.2.7", raise_request_exception=False)
    assert pay(other, waiting(other))[0] == 302
    assert len(list(Order.db().scan_iter(match=keyspace.order("*")))) == 1


def test_cards_that_neighbours_try_stop_no_account(
    visitor: Client, admin_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkout_pages, "MOST_DECLINED", 2)
    found = waiting(visitor)
    for _card in range(2):
        pay(visitor, found, REFUSED)
    status, html = pay(visitor, found)
    assert (status, "sign in" in html) == (429, True)
    visitor.force_login(admin_user)
    assert pay(visitor, found)[0] == 302
    assert stage(found) is Stage.PLACED


def test_a_checkout_takes_so_many_cards_and_no_more(visitor: Client) -> None:
    found = waiting(visitor)
    for _card in range(10):
        pay(visitor, found, REFUSED)
    status, html = pay(visitor, found)
    assert (status, "too many cards" in html) == (409, True)
    assert stage(found) is Stage.HELD


EARLY = datetime(2030, 1, 2, tzinfo=UTC)
OTHERWISE: list[dict[str, Any]] = [
    {"address": ADA.model_copy(update={"street": "2 Oak St"})},
    {"method": "express"},
    {"fulfilment": Fulfilment.PICKUP},
    {"delivery_cost": Decimal("4.91")},
    {"parcels": (Parcel(location=PLACE, location_name=PLACE, quantities={SKU: 1}, promised=EARLY),)},
]


@pytest.mark.parametrize("fields", OTHERWISE)
def test_another_windows_choice_is_not_paid_unseen(visitor: Client, fields: dict[str, Any]) -> None:
    found = waiting(visitor)
    changed = chosen(found, **fields)
    status, html = pay(visitor, found)
    assert (status, "has changed meanwhile" in html, stage(found)) == (409, True, Stage.HELD)
    assert Charge.get_or_none(f"{found.checkout_id}-1") is None
    assert (f'value="{checkout.digest(changed)}"' in html, 'value="ada@example.com"' in html) == (True, True)
    assert pay(visitor, changed)[0] == 302
    assert stage(found) is Stage.PLACED


def test_a_choice_made_while_the_payment_is_written_is_not_paid(
    visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes between the comparison and the record: the payment is written to no version but the one compared."""
    found, attempted = waiting(visitor), paying._attempted

    def slowly(*args: Any) -> Checkout | None:
        monkeypatch.setattr(paying, "_attempted", attempted)
        chosen(found, address=ADA.model_copy(update={"street": "2 Oak St"}))
        return attempted(*args)

    monkeypatch.setattr(paying, "_attempted", slowly)
    status, html = pay(visitor, found)
    assert (status, "2 Oak St" in html) == (409, True)
    assert Charge.get_or_none(f"{found.checkout_id}-1") is None


@pytest.mark.parametrize("provider", ["", "stripe", "free", "test\x00", "x" * 500])
def test_only_providers_that_are_offered_take_payments(visitor: Client, provider: str) -> None:
    found = waiting(visitor)
    assert pay(visitor, found, provider=provider)[0] == 404
    assert stage(found) is Stage.HELD


def test_a_form_sent_again_after_the_order_charges_nothing(visitor: Client) -> None:
    found = waiting(visitor)
    pay(visitor, found)
    for _replay in range(3):
        assert pay(visitor, found)[0] == 302
    assert Checkout.read(found.checkout_id).attempts == 1


def test_paying_is_no_link(visitor: Client) -> None:
    found = waiting(visitor)
    assert visitor.get(f"/checkout/{found.checkout_id}/pay/").status_code == 405
    assert visitor.delete("/checkout/").status_code == 405


def test_forms_of_other_sites_are_refused(visitor: Client) -> None:
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    found = waiting(visitor)
    strict.cookies["cart"] = visitor.cookies["cart"].value
    assert pay(strict, found)[0] == 403
    assert stage(found) is Stage.HELD


def test_without_providers_nothing_can_be_paid(visitor: Client) -> None:
    found = waiting(visitor)
    with override_settings(PAYMENTS_OFFERED=()):
        status, html = page(visitor, found)
        assert (status, "takes no payments at present" in html) == (200, True)
        assert pay(visitor, found)[0] == 404


# --- Stripe ---


@contextmanager
def stripe_keys() -> Iterator[None]:
    keys = {"secret_key": "sk_test_shop", "publishable_key": "pk_test_shop", "webhook_secret": "whsec_shop"}
    with override_settings(STRIPE=keys, PAYMENTS_OFFERED=("stripe",)):
        yield


def test_with_stripe_its_own_field_takes_the_card(visitor: Client) -> None:
    found = waiting(visitor)
    with stripe_keys():
        _status, html = page(visitor, found)
        assert 'data-stripe="pk_test_shop"' in html
        assert "sk_test_shop" not in html
        assert 'name="number"' not in html
        assert pay(visitor, found, provider="test")[0] == 404
        assert pay(visitor, found, provider="stripe", source="4242424242424242")[0] == 422
    assert settings.PAYMENTS_OFFERED == ("test",)


def test_without_stripe_there_are_no_notices(visitor: Client) -> None:
    assert visitor.post("/payments/stripe/", b"{}", content_type="application/json").status_code == 404


def test_the_carts_button_leads_to_the_checkout(visitor: Client) -> None:
    filled(visitor)
    html = visitor.get("/cart/").content.decode()
    assert 'action="/checkout/" method="post"' in html
    answer = visitor.post("/checkout/", follow=True)
    assert (answer.status_code, 'data-step="where"' in answer.content.decode()) == (200, True)
