"""The cart's page and forms, by hand and by htmx, for guests and accounts, friendly and not."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.http.response import HttpResponseBase
from django.test import Client, override_settings

from catalog.templating import product_url
from inventory.api import Line, Operation, hold
from purchasing import access, carts, stored, templating
from purchasing.models import Cart
from redismart.redis import connections, recorder
from tests.integration.purchasing.conftest import Offer
from tests.markup import elements

NOWHERE = "redis://127.0.0.1:1/0"
HTMX = {"HX-Request": "true"}
ON_PAGE = HTMX | {"HX-Target": "cart"}


@pytest.fixture
def lamp(offer: Offer) -> str:
    offer("lamp")
    return "lamp"


def put(visitor: Client, sku: str = "lamp", quantity: object = 1, **headers: Any) -> HttpResponseBase:
    return visitor.post("/cart/add/", {"sku": sku, "quantity": str(quantity)}, headers=headers.get("headers", {}))


def lines(visitor: Client) -> dict[str, int]:
    shown = elements(visitor.get("/cart/"), "data-line")
    return {line["data-line"]: int(line["data-quantity"]) for line in shown}


@contextmanager
def carts_away(settings: LazySettings) -> Iterator[None]:
    """Inside the block nobody listens where the carts' node should be."""
    connections.configure(dataclasses.replace(settings.TOPOLOGY, external={"purchasing": NOWHERE}))
    yield
    connections.configure(settings.TOPOLOGY)


def badge(response: HttpResponseBase) -> str:
    (link,) = elements(response, "data-cart-units")
    return link["data-cart-units"]


def said(response: HttpResponseBase) -> str:
    return response.content.decode()  # type: ignore[attr-defined, no-any-return]


def test_a_guest_fills_changes_and_empties_a_cart(visitor: Client, lamp: str) -> None:
    assert elements(visitor.get("/cart/"), "data-empty")
    response = put(visitor, lamp, 2)
    assert (response.status_code, response.headers["Location"]) == (302, "/cart/")
    page = visitor.get("/cart/")
    assert "Added to your cart: A lamp." in said(page)
    assert (badge(page), lines(visitor)) == ("2", {"lamp": 2})
    visitor.post("/cart/change/", {"sku": lamp, "quantity": "3", "seen": "2"})
    assert lines(visitor) == {"lamp": 3}
    visitor.post("/cart/remove/", {"sku": lamp})
    assert lines(visitor) == {}
    assert elements(visitor.get("/cart/"), "data-empty")


@pytest.mark.usefixtures("visitor")
@override_settings(GUEST_CARTS=3)
def test_a_program_begins_no_carts_without_end(lamp: str, admin_user: User) -> None:
    known, *_others = visitors = [Client(REMOTE_ADDR="2001:db8::1") for _number in range(3)]
    assert [put(each).status_code for each in visitors] == [302] * 3
    # Neither another address of the same line nor a cookie that was made up is a way round it.
    for client in (Client(REMOTE_ADDR="2001:db8::2"), Client(REMOTE_ADDR="2001:db8::1")):
        client.cookies[access.COOKIE] = "x" * 32
        refused = put(client)
        assert refused.status_code == 429
        assert "Sign in to go on" in said(refused)
    assert not Cart.get_or_none(f"guest-{'x' * 32}")
    assert put(known).status_code == 302
    assert lines(known) == {"lamp": 2}
    assert put(Client(REMOTE_ADDR="2001:db8:0:1::1")).status_code == 302
    account = Client(REMOTE_ADDR="2001:db8::1")
    account.force_login(admin_user)
    assert put(account).status_code == 302


def test_nothing_is_remembered_of_those_who_only_look(visitor: Client, lamp: str) -> None:
    for address in ("/", "/cart/", product_url(lamp)):
        visitor.get(address)
    put(visitor, "nothing")
    visitor.post("/cart/change/", {"sku": lamp, "quantity": "3"})
    assert access.COOKIE not in visitor.cookies


def test_the_cookie_is_a_secret_that_scripts_cannot_read(visitor: Client, lamp: str) -> None:
    cookie = put(visitor, lamp).cookies[access.COOKIE]
    assert access.SECRET.fullmatch(cookie.value)
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 30 * 86_400)
    assert not cookie["secure"]
    with override_settings(SESSION_COOKIE_SECURE=True):
        assert put(visitor, lamp).cookies[access.COOKIE]["secure"]


def test_two_guests_have_two_carts(visitor: Client, lamp: str) -> None:
    other = Client()
    put(visitor, lamp, 2)
    put(other, lamp, 5)
    assert (lines(visitor), lines(other)) == ({"lamp": 2}, {"lamp": 5})


@pytest.mark.parametrize("planted", ["user-1", "../user-1", "x", "a" * 33, "guest-" + "a" * 26, "{}", "é" * 32, ""])
def test_nobody_reaches_a_cart_by_a_cookie_of_their_own(visitor: Client, lamp: str, planted: str) -> None:
    carts.add(cart_id="user-1", sku=lamp, quantity=7)
    visitor.cookies[access.COOKIE] = planted
    assert lines(visitor) == {}
    put(visitor, lamp)
    assert lines(visitor) == {"lamp": 1}
    assert carts.units(cart_id="user-1") == 7


@pytest.mark.parametrize(
    "quantity", ["0", "-1", "100", "1e9", "9" * 400, "9" * 5_000, "NaN", "inf", "1.5", "", "two", "0x10", "\x00"]
)
def test_quantities_that_make_no_sense_are_refused(visitor: Client, lamp: str, quantity: str) -> None:
    response = put(visitor, lamp, quantity)
    assert response.status_code == 422
    assert elements(response, "data-problem")
    assert access.COOKIE not in visitor.cookies
    put(visitor, lamp)
    changed = visitor.post("/cart/change/", {"sku": lamp, "quantity": quantity, "seen": "1"})
    assert changed.status_code == (302 if quantity == "0" else 422)


@pytest.mark.parametrize("sku", ["", "nothing", "LAMP", "a" * 201, "a" * 100_000, "\x00", "*", "../lamp", "lamp\n"])
def test_products_that_are_not_there_are_refused(visitor: Client, lamp: str, sku: str) -> None:
    response = put(visitor, sku)
    assert response.status_code == 422
    assert elements(response, "data-problem")


def test_forms_that_lack_everything_are_refused(visitor: Client, lamp: str) -> None:
    put(visitor, lamp)
    for form in ("add", "change", "remove"):
        assert visitor.post(f"/cart/{form}/").status_code == 422
    assert lines(visitor) == {"lamp": 1}


def test_prices_that_are_sent_along_change_nothing(visitor: Client, lamp: str) -> None:
    visitor.post("/cart/add/", {"sku": lamp, "quantity": "1", "price": "0.01", "cart_id": "user-1", "total": "0"})
    (goods,) = elements(visitor.get("/cart/"), "data-goods")
    assert goods["data-goods"] == "19.90"


def test_no_form_is_taken_from_elsewhere(lamp: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    for form in ("add", "change", "remove", "prices"):
        assert strict.post(f"/cart/{form}/", {"sku": lamp, "quantity": "1"}).status_code == 403


def test_who_opens_the_address_of_a_form_sees_the_cart(visitor: Client) -> None:
    for form in ("add", "change", "remove", "prices"):
        response = visitor.get(f"/cart/{form}/")
        assert (response.status_code, response.headers["Location"]) == (302, "/cart/")


def test_a_stale_tab_is_told(visitor: Client, lamp: str) -> None:
    put(visitor, lamp, 2)
    visitor.post("/cart/change/", {"sku": lamp, "quantity": "5", "seen": "2"})
    response = visitor.post("/cart/change/", {"sku": lamp, "quantity": "3", "seen": "2"})
    assert response.status_code == 409
    assert "Meanwhile this became 5" in said(response)
    assert lines(visitor) == {"lamp": 5}


def test_htmx_gets_a_word_the_count_and_an_announcement(visitor: Client, lamp: str) -> None:
    response = put(visitor, lamp, 2, headers=HTMX)
    assert response.status_code == 200
    assert "<html" not in said(response)
    assert badge(response) == "2"
    assert elements(response, "data-added")
    assert "Added to your cart: A lamp. 2 items are in it now." in said(response)
    refused = put(visitor, lamp, 98, headers=HTMX)
    assert (refused.status_code, badge(refused)) == (200, "2")
    assert "at most 99 of one product" in said(refused)


def test_htmx_gets_the_cart_after_a_change(visitor: Client, lamp: str) -> None:
    put(visitor, lamp, 2)
    response = visitor.post("/cart/change/", {"sku": lamp, "quantity": "4", "seen": "2"}, headers=ON_PAGE)
    assert "<html" not in said(response)
    assert (badge(response), elements(response, "data-line")[0]["data-quantity"]) == ("4", "4")
    stale = visitor.post("/cart/change/", {"sku": lamp, "quantity": "3", "seen": "2"}, headers=ON_PAGE)
    assert (stale.status_code, elements(stale, "data-line")[0]["data-quantity"]) == (200, "4")
    assert elements(stale, "data-problem")


def test_new_prices_are_told_until_they_are_known(visitor: Client, offer: Offer, lamp: str) -> None:
    put(visitor, lamp)
    offer(lamp, price="15.00")
    assert "it was $19.90" in said(visitor.get("/cart/"))
    visitor.post("/cart/prices/")
    assert not elements(visitor.get("/cart/"), "data-warning")


def test_what_is_short_keeps_from_checking_out(visitor: Client, offer: Offer, lamp: str) -> None:
    offer("rare", units=2)
    put(visitor, "rare", 3)
    page = visitor.get("/cart/")
    assert [line["data-warning"] for line in elements(page, "data-warning")] == ["short"]
    assert not elements(page, "data-checkout")
    visitor.post("/cart/change/", {"sku": "rare", "quantity": "2", "seen": "3"})
    assert elements(visitor.get("/cart/"), "data-checkout")


def test_what_is_out_of_stock_leads_to_being_told_when_it_is_back(visitor: Client, offer: Offer) -> None:
    offer("rare / 1", units=2)
    put(visitor, "rare / 1")
    hold(lines=[Line("store", "rare / 1", 2)], operation=Operation("somebody-was-faster"))
    page = visitor.get("/cart/")
    assert [line["data-warning"] for line in elements(page, "data-warning")] == ["out"]
    assert 'href="/watch/rare%20/%201/"' in said(page)


def test_what_cannot_be_bought_has_no_button(visitor: Client, offer: Offer, lamp: str) -> None:
    offer("out", units=0)
    offer("unpriced", price=None)
    offer("foreign", currency="EUR")
    carts.add(cart_id="guest-other", sku="out")
    assert elements(visitor.get(product_url(lamp)), "data-add-form")
    for sku in ("unpriced", "foreign"):
        assert not elements(visitor.get(product_url(sku)), "data-add-form")
    buttons = elements(visitor.get("/search/"), "data-quick-add")
    assert sorted(button["value"] for button in buttons) == ["lamp", "out"]


@pytest.mark.django_db
def test_a_guests_cart_comes_along_at_sign_in(visitor: Client, lamp: str) -> None:
    user = User.objects.create_user("ada", password="a long secret", is_staff=True)
    carts.add(cart_id=f"user-{user.pk}", sku=lamp, quantity=1)
    put(visitor, lamp, 2)
    guest = f"guest-{visitor.cookies[access.COOKIE].value}"
    signed_in = visitor.post("/admin/login/", {"username": "ada", "password": "a long secret"})
    assert signed_in.status_code == 302
    assert lines(visitor) == {"lamp": 3}
    assert visitor.cookies[access.COOKIE].value == ""
    assert carts.units(cart_id=guest) == 0
    request = visitor.get("/cart/").wsgi_request
    owned = {cart: access.owns(request, cart=cart) for cart in (guest, f"user-{user.pk}", "user-0", "guest-other")}
    assert list(owned.values()) == [True, True, False, False]
    elsewhere = Client()
    elsewhere.force_login(user)
    assert lines(elsewhere) == {"lamp": 3}
    visitor.logout()
    assert lines(visitor) == {}


@pytest.mark.django_db
def test_people_sign_in_while_carts_are_away(visitor: Client, lamp: str, settings: LazySettings) -> None:
    user = User.objects.create_user("ada", password="a long secret", is_staff=True)
    put(visitor, lamp, 2)

    with carts_away(settings):
        assert visitor.post("/admin/login/", {"username": "ada", "password": "a long secret"}).status_code == 302
    assert carts.units(cart_id=f"user-{user.pk}") == 0
    assert lines(visitor) == {"lamp": 2}
    assert carts.units(cart_id=f"user-{user.pk}") == 2


def test_pages_ask_for_the_count_only_where_there_is_a_cart(visitor: Client, lamp: str) -> None:
    assert "purchasing" not in nodes_asked(visitor, "/")
    put(visitor, lamp)
    assert nodes_asked(visitor, "/").count("purchasing") == 1
    assert nodes_asked(visitor, "/cart/").count("purchasing") == 1


def nodes_asked(visitor: Client, address: str) -> list[str]:
    with override_settings(DEBUG_VIEW=False), recorder.recording() as recorded:
        assert visitor.get(address).status_code == 200
    return [trip.node.split()[0] for trip in recorded.trips]


def test_pages_do_without_the_count_while_carts_are_away(
    visitor: Client, lamp: str, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(visitor, lamp)

    monkeypatch.setattr(templating, "_rests", {"until": 0.0})
    with carts_away(settings):
        response = visitor.get(product_url(lamp))
    assert (response.status_code, badge(response)) == (200, "")


def test_a_guest_owns_no_cart_but_their_own(visitor: Client, lamp: str) -> None:
    request = visitor.get("/cart/").wsgi_request
    assert not access.owns(request, cart="")
    assert not access.owns(request, cart="guest-other")
    put(visitor, lamp)
    request = visitor.get("/cart/").wsgi_request
    assert access.owns(request, cart=access.cart_id(request))
    assert not access.owns(request, cart="user-1")


def test_the_cart_is_shown_while_stock_is_away(visitor: Client, offer: Offer, settings: LazySettings) -> None:
    offer("rare", units=2)
    put(visitor, "rare", 3)
    assert elements(visitor.get("/cart/"), "data-warning")
    connections.configure(dataclasses.replace(settings.TOPOLOGY, external={"inventory": NOWHERE}))
    page = visitor.get("/cart/")
    connections.configure(settings.TOPOLOGY)
    assert page.status_code == 200
    assert not elements(page, "data-warning")
    assert elements(page, "data-checkout")


def test_a_cart_that_changes_too_often_is_told_so(visitor: Client, lamp: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "ATTEMPTS", 0)
    response = put(visitor, lamp)
    assert response.status_code == 409
    assert "try again" in said(response)


def tokens(response: HttpResponseBase) -> list[str]:
    return [field["value"] for field in elements(response, "name") if field["name"] == "csrfmiddlewaretoken"]


def test_every_form_of_the_cart_is_accepted(offer: Offer) -> None:
    offer("lamp")
    strict = Client(enforce_csrf_checks=True)
    (of_lists,) = tokens(strict.get("/cart/"))
    strict.post("/cart/add/", {"sku": "lamp", "quantity": "2", "csrfmiddlewaretoken": of_lists})
    found = tokens(strict.get("/cart/"))
    assert len(found) == 4
    for token in found:
        form = {"sku": "lamp", "quantity": "3", "csrfmiddlewaretoken": token}
        assert strict.post("/cart/change/", form).status_code == 302
