"""The pages of orders: whom they open to, and what can be done there."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client

from purchasing import accounts, orders, returning, settling, stored, tasks
from purchasing.models import Buyer, Event, Fulfilment, Order, Parcel, Status
from purchasing.stored import ConflictError
from tests import nasty
from tests.markup import elements
from tests.placed_orders import BROUGHT, STORE, TOKEN, Till, placed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("search_indexes", "visitor")]
NUMBER = "US-000001"
LINK = f"/order/{NUMBER}/{TOKEN}/"


@pytest.fixture(autouse=True)
def _provider(till: Till) -> None:
    """Orders are paid back by the till."""


@pytest.fixture
def ada() -> User:
    return accounts.sign_up(email="ada@example.com", password="a rose by 9 names")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def of(user: User, number: str = NUMBER, **fields: object) -> Order:
    return placed(number, buyer=Buyer(email=user.email, user=str(user.pk)), **fields)


# --- Who sees what ---


def test_a_guest_sees_his_order_by_its_link_and_nobody_without(client: Client) -> None:
    placed(buyer=Buyer(email="guest@example.com"))
    shown = client.get(LINK)
    assert shown.status_code == 200
    assert "no-store" in shown["Cache-Control"]
    text = shown.content.decode()
    for part in (
        "Lamp &amp; Shade",
        "Rug &lt;b&gt;red&lt;/b&gt;",
        "$104.50",
        "Centre One",
        "12 St James&#39;s Square",
        "•••• 4242",
    ):
        assert part in text
    assert [each["data-sku"] for each in elements(shown, "data-sku")] == ["lamp", "rug"]
    assert "noindex" in text
    assert not client.cookies.get("sessionid")


@pytest.mark.parametrize(
    "path",
    [
        f"/order/{NUMBER}/{TOKEN[:-1]}/",
        f"/order/{NUMBER}/{TOKEN}x/",
        f"/order/US-000002/{TOKEN}/",
        f"/order/us-000001/{TOKEN}/",
        f"/order/{NUMBER}/-/",
        f"/order/{'A' * 5000}/{TOKEN}/",
        f"/order/{NUMBER}/{'a' * 5000}/",
        "/order/*/*/",
        f"/order/{NUMBER}/",
        f"/order/%00/{TOKEN}/",
        f"/order/{NUMBER}/%ff%fe/",
    ],
)
def test_any_other_link_leads_nowhere(client: Client, path: str) -> None:
    placed()
    assert client.get(path).status_code == 404
    for step in ("cancel/", "return/"):
        assert client.post(f"{path}{step}").status_code in (404, 405)
    assert orders.find(number=NUMBER).status is Status.PLACED


def test_an_account_sees_its_own_orders_only(ada: User) -> None:
    of(ada)
    placed("US-000002", buyer=Buyer(email="bob@example.com", user="999"))
    placed("US-000003", buyer=Buyer(email=ada.email))
    client = signed_in(ada)
    assert [each["data-order"] for each in elements(client.get("/account/orders/"), "data-order")] == [NUMBER]
    assert client.get(f"/account/orders/{NUMBER}/").status_code == 200
    for number in ("US-000002", "US-000003", "US-000004", "x", "%00"):
        assert client.get(f"/account/orders/{number}/").status_code == 404


def test_the_history_has_pages(ada: User) -> None:
    for day in range(1, 13):
        of(ada, f"US-{day:06d}", placed=datetime(2026, 1, day, tzinfo=UTC))
    client = signed_in(ada)
    first, last = client.get("/account/orders/"), client.get("/account/orders/?page=2")
    assert [each["data-order"] for each in elements(last, "data-order")] == ["US-000002", "US-000001"]
    assert len(elements(first, "data-order")) == 10
    assert elements(first, "data-order-total")[0]["data-order-total"] == "12"
    assert 'href="?page=2"' in first.content.decode()
    assert elements(client.get("/account/"), "data-order")[0]["data-order"] == "US-000012"


@pytest.mark.parametrize("page", [*nasty.NUMBERS, "99999"])
def test_a_page_that_is_none_is_another_one(ada: User, page: str) -> None:
    of(ada)
    answer = signed_in(ada).get("/account/orders/", {"page": page})
    assert answer.status_code == 200
    assert elements(answer, "data-order")


# --- Cancelling ---


def test_a_guest_cancels_by_the_link(client: Client, till: Till) -> None:
    placed(buyer=Buyer(email="guest@example.com"))
    asked = client.get(LINK).content.decode()
    # One press asks, a second one does it.
    assert re.search(r"<summary[^>]*>Cancel the order</summary>\s*<form[^>]*data-form=\"cancel\"", asked)
    for _press in range(2):
        assert client.post(f"{LINK}cancel/")["Location"] == LINK
    shown = client.get(LINK)
    assert elements(shown, "data-status")[0]["data-status"] == "cancelled"
    assert elements(shown, "data-refunded")[0]["data-refunded"] == "104.50"
    assert "Cancel the order" not in shown.content.decode()
    assert till.refunds == {f"checkout-of-{NUMBER}:cancellation": Decimal("104.50")}
    assert orders.find(number=NUMBER).history[0].who == "guest"


def test_an_account_goes_back_to_its_own_page(ada: User) -> None:
    of(ada)
    client = signed_in(ada)
    assert client.post(f"{LINK}cancel/")["Location"] == f"/account/orders/{NUMBER}/"
    assert orders.find(number=NUMBER).history[0].who == "ada@example.com"


def test_what_is_shipped_is_told_to_whoever_cancels_too_late(client: Client, till: Till) -> None:
    placed()
    orders.ship(number=NUMBER, who="sam")
    answer = client.post(f"{LINK}cancel/")
    assert answer.status_code == 409
    assert "can no longer be cancelled" in answer.content.decode()
    assert not till.refunds


def test_what_others_are_always_faster_with_is_told_and_changes_nothing(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = placed(paid=True)
    with monkeypatch.context() as busy:
        busy.setattr(stored, "ATTEMPTS", 0)
        answer = client.post(f"{LINK}cancel/")
    assert answer.status_code == 409
    assert "try again" in answer.content.decode()
    assert Order.read(NUMBER) == made


def test_a_cancellation_that_is_stored_stands_though_others_are_at_the_order(
    client: Client, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed()

    def busy(**_told: object) -> Order:
        raise ConflictError("The document changes too often.")

    with monkeypatch.context() as crowded:
        crowded.setattr(settling, "finish", busy)
        assert client.post(f"{LINK}cancel/").status_code == 302
    tasks.look_after_order(number=NUMBER)
    assert sum(till.refunds.values()) == Decimal("104.50")


def test_money_that_is_still_to_come_is_said(client: Client, till: Till) -> None:
    placed()
    till.away = True
    client.post(f"{LINK}cancel/")
    assert elements(client.get(LINK), "data-owed")[0]["data-owed"] == "104.50"


# --- Returning ---


def test_units_are_asked_to_go_back_line_by_line(client: Client, till: Till) -> None:
    placed()
    orders.ship(number=NUMBER, who="sam")
    assert "1 of 1 can come back" in client.get(LINK).content.decode()
    chosen = {"step": "return-1", "line-0": "1", "line-1": ""}
    for _press in range(2):
        assert client.post(f"{LINK}return/", chosen)["Location"] == LINK
    shown = client.get(LINK)
    assert elements(shown, "data-return")[0]["data-return-state"] == "requested"
    assert elements(shown, "data-status")[0]["data-status"] == "return-requested"
    text = shown.content.decode()
    assert "send it to Centre One" in text
    assert "1 of 2 can come back" in text
    assert 'value="return-2"' in text
    assert not till.refunds
    returning.receive(number=NUMBER, step="return-1", who="sam")
    text = client.get(LINK).content.decode()
    assert "1 returned" in text
    assert "<b>$22.00 paid back</b>" in text
    assert till.refunds == {f"checkout-of-{NUMBER}:return-1": Decimal("22.00")}


def test_a_refused_return_says_why(client: Client) -> None:
    placed()
    orders.ship(number=NUMBER, who="sam")
    client.post(f"{LINK}return/", {"step": "return-1", "line-0": "1"})
    returning.refuse(number=NUMBER, step="return-1", who="sam", reason="It was <b>cut</b>.")
    shown = client.get(LINK)
    assert elements(shown, "data-return")[0]["data-return-state"] == "refused"
    assert "It was &lt;b&gt;cut&lt;/b&gt;." in shown.content.decode()


def test_the_last_return_sent_twice_is_understood(client: Client) -> None:
    placed()
    orders.ship(number=NUMBER, who="sam")
    for _press in range(2):
        answer = client.post(f"{LINK}return/", {"step": "return-1", "line-0": "2", "line-1": "1"})
        assert answer.status_code == 302
    assert "Ask to send them back" not in client.get(LINK).content.decode()
    returning.receive(number=NUMBER, step="return-1", who="sam")
    shown = client.get(LINK)
    assert elements(shown, "data-status")[0]["data-status"] == "returned"
    assert client.post(f"{LINK}return/", {"step": "return-1", "line-0": "2", "line-1": "1"}).status_code == 302


@pytest.mark.parametrize(
    ("chosen", "status"),
    [
        ({"line-0": "3"}, 422),
        ({"line-0": "-1"}, 422),
        ({"line-0": "1.5"}, 422),
        ({"line-0": "9" * 5_000}, 422),
        ({"line-0": "two"}, 422),
        ({"step": ""}, 422),
        ({"step": "cancellation"}, 422),
        ({"step": "return-9", "line-0": "1"}, 409),
        ({}, 409),
        ({"line-7": "1"}, 409),
        ({"line-0": "0", "line-1": "0"}, 409),
    ],
)
def test_a_return_that_cannot_be_is_refused_with_a_word(
    client: Client, till: Till, chosen: dict[str, str], status: int
) -> None:
    placed()
    orders.ship(number=NUMBER, who="sam")
    answer = client.post(f"{LINK}return/", {"step": "return-1"} | chosen)
    assert answer.status_code == status
    assert elements(answer, "data-problem")
    assert not orders.find(number=NUMBER).returns


def test_a_second_form_that_is_out_of_date_asks_for_nothing_more(client: Client) -> None:
    placed()
    orders.ship(number=NUMBER, who="sam")
    client.post(f"{LINK}return/", {"step": "return-1", "line-0": "1"})
    answer = client.post(f"{LINK}return/", {"step": "return-1", "line-0": "2"})
    assert answer.status_code == 409
    assert "meanwhile" in answer.content.decode()
    assert len(orders.find(number=NUMBER).returns) == 1


def test_the_page_says_until_when_and_after_that_offers_nothing(client: Client) -> None:
    at = datetime.now(UTC) - timedelta(days=29)
    placed(status=Status.COMPLETED, history=(Event(status=Status.COMPLETED, at=at),))
    until = (at + timedelta(days=30)).date().isoformat()
    assert elements(client.get(LINK), "data-return-until")[0]["data-return-until"] == until
    placed("US-000002", status=Status.COMPLETED, history=(Event(status=Status.COMPLETED, at=at - timedelta(days=3)),))
    late = client.get(LINK.replace(NUMBER, "US-000002"))
    assert elements(late, "data-return-late")
    assert not elements(late, "data-return-until")
    answer = client.post(f"{LINK.replace(NUMBER, 'US-000002')}return/", {"step": "return-1", "line-0": "1"})
    assert (answer.status_code, len(elements(answer, "data-problem"))) == (409, 1)
    assert not orders.find(number="US-000002").returns


@pytest.mark.parametrize("step", ["cancel/", "return/"])
def test_a_form_from_elsewhere_is_refused(step: str) -> None:
    placed()
    assert Client(enforce_csrf_checks=True).post(f"{LINK}{step}").status_code == 403
    assert Client().get(f"{LINK}{step}").status_code == 405


# --- What the page says ---


@pytest.mark.parametrize("fulfilment", [Fulfilment.PICKUP, Fulfilment.CURBSIDE])
def test_what_is_brought_to_a_store_is_collected_there(client: Client, fulfilment: Fulfilment) -> None:
    placed(fulfilment=fulfilment, address=STORE, parcels=BROUGHT)
    shown = client.get(LINK)
    text = shown.content.decode()
    assert "36 Rivet Square" in text
    assert "Brought there from Columbus" in text
    assert elements(shown, "data-ready-by")[0]["data-ready-by"] == "2026-11-27"


def test_a_store_that_has_everything_is_all_that_is_said(client: Client) -> None:
    whole = Parcel(location="dt", location_name="Downtown", quantities={"lamp": 2, "rug": 1})
    placed(fulfilment=Fulfilment.PICKUP, address=STORE, parcels=(whole,))
    shown = client.get(LINK)
    assert "36 Rivet Square" in shown.content.decode()
    assert not elements(shown, "data-parcel")


def test_what_is_collected_says_where(client: Client) -> None:
    placed(
        fulfilment=Fulfilment.PICKUP,
        address=None,
        parcels=(Parcel(location="s1", location_name="Airport", quantities={"lamp": 2, "rug": 1}),),
    )
    orders.make_ready(number=NUMBER, who="sam")
    shown = client.get(LINK).content.decode()
    assert "Collected in the store" in shown
    assert "Airport" in shown
    assert "Ready to be collected" in shown
    assert 'class="ahead"' in shown
