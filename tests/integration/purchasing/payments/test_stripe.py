"""What the shop asks of Stripe, by Stripe's own library, and what it makes of the answers."""

import json
import time
from collections.abc import Iterator
from decimal import Decimal

import pytest
import stripe

from purchasing.models import Payment
from purchasing.payments import ProviderError, State
from purchasing.payments.stripe import SignatureError, StripeProvider, Told, minor_units
from tests import stripe_server
from tests.stripe_server import DECLINED, GOOD, SECRET, UNKNOWN, Stripe

PAYMENT = Payment(provider="stripe", key="checkout-1", amount=Decimal("44.70"), currency="USD")


@pytest.fixture
def server() -> Iterator[Stripe]:
    with stripe_server.serving() as accounts:
        yield accounts


@pytest.fixture
def provider(server: Stripe) -> StripeProvider:
    return StripeProvider(secret_key="sk_test_shop", webhook_secret=SECRET, api=server.address)


def test_a_payment_is_created_then_confirmed_and_captured_later(server: Stripe, provider: StripeProvider) -> None:
    answer = provider.authorise(payment=PAYMENT, source=GOOD)
    assert (answer.state, answer.reference, answer.card) == (State.AUTHORISED, "pi_1", "•••• 4242")
    known = PAYMENT.model_copy(update={"reference": answer.reference})
    assert provider.capture(payment=known).state is State.CAPTURED
    posts = [
        (path, form, headers["idempotency-key"]) for method, path, form, headers in server.requests if method == "POST"
    ]
    assert [(path, key) for path, _form, key in posts] == [
        ("/v1/payment_intents", "checkout-1-create"),
        ("/v1/payment_intents/pi_1/confirm", "checkout-1-confirm"),
        ("/v1/payment_intents/pi_1/capture", "checkout-1-capture"),
    ]
    assert posts[0][1] == {
        "amount": "4470",
        "currency": "usd",
        "capture_method": "manual",
        "payment_method_types[0]": "card",
        "metadata[payment_key]": "checkout-1",
    }
    assert posts[1][1]["payment_method"] == GOOD
    assert posts[1][1]["error_on_requires_action"] == "true"


def test_asked_twice_it_is_one_intent(server: Stripe, provider: StripeProvider) -> None:
    for _time in range(2):
        assert provider.authorise(payment=PAYMENT, source=GOOD).state is State.AUTHORISED
    assert len(server.intents) == 1


def test_a_declined_card_says_why(provider: StripeProvider) -> None:
    answer = provider.authorise(payment=PAYMENT, source=DECLINED)
    assert (answer.state, answer.message) == (State.DECLINED, "Your card was declined.")
    assert provider.state(payment=PAYMENT).state is State.DECLINED


def test_a_source_that_is_none_is_declined(provider: StripeProvider) -> None:
    assert provider.authorise(payment=PAYMENT, source=UNKNOWN).state is State.DECLINED


def test_what_was_never_confirmed_is_unknown_and_cancelled_never_will_be(provider: StripeProvider) -> None:
    assert provider.state(payment=PAYMENT).state is State.UNKNOWN
    assert provider.cancel(payment=PAYMENT).state is State.CANCELLED
    assert provider.cancel(payment=PAYMENT).state is State.CANCELLED
    assert provider.authorise(payment=PAYMENT, source=GOOD).state is State.CANCELLED


def test_an_authorisation_whose_answer_was_lost_is_found(server: Stripe, provider: StripeProvider) -> None:
    provider.authorise(payment=PAYMENT, source=GOOD)
    answer = provider.state(payment=PAYMENT)
    assert (answer.state, answer.reference) == (State.AUTHORISED, "pi_1")
    assert len(server.intents) == 1


def test_what_was_captured_cannot_be_cancelled_and_is_captured_once(provider: StripeProvider) -> None:
    provider.authorise(payment=PAYMENT, source=GOOD)
    assert provider.capture(payment=PAYMENT).state is State.CAPTURED
    assert provider.capture(payment=PAYMENT).state is State.CAPTURED
    assert provider.cancel(payment=PAYMENT).state is State.CAPTURED


def test_what_was_cancelled_is_not_captured(provider: StripeProvider) -> None:
    provider.authorise(payment=PAYMENT, source=GOOD)
    provider.cancel(payment=PAYMENT)
    assert provider.capture(payment=PAYMENT).state is State.CANCELLED


def test_a_refund_is_made_once(server: Stripe, provider: StripeProvider) -> None:
    provider.authorise(payment=PAYMENT, source=GOOD)
    provider.capture(payment=PAYMENT)
    for _time in range(2):
        provider.refund(payment=PAYMENT, amount=Decimal("10"), key="US-000001:return-1")
    named = {"metadata[refund_key]": "US-000001:return-1"}
    assert server.refunds == [{"payment_intent": "pi_1", "amount": "1000"} | named]


def test_a_refund_whose_answer_was_lost_is_found_when_stripe_has_forgotten_its_key(
    server: Stripe, provider: StripeProvider
) -> None:
    provider.authorise(payment=PAYMENT, source=GOOD)
    provider.capture(payment=PAYMENT)
    for key in ("return-1", "return-1", "return-2"):
        provider.refund(payment=PAYMENT, amount=Decimal("10"), key=key)
        server.answered.clear()
    assert [form["metadata[refund_key]"] for form in server.refunds] == ["return-1", "return-2"]


def test_a_refund_that_has_failed_is_none(server: Stripe, provider: StripeProvider) -> None:
    provider.authorise(payment=PAYMENT, source=GOOD)
    provider.capture(payment=PAYMENT)
    server.refunds_are = "failed"
    with pytest.raises(ProviderError, match="not paid back"):
        provider.refund(payment=PAYMENT, amount=Decimal("10"), key="return-1")


def test_a_payment_of_another_account_is_not_taken_for_one_that_was_declined(
    server: Stripe, provider: StripeProvider
) -> None:
    known = PAYMENT.model_copy(update={"reference": provider.authorise(payment=PAYMENT, source=GOOD).reference})
    server.intents.clear()
    with pytest.raises(ProviderError, match="does not know pi_1"):
        provider.capture(payment=known)
    with pytest.raises(ProviderError):
        provider.refund(payment=known, amount=Decimal("10"), key="return-1")


@pytest.mark.parametrize("what", ["/v1/payment_intents", "/confirm"])
def test_without_an_answer_nobody_knows(server: Stripe, provider: StripeProvider, what: str) -> None:
    server.out_of_order = what
    with pytest.raises(ProviderError):
        provider.authorise(payment=PAYMENT, source=GOOD)


def test_a_wrong_key_is_no_decline(server: Stripe) -> None:
    wrong = StripeProvider(secret_key="sk_test_other", webhook_secret=SECRET, api=server.address)
    with pytest.raises(ProviderError):
        wrong.state(payment=PAYMENT)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("44.70", "USD", 4470),
        ("500", "JPY", 500),
        ("1.23", "KWD", 1230),
        ("1.230", "KWD", 1230),
        ("0", "EUR", 0),
        # No decimals any more, and told with two; decimals only when paid out.
        ("5", "ISK", 500),
        ("5", "UGX", 500),
        ("10.45", "HUF", 1045),
        ("10.45", "TWD", 1045),
    ],
)
def test_amounts_are_whole_numbers_of_the_smallest_unit(amount: str, currency: str, minor: int) -> None:
    assert minor_units(Decimal(amount), currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency"), [("1.005", "USD"), ("1.5", "JPY"), ("1.234", "KWD"), ("1.5", "ISK"), ("1.5", "UGX")]
)
def test_no_amount_is_rounded(amount: str, currency: str) -> None:
    with pytest.raises(ValueError, match="too many decimals"):
        minor_units(Decimal(amount), currency)


def test_a_payment_that_stripe_does_not_take_is_declined(provider: StripeProvider) -> None:
    tiny = PAYMENT.model_copy(update={"amount": Decimal("0.01")})
    assert provider.authorise(payment=tiny, source=GOOD).state is State.DECLINED
    assert provider.state(payment=tiny).state is State.DECLINED


def test_an_amount_that_stripe_cannot_take_is_declined_before_it_is_asked(
    server: Stripe, provider: StripeProvider
) -> None:
    odd = PAYMENT.model_copy(update={"amount": Decimal("1.234"), "currency": "KWD"})
    assert provider.authorise(payment=odd, source=GOOD).state is State.DECLINED
    assert not server.requests


def test_an_amount_that_cannot_be_paid_back_is_no_crash(server: Stripe, provider: StripeProvider) -> None:
    provider.authorise(payment=PAYMENT, source=GOOD)
    provider.capture(payment=PAYMENT)
    with pytest.raises(ProviderError, match="too many decimals"):
        provider.refund(payment=PAYMENT, amount=Decimal("1.005"), key="odd")
    assert not server.refunds


# --- Notices ---


def notice_of(key: str = "checkout-1") -> str:
    intent = {"id": "pi_1", "object": "payment_intent", "metadata": {"payment_key": key}}
    return json.dumps(
        {"id": "evt_1", "object": "event", "type": "payment_intent.succeeded", "data": {"object": intent}}
    )


def signed(body: str, *, secret: str = SECRET, at: int = 0) -> str:
    return str(stripe.WebhookSignature.generate_signature_header(body, secret, timestamp=at or None))


def test_a_signed_notice_names_its_payment(provider: StripeProvider) -> None:
    body = notice_of()
    assert provider.notice(body=body.encode(), signature=signed(body)) == Told(payment="checkout-1")


def test_a_notice_about_something_else_names_none(provider: StripeProvider) -> None:
    body = json.dumps({"id": "evt_1", "object": "event", "type": "payout.paid", "data": {"object": {"id": "po_1"}}})
    assert provider.notice(body=body.encode(), signature=signed(body)) == Told()


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "t=1,v1=abc",
        "nonsense",
        "t=1,v1=\N{LATIN SMALL LETTER E WITH ACUTE}",
        signed(notice_of(), secret="whsec_other"),
        signed(notice_of("checkout-2")),
        signed(notice_of(), at=int(time.time()) - 3_600),
    ],
    ids=("none", "wrong", "nonsense", "not ASCII", "another secret", "another notice", "an hour old"),
)
def test_others_notices_are_refused(provider: StripeProvider, signature: str) -> None:
    with pytest.raises(SignatureError):
        provider.notice(body=notice_of().encode(), signature=signature)


def test_a_signed_notice_that_makes_no_sense_is_refused(provider: StripeProvider) -> None:
    with pytest.raises(SignatureError):
        provider.notice(body=b"{", signature=signed("{"))
