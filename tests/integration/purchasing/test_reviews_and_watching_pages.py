"""Buyers review what is in their orders; shoppers ask to be told of what is out of stock."""

import re
from collections.abc import Sequence
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail, signing
from django.core.mail import EmailMessage
from django.http.response import HttpResponseBase
from django.test import Client

from catalog.models import Product, Review
from inventory import operations
from inventory.api import Operation
from purchasing import confirming, keyspace, mails, sales, tasks, watching
from purchasing.models import Buyer, Cart, Status
from purchasing.watching import Watcher
from tests import placed_orders
from tests.integration.purchasing.conftest import Offer, Stocked
from tests.markup import elements
from tests.placed_orders import TOKEN

REVIEW = f"/order/US-000001/{TOKEN}/review/lamp/"
SAID = {"stars": "4", "title": "Bright", "text": "It <b>shines</b>.", "author": "Ada"}


def rating(sku: str = "lamp") -> tuple[float | None, int]:
    product = Product.find_many([sku])[0]
    assert product is not None
    return product.rating, product.rating_count


def reviews() -> Sequence[Review | None]:
    found = Review.db().scan_iter(f"{Review.key_of('')}*")
    return Review.find_many([key.removeprefix(Review.key_of("")) for key in found])


def test_a_buyer_reviews_and_the_rating_follows(offer: Offer, visitor: Client) -> None:
    offer("lamp", rating=2.0, rating_count=1)
    placed_orders.placed(status=Status.SHIPPED)
    assert f'href="{REVIEW}"' in visitor.get(f"/order/US-000001/{TOKEN}/").content.decode()
    assert visitor.get(REVIEW).status_code == 200
    answer = visitor.post(REVIEW, SAID, follow=True)
    assert "Thank you: your review" in answer.content.decode()
    assert rating() == (3.0, 2)
    page = visitor.get("/product/lamp/").content.decode()
    assert "It &lt;b&gt;shines&lt;/b&gt;." in page
    assert "bought it here" in page


def test_an_account_has_one_review_whatever_it_ordered(offer: Offer, visitor: Client) -> None:
    offer("lamp")
    for number in ("US-000001", "US-000002"):
        placed_orders.placed(number, status=Status.SHIPPED)
        visitor.post(f"/order/{number}/{TOKEN}/review/lamp/", SAID)
    placed_orders.placed("US-000003", status=Status.SHIPPED, buyer=Buyer(email="bob@example.com", user="8"))
    visitor.post(f"/order/US-000003/{TOKEN}/review/lamp/", SAID | {"stars": "2"})
    assert rating() == (3.0, 2)


def test_no_guest_writes_over_the_review_of_another_by_typing_their_address(offer: Offer, visitor: Client) -> None:
    offer("lamp")
    for number, stars in (("US-000001", "5"), ("US-000002", "1"), ("US-000001", "4")):
        if stars != "4":
            placed_orders.placed(number, status=Status.SHIPPED, buyer=Buyer(email="ada@example.com"))
        visitor.post(f"/order/{number}/{TOKEN}/review/lamp/", SAID | {"stars": stars})
    assert sorted(review.stars for review in reviews() if review) == [1, 4]


@pytest.mark.parametrize(
    "address",
    [
        "/order/US-000001/another-token/review/lamp/",
        f"/order/US-999999/{TOKEN}/review/lamp/",
        f"/order/US-000001/{TOKEN}/review/sofa/",
    ],
)
def test_nobody_reviews_what_they_did_not_buy(offer: Offer, visitor: Client, address: str) -> None:
    offer("lamp")
    offer("sofa")
    placed_orders.placed(status=Status.SHIPPED)
    assert visitor.post(address, SAID).status_code == 404
    assert reviews() == []


@pytest.mark.parametrize("status", [Status.PLACED, Status.READY, Status.CANCELLED])
def test_what_did_not_reach_its_buyer_is_not_reviewed(offer: Offer, visitor: Client, status: Status) -> None:
    offer("lamp")
    placed_orders.placed(status=status)
    assert visitor.post(REVIEW, SAID).status_code == 404


@pytest.mark.parametrize("stars", ["", "0", "6", "-1", "NaN", "5; DROP", "\u0665"])
def test_stars_that_are_none_change_nothing(offer: Offer, visitor: Client, stars: str) -> None:
    offer("lamp")
    placed_orders.placed(status=Status.SHIPPED)
    assert visitor.post(REVIEW, SAID | {"stars": stars}).status_code == 422
    assert reviews() == []
    assert rating() == (None, 0)


def test_what_is_ordered_counts_as_sold_once(offer: Offer) -> None:
    offer("lamp")
    placed_orders.placed(untold=())
    unpaid = placed_orders.placed("US-000002", paid=False)
    sales.count(number=unpaid.number)
    assert not Product.db().exists("catalog:sales")
    sales.count(number="US-000001")
    before = Product.db().hgetall("catalog:sales")
    sales.count(number="US-000001")
    assert set(before) == {"lamp", "rug"}
    assert Product.db().hgetall("catalog:sales") == before


def test_an_order_under_a_number_that_comes_again_counts_as_sold(offer: Offer) -> None:
    offer("lamp")
    counted = []
    for checkout in ("first", "second"):
        made = placed_orders.placed(checkout_id=f"checkout-the-{checkout}")
        sales.count(number=made.number)
        counted.append(float(Product.db().hget("catalog:sales", "lamp")))
        Cart.db().delete(made.key())
    assert counted[1] > 1.5 * counted[0]


# --- Tell me when it is back ---


def wish(visitor: Client, email: str = "ada@example.com", sku: str = "lamp", location: str = "") -> HttpResponseBase:
    return visitor.post(f"/watch/{sku}/", {"email": email, "location": location})


def link_in(sent: EmailMessage) -> str:
    found = re.search(r"/watching/[^/\s]+/", str(sent.body))
    assert found
    return found[0]


def gone(sku: str = "lamp", place: str = "near") -> None:
    """Stock that was there, and is sold."""
    operations.receive(sku=sku, location=place, quantity=1, operation=Operation(f"in-{sku}-{place}", region="us"))
    operations.count(sku=sku, location=place, counted=0, operation=Operation(f"out-{sku}-{place}", region="us"))


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is ordered is done at once."""

    def done(task: Any, *, payload: dict[str, Any], expires: float) -> bool:
        task(**payload)
        return True

    monkeypatch.setattr(tasks, "order_task", done)


@pytest.mark.usefixtures("worker")
def test_a_guest_is_told_by_mail_once_they_have_said_that_it_is_them(
    offer: Offer, stocked: Stocked, visitor: Client
) -> None:
    stocked("near", 40.1, {})
    offer("lamp", units=0)
    gone()
    assert 'href="/watch/lamp/"' in visitor.get("/product/lamp/").content.decode()
    assert visitor.get("/watch/lamp/").status_code == 200
    assert elements(wish(visitor, location="near"), "data-watch-asked")
    assert not Cart.db().exists(keyspace.WATCHED)
    (asking,) = mail.outbox
    assert (asking.to, asking.subject) == (["ada@example.com"], "Shall we tell you when it is back?")
    link = link_in(asking)
    # Programs that look through mail follow links too: that is no answer.
    assert elements(visitor.get(link), "data-watch-confirm")
    assert not Cart.db().exists(keyspace.WATCHED)
    for _press in range(2):
        assert elements(Client().post(link), "data-watched")
    tasks.tell_watchers()
    assert len(mail.outbox) == 1
    operations.receive(sku="lamp", location="near", quantity=1, operation=Operation("back", region="us"))
    tasks.tell_watchers()
    tasks.tell_watchers()
    _asking, sent = mail.outbox
    assert (sent.to, sent.subject) == (["ada@example.com"], "A lamp is back")
    assert "/product/lamp/" in str(sent.body)


@pytest.mark.usefixtures("worker")
def test_an_account_waits_with_its_own_address_at_once_and_with_no_other(
    offer: Offer, visitor: Client, django_user_model: type[User]
) -> None:
    offer("lamp", units=0)
    visitor.force_login(django_user_model.objects.create(username="ada@example.com", email="ada@example.com"))
    assert elements(wish(visitor, "Ada@example.com"), "data-watched")
    assert mail.outbox == []
    assert elements(wish(visitor, "bob@example.com"), "data-watch-asked")
    assert mail.outbox[0].to == ["bob@example.com"]
    (waiting,) = Cart.db().hvals(keyspace.watchers("lamp", ""))
    assert "Ada@example.com" in waiting


@pytest.mark.usefixtures("worker")
def test_one_wish_is_asked_about_once(offer: Offer, stocked: Stocked, visitor: Client) -> None:
    stocked("near", 40.1, {})
    offer("lamp", units=0)
    for email in ("ada@example.com", "ada@example.com", "ADA@example.com"):
        assert elements(wish(visitor, email), "data-watch-asked")
    assert len(mail.outbox) == 1
    wish(visitor, location="near")
    assert len(mail.outbox) == 2


@pytest.mark.usefixtures("worker")
def test_a_mail_that_could_not_be_sent_is_sent_later(
    offer: Offer, visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer("lamp", units=0)
    watcher = Watcher("lamp", "ada@example.com")

    def away(*_arguments: Any, **_options: Any) -> None:
        raise SMTPServerDisconnected

    with monkeypatch.context() as broken:
        broken.setattr(mails, "send", away)
        with pytest.raises(SMTPServerDisconnected):
            mails.send_confirmation(watcher)
    assert 0 < Cart.db().ttl(keyspace.once(f"ask:{watcher.mark}")) <= mails.CLAIM_SECONDS
    Cart.db().delete(keyspace.once(f"ask:{watcher.mark}"))
    wish(visitor)
    assert len(mail.outbox) == 1
    assert Cart.db().ttl(keyspace.once(f"ask:{watcher.mark}")) > mails.CLAIM_SECONDS


@pytest.mark.usefixtures("worker")
def test_what_is_in_stock_where_it_is_wanted_is_said_so(offer: Offer, stocked: Stocked, visitor: Client) -> None:
    stocked("near", 40.1, {"lamp": 1})
    stocked("far", 41.1, {})
    offer("lamp", units=0)
    for place in ("", "near"):
        refused = wish(visitor, location=place)
        assert refused.status_code == 409
        assert elements(refused, "data-in-stock")
    assert mail.outbox == []
    assert elements(wish(visitor, location="far"), "data-watch-asked")
    link = link_in(mail.outbox[0])
    operations.receive(sku="lamp", location="far", quantity=1, operation=Operation("meanwhile", region="us"))
    for answer in (visitor.get(link), visitor.post(link)):
        assert elements(answer, "data-in-stock")
    assert not Cart.db().exists(keyspace.WATCHED)


@pytest.mark.usefixtures("worker")
def test_a_link_that_is_too_old_says_how_to_go_on(
    offer: Offer, visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer("lamp", units=0)
    wish(visitor)
    monkeypatch.setattr(confirming, "LINK_SECONDS", -1)
    for answer in (visitor.get(link_in(mail.outbox[0])), visitor.post(link_in(mail.outbox[0]))):
        assert answer.status_code == 410
        assert elements(answer, "data-watch-gone")
        assert 'href="/watch/lamp/"' in answer.content.decode()
    assert not Cart.db().exists(keyspace.WATCHED)


def test_a_link_that_the_shop_has_not_made_leads_nowhere(offer: Offer, visitor: Client) -> None:
    offer("lamp", units=0)
    offer("sofa", units=0)
    good = confirming.token_of(Watcher("lamp", "ada@example.com"))
    other = confirming.token_of(Watcher("sofa", "ada@example.com"))
    mixed = other.partition(":")[0] + good[good.index(":") :]
    for token in (good[:-1], f"{good}x", mixed, "x", ":::", signing.dumps(["lamp", "ada@example.com", "", "en_US"])):
        assert visitor.post(f"/watching/{token}/").status_code == 404
    assert not Cart.db().exists(keyspace.WATCHED)


def test_without_a_worker_it_says_to_try_again(offer: Offer, visitor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    offer("lamp", units=0)
    monkeypatch.setattr(tasks, "order_task", lambda _task, **_order: False)
    refused = wish(visitor)
    assert refused.status_code == 503
    assert "try again in a minute" in refused.content.decode()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "typed", [{"email": ""}, {"email": "no address"}, {"email": "a@example.com\nBcc: b@example.com"}, {"location": "?"}]
)
def test_a_wish_that_cannot_be_is_refused(offer: Offer, visitor: Client, typed: dict[str, str]) -> None:
    offer("lamp", units=0)
    assert visitor.post("/watch/lamp/", {"email": "ada@example.com"} | typed).status_code == 422
    assert not Cart.db().exists(keyspace.WATCHED)


def test_what_the_shop_does_not_have_cannot_be_waited_for(offer: Offer, visitor: Client) -> None:
    offer("lamp")
    assert wish(visitor, sku="sofa").status_code == 404


@pytest.mark.usefixtures("worker")
def test_nobodys_address_is_filled_by_others(offer: Offer, visitor: Client, django_user_model: type[User]) -> None:
    for number in range(12):
        offer(f"lamp-{number}", units=0)
    wishes = [wish(visitor, sku=f"lamp-{number}").status_code for number in range(11)]
    assert wishes == [200] * 10 + [429]
    assert len(mail.outbox) == 10
    # It is no way to keep its owner from waiting.
    owner = Client()
    owner.force_login(django_user_model.objects.create(username="ada@example.com", email="ada@example.com"))
    assert elements(wish(owner, sku="lamp-11"), "data-watched")


@pytest.mark.usefixtures("worker")
def test_who_waits_for_too_much_is_told_when_they_follow_the_link(
    offer: Offer, visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer("lamp", units=0)
    monkeypatch.setattr(watching, "MOST_OF_ONE_PLACE", 0)
    wish(visitor)
    refused = visitor.post(link_in(mail.outbox[0]))
    assert refused.status_code == 409
    assert "So many wait for this already" in refused.content.decode()
