"""Stripe tells of a payment: its checkout goes on, once Stripe itself has confirmed what it is told."""

import json

import pytest
import stripe
from django.test import Client

from purchasing import checkout
from purchasing.models import Checkout, Stage
from purchasing.payments import ProviderError, registry
from tests.buying import held, stock
from tests.stripe_server import GOOD, SECRET, Stripe


def tell(visitor: Client, key: str, *, secret: str = SECRET) -> int:
    intent = {"id": "pi_1", "object": "payment_intent", "metadata": {"payment_key": key}}
    event = {"id": "evt_1", "object": "event", "type": "payment_intent.amount_capturable_updated"}
    body = json.dumps(event | {"data": {"object": intent}})
    signature = stripe.WebhookSignature.generate_signature_header(body, secret)
    return visitor.post(
        "/payments/stripe/", body, content_type="application/json", headers={"Stripe-Signature": signature}
    ).status_code


def unanswered(server: Stripe) -> Checkout:
    """A checkout whose payment Stripe has, and whose answer was lost."""
    stock(1)
    found = held()
    server.deaf_to = "/confirm"
    silent = checkout.pay(checkout_id=found.checkout_id, provider="stripe", source=GOOD)
    server.deaf_to = ""
    return silent


def test_a_purchase_goes_through_stripe(server: Stripe) -> None:
    stock(1)
    done = checkout.pay(checkout_id=held().checkout_id, provider="stripe", source=GOOD)
    assert done.stage is Stage.PLACED
    assert [intent["status"] for intent in server.intents.values()] == ["succeeded"]
    assert done.payment is not None
    assert (done.payment.card, done.payment.reference) == ("•••• 4242", "pi_1")


def test_a_notice_finishes_what_went_unanswered(server: Stripe, visitor: Client) -> None:
    silent = unanswered(server)
    assert silent.payment is not None
    assert tell(visitor, silent.payment.key) == 204
    assert Checkout.read(silent.checkout_id).stage is Stage.PLACED
    assert tell(visitor, silent.payment.key) == 204
    assert [intent["status"] for intent in server.intents.values()] == ["succeeded"]


def test_a_notice_that_stripe_did_not_sign_does_nothing(server: Stripe, visitor: Client) -> None:
    silent = unanswered(server)
    before = len(server.requests)
    assert silent.payment is not None
    assert tell(visitor, silent.payment.key, secret="whsec_other") == 400
    assert visitor.post("/payments/stripe/", b"", content_type="application/json").status_code == 400
    assert len(server.requests) == before


@pytest.mark.parametrize("key", ["", "nobody-1", "a/b ? #-1"])
def test_a_notice_about_no_checkout_of_ours_is_taken_and_forgotten(server: Stripe, visitor: Client, key: str) -> None:
    assert tell(visitor, key) == 204


def test_stripe_out_of_order_is_asked_again(server: Stripe) -> None:
    stock(1)
    found = held()
    server.out_of_order = "/v1/payment_intents"
    assert checkout.pay(checkout_id=found.checkout_id, provider="stripe", source=GOOD).stage is Stage.PAYING
    with pytest.raises(ProviderError):
        registry.provider("stripe").state(payment=Checkout.read(found.checkout_id).payment)  # type: ignore[arg-type]
    server.out_of_order = ""
    free = checkout.advance(checkout_id=found.checkout_id, now=Checkout.read(found.checkout_id).due)
    assert free.stage is Stage.HELD
    assert [intent["status"] for intent in server.intents.values()] == ["canceled"]
