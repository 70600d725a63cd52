"""The embedded test provider keeps what every provider promises."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from purchasing.models import Payment
from purchasing.payments import ProviderError, State
from purchasing.payments.testing import APPROVED, LATE, REFUSED, SILENT, Charge, TestProvider

PAYMENT = Payment(provider="test", key="checkout-1", amount=Decimal("44.70"), currency="USD")
provider = TestProvider()


def state() -> State:
    return provider.state(payment=PAYMENT).state


def test_of_many_who_authorise_at_once_the_first_decides() -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda card: provider.authorise(payment=PAYMENT, source=card), [APPROVED, REFUSED] * 8))
    assert len({answer.state for answer in answers}) == 1
    assert Charge.read(PAYMENT.key).version == 1


def test_what_was_cancelled_before_is_never_authorised() -> None:
    assert provider.cancel(payment=PAYMENT).state is State.CANCELLED
    assert provider.authorise(payment=PAYMENT, source=APPROVED).state is State.CANCELLED
    assert provider.capture(payment=PAYMENT).state is State.CANCELLED


def test_what_was_captured_is_not_cancelled() -> None:
    provider.authorise(payment=PAYMENT, source=APPROVED)
    assert provider.capture(payment=PAYMENT).state is State.CAPTURED
    assert provider.cancel(payment=PAYMENT).state is State.CAPTURED


def test_what_was_declined_is_not_captured() -> None:
    provider.authorise(payment=PAYMENT, source=REFUSED)
    assert provider.capture(payment=PAYMENT).state is State.DECLINED


def test_a_silent_bank_knows_nothing_later() -> None:
    with pytest.raises(ProviderError):
        provider.authorise(payment=PAYMENT, source=SILENT)
    assert state() is State.UNKNOWN


def test_a_late_bank_has_agreed_when_it_is_asked() -> None:
    with pytest.raises(ProviderError):
        provider.authorise(payment=PAYMENT, source=LATE)
    assert state() is State.AUTHORISED


def test_a_refund_is_made_once_and_never_more_than_was_paid() -> None:
    provider.authorise(payment=PAYMENT, source=APPROVED)
    with pytest.raises(ProviderError):
        provider.refund(payment=PAYMENT, amount=Decimal(1), key="too early")
    provider.capture(payment=PAYMENT)
    for _time in range(2):
        provider.refund(payment=PAYMENT, amount=Decimal(40), key="first")
    with pytest.raises(ProviderError):
        provider.refund(payment=PAYMENT, amount=Decimal(5), key="second")
    assert Charge.read(PAYMENT.key).refunded == Decimal(40)
