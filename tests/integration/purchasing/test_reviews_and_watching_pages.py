"""Buyers review what is in their orders; shoppers ask to be told of what is out of stock."""

from collections.abc import Sequence

import pytest
from django.core import mail
from django.test import Client

from catalog.models import Product, Review
from inventory import operations
from inventory.api import Operation
from purchasing import keyspace, sales, tasks
from purchasing.models import Buyer, Cart, Status
from tests import placed_orders
from tests.integration.purchasing.conftest import Offer, Stocked
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


def test_who_asks_is_told_by_mail_once_it_is_back(offer: Offer, stocked: Stocked, visitor: Client) -> None:
    stocked("near", 40.1, {})
    offer("lamp", units=0)
    operations.receive(sku="lamp", location="near", quantity=1, operation=Operation("in", region="us"))
    operations.count(sku="lamp", location="near", counted=0, operation=Operation("out", region="us"))
    assert 'href="/watch/lamp/"' in visitor.get("/product/lamp/").content.decode()
    assert visitor.get("/watch/lamp/").status_code == 200
    answer = visitor.post("/watch/lamp/", {"email": "ada@example.com", "location": "near"})
    assert "we write to <b>ada@example.com</b>" in answer.content.decode()
    tasks.tell_watchers()
    assert mail.outbox == []
    operations.receive(sku="lamp", location="near", quantity=1, operation=Operation("back", region="us"))
    tasks.tell_watchers()
    tasks.tell_watchers()
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["ada@example.com"], "A lamp is back")
    assert "/product/lamp/" in sent.body


@pytest.mark.parametrize(
    "typed", [{"email": ""}, {"email": "no address"}, {"email": "a@example.com\nBcc: b@example.com"}, {"location": "?"}]
)
def test_a_wish_that_cannot_be_is_refused(offer: Offer, visitor: Client, typed: dict[str, str]) -> None:
    offer("lamp", units=0)
    assert visitor.post("/watch/lamp/", {"email": "ada@example.com"} | typed).status_code == 422
    assert not Cart.db().exists(keyspace.WATCHED)


def test_what_the_shop_does_not_have_cannot_be_waited_for(offer: Offer, visitor: Client) -> None:
    offer("lamp")
    assert visitor.post("/watch/sofa/", {"email": "ada@example.com"}).status_code == 404


def test_nobodys_address_is_filled_by_others(offer: Offer, visitor: Client) -> None:
    for number in range(11):
        offer(f"lamp-{number}", units=0)
    wishes = [visitor.post(f"/watch/lamp-{number}/", {"email": "ada@example.com"}).status_code for number in range(11)]
    assert wishes == [200] * 10 + [429]
