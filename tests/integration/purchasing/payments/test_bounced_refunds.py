"""A refund that the shopper's bank sends back days later: the order owes it again, and somebody pays it otherwise."""

import json
from decimal import Decimal

import pytest
import stripe
from django.contrib.auth.models import Permission, User
from django.test import Client

from purchasing import bouncing, checkout, orders, queries, settling
from purchasing.models import Order
from redismart.redis.batch import Batch
from tests.buying import held, stock
from tests.stripe_server import GOOD, SECRET, Stripe

pytestmark = pytest.mark.django_db(transaction=True)
HOW = "by transfer 4711"


@pytest.fixture
def refunded(server: Stripe) -> Order:
    """An order of which a part is paid back, as far as the shop knows."""
    stock(1)
    done = checkout.pay(checkout_id=held().checkout_id, provider="stripe", source=GOOD)
    order = orders.refund(number=done.number, step="late", amount=Decimal("1.50"), who="sam")
    assert (order.refunded, order.settlements[0].paid, len(server.refunds)) == (Decimal("1.50"), True, 1)
    return order


def tell(visitor: Client, refund: str = "re_1") -> int:
    """Stripe says that a refund has changed: what became of it is asked."""
    event = {"id": "evt_1", "object": "event", "type": "refund.failed"}
    body = json.dumps(event | {"data": {"object": {"id": refund, "object": "refund", "status": "failed"}}})
    signature = stripe.WebhookSignature.generate_signature_header(body, SECRET)
    return visitor.post(
        "/payments/stripe/", body, content_type="application/json", headers={"Stripe-Signature": signature}
    ).status_code


def waiting() -> int:
    batch = Batch(Order.db())
    told = queries.bounced(batch)
    batch.run()
    return told.value


def test_what_the_bank_did_not_take_is_owed_again_and_sent_by_nobody(
    server: Stripe, refunded: Order, visitor: Client
) -> None:
    server.refunds_are = "failed"
    assert [tell(visitor), tell(visitor)] == [204, 204]
    order = settling.finish(number=refunded.number)
    assert (order.refunded, len(order.bounced), order.open) == (Decimal(0), 1, True)
    assert [event.note for event in order.history if event.who == bouncing.BANK] == [
        "1.50 USD came back: the bank of the card did not take it"
    ]
    assert len(server.refunds) == 1
    assert waiting() == 1
    page = visitor.get(f"/order/{order.number}/{order.token}/").content.decode()
    assert 'data-bounced="1.50"' in page
    assert "data-owed" not in page


def test_a_refund_that_was_taken_stays_paid_whatever_a_notice_says(
    server: Stripe, refunded: Order, visitor: Client
) -> None:
    assert tell(visitor) == 204
    assert Order.read(refunded.number) == refunded
    assert waiting() == 0


@pytest.mark.parametrize("refund", ["", "re_99"])
def test_a_refund_of_another_shop_is_taken_and_forgotten(
    server: Stripe, refunded: Order, visitor: Client, refund: str
) -> None:
    server.refunds_are = "failed"
    assert tell(visitor, refund) == 204
    assert Order.read(refunded.number) == refunded


@pytest.mark.parametrize("key", ["", "late", ":late", "nobody:late", "a b*{}|:late", "checkout:never"])
def test_a_key_that_is_none_of_ours_changes_nothing(refunded: Order, key: str) -> None:
    bouncing.came_back(key=key)
    bouncing.came_back(key=f"{refunded.checkout_id}:never")
    assert Order.read(refunded.number) == refunded


def test_stripe_sends_its_notice_again_while_it_cannot_be_asked(
    server: Stripe, refunded: Order, visitor: Client
) -> None:
    server.refunds_are, server.out_of_order = "failed", "/v1/refunds"
    assert tell(visitor) == 503
    server.out_of_order = ""
    assert tell(visitor) == 204
    assert len(Order.read(refunded.number).bounced) == 1


def test_staff_see_it_and_say_once_how_they_paid_it_otherwise(server: Stripe, refunded: Order, visitor: Client) -> None:
    server.refunds_are = "failed"
    tell(visitor)
    client = Client()
    user = User.objects.create_user("sam", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="purchasing"))
    client.force_login(user)
    listed = client.get("/admin/purchasing/order/", {"bounced": "1"}).content.decode()
    assert refunded.number in listed
    assert "a refund came back: see to it" in listed
    page = client.get(f"/admin/purchasing/order/{refunded.number}/change/").content.decode()
    assert "data-bounced" in page
    address = f"/admin/purchasing/order/{refunded.number}/do/paid-otherwise/"
    form = client.get(address).context["form"]
    sent = {name: form[name].value() for name in ("since", "operation")}
    assert client.post(address, sent).status_code == 422
    assert [client.post(address, sent | {"why": HOW}).status_code for _ in range(2)] == [302, 302]
    order = Order.read(refunded.number)
    assert (order.refunded, order.bounced) == (Decimal("1.50"), ())
    assert [event.note for event in order.history if event.who == "sam"][1:] == [f"1.50 USD paid back otherwise: {HOW}"]
    assert waiting() == 0
    tell(visitor)
    assert Order.read(refunded.number).bounced == ()
    assert client.get(address).status_code == 409
