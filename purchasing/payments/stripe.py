"""Stripe, by its own library: PaymentIntents that are captured later.

An intent is created first, which charges nobody, and confirmed then. Created again under the same idempotency key it is
the same intent: so it is found after a crash, and cancelled if it is not to be confirmed any more. Stripe remembers
such keys for a day at least; from the first answer on the intent's own id is used, and a refund is looked for by the
name it was given before it is made.

Cards only, in one step: one whose bank asks its owner for more (3-D Secure) is declined with advice to
take another. Sources are ids of payment methods, which Stripe's script on the page makes of a card; no number comes
here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import stripe
from stripe import PaymentIntent, StripeClient

from purchasing.models import Payment
from purchasing.payments import Answer, ProviderError, State

NAME = "stripe"
TIMEOUT_SECONDS = 10
RETRIES = 1
KEY = "payment_key"
"""Under this name an intent's metadata has our key of the payment."""

REFUND_KEY = "refund_key"
"""Under this name a refund's metadata has our key of the refund."""

NOT_PAID_BACK = ("failed", "canceled")

WITHOUT_DECIMALS = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF")
)
WITH_THREE_DECIMALS = frozenset(("BHD", "JOD", "KWD", "OMR", "TND"))
"""Their last digit must be 0."""

WITH_ZEROS = frozenset(("ISK", "UGX"))
"""They have no decimals any more, and are told with two zeros all the same.

Stripe's own lists: https://docs.stripe.com/currencies#minor-units and #special-cases. Those of payouts are others.
"""

STATES = {
    "requires_confirmation": State.UNKNOWN,
    "requires_action": State.PENDING,
    "processing": State.PENDING,
    "requires_capture": State.AUTHORISED,
    "succeeded": State.CAPTURED,
    "canceled": State.CANCELLED,
}
EXPANDED = {"expand": ["latest_charge"]}
REFUSED = "This card cannot be used here, and nothing was charged. Try another card."


@dataclass(frozen=True, slots=True)
class Told:
    """What a notice is about: the key of a payment of which something has become, or of a refund that a bank did not
    take. Both are empty when it is about none of ours."""

    payment: str = ""
    refund: str = ""


class AmountError(ValueError):
    """An amount that Stripe cannot take, or pay back."""


class SignatureError(ValueError):
    """A notice that Stripe has not signed, or not lately."""


class StripeProvider:
    """See the module."""

    name = NAME

    def __init__(self, *, secret_key: str, webhook_secret: str, api: str = stripe.DEFAULT_API_BASE) -> None:
        self._webhook_secret = webhook_secret
        self._client = StripeClient(
            secret_key,
            base_addresses={"api": api},
            max_network_retries=RETRIES,
            http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
        )

    @property
    def _intents(self) -> Any:
        return self._client.v1.payment_intents

    def authorise(self, *, payment: Payment, source: str) -> Answer:
        def confirm(intent: PaymentIntent) -> Answer:
            if _state(intent) is not State.UNKNOWN:
                return _answer(intent)
            wanted = {"payment_method": source, "error_on_requires_action": True} | EXPANDED
            options = {"idempotency_key": f"{payment.key}-confirm"}
            return self._done(intent.id, lambda: self._intents.confirm(intent.id, wanted, options))

        return self._answered(payment, confirm)

    def state(self, *, payment: Payment) -> Answer:
        return self._answered(payment, _answer)

    def capture(self, *, payment: Payment) -> Answer:
        """What this account does not know, the keys of another may have captured: that is no decline."""
        answer = self._once(payment, "capture")
        if answer.state is State.DECLINED and not answer.reference:
            raise ProviderError(f"Stripe does not know {payment.reference or payment.key}: do the keys belong to it?")
        return answer

    def cancel(self, *, payment: Payment) -> Answer:
        return self._once(payment, "cancel")

    def refund(self, *, payment: Payment, amount: Decimal, key: str) -> None:
        try:
            minor = minor_units(amount, payment.currency)
            intent = self._intent(payment).id
            if not self._is_refunded(intent, key):
                self._refund(intent, minor, key)
        except (AmountError, stripe.InvalidRequestError) as error:
            raise ProviderError(f"Stripe does not pay {amount} {payment.currency} back: {error}") from error

    def notice(self, *, body: bytes, signature: str) -> Told:
        """What a signed notice is about. What it says of a refund is asked, not believed.

        Raises ``SignatureError`` and ``ProviderError``.
        """
        try:
            # The library compares signatures as ASCII.
            signature.encode("ascii")
            event = self._client.construct_event(body, signature, self._webhook_secret)
        except (ValueError, stripe.SignatureVerificationError) as error:
            raise SignatureError(str(error)) from error
        told = event.to_dict().get("data", {}).get("object", {})
        if told.get("object") == "refund":
            return Told(refund=self._not_taken(str(told.get("id", ""))))
        return Told(payment=str((told.get("metadata") or {}).get(KEY, "")))

    def _not_taken(self, refund: str) -> str:
        """Our key of a refund that a bank did not take; empty of all others, those of another shop too."""
        try:
            found = _asked(lambda: self._client.v1.refunds.retrieve(refund)).to_dict()
        except stripe.InvalidRequestError:
            return ""
        return str((found.get("metadata") or {}).get(REFUND_KEY, "")) if found["status"] in NOT_PAID_BACK else ""

    def _once(self, payment: Payment, action: str) -> Answer:
        options = {"idempotency_key": f"{payment.key}-{action}"}
        act = getattr(self._intents, action)
        return self._answered(payment, lambda intent: self._done(intent.id, lambda: act(intent.id, {}, options)))

    def _is_refunded(self, intent: str, key: str) -> bool:
        wanted: Any = {"payment_intent": intent, "limit": 100}
        found = _asked(lambda: list(self._client.v1.refunds.list(wanted).auto_paging_iter()))
        made = [each.to_dict() for each in found if each.status not in NOT_PAID_BACK]
        return any((each.get("metadata") or {}).get(REFUND_KEY) == key for each in made)

    def _refund(self, intent: str, minor: int, key: str) -> None:
        wanted: Any = {"payment_intent": intent, "amount": minor, "metadata": {REFUND_KEY: key}}
        made = _asked(lambda: self._client.v1.refunds.create(wanted, {"idempotency_key": key}))
        if made.status in NOT_PAID_BACK:
            raise ProviderError(f"Stripe has not paid back by {made.id}: look at it there.")

    def _answered(self, payment: Payment, act: Callable[[PaymentIntent], Answer]) -> Answer:
        """What comes of it; a payment that Stripe does not take, such as one too small, can only be declined."""
        try:
            intent = self._intent(payment)
        except (AmountError, stripe.InvalidRequestError):
            return Answer(State.DECLINED, message=REFUSED)
        return act(intent)

    def _intent(self, payment: Payment) -> PaymentIntent:
        """The payment's intent; one that charges nobody yet when there was none."""
        if payment.reference:
            return self._retrieved(payment.reference)
        wanted = {
            "amount": minor_units(payment.amount, payment.currency),
            "currency": payment.currency.lower(),
            "capture_method": "manual",
            "payment_method_types": ["card"],
            "metadata": {KEY: payment.key},
        }
        made = _asked(lambda: self._intents.create(wanted, {"idempotency_key": f"{payment.key}-create"}))
        # Made before, it is answered as it was then.
        return self._retrieved(made.id)

    def _retrieved(self, intent_id: str) -> PaymentIntent:
        found: PaymentIntent = _asked(lambda: self._intents.retrieve(intent_id, EXPANDED))
        return found

    def _done(self, intent_id: str, act: Callable[[], PaymentIntent]) -> Answer:
        """What came of it. What Stripe refuses to do leaves the intent as it is, which then is the answer."""
        try:
            return _answer(_asked(act))
        except stripe.CardError as error:
            return Answer(State.DECLINED, reference=intent_id, message=error.user_message or REFUSED)
        except stripe.InvalidRequestError:
            answer = _answer(self._retrieved(intent_id))
        return Answer(State.DECLINED, answer.reference, message=REFUSED) if answer.state is State.UNKNOWN else answer


def minor_units(amount: Decimal, currency: str) -> int:
    """An amount as Stripe counts it. Raises ``AmountError`` for one that is no multiple of ``coin``."""
    if amount % coin(currency):
        raise AmountError(f"{amount} {currency} cannot be charged: it has too many decimals.")
    return int(amount.scaleb(_digits(currency)))


def coin(currency: str) -> Decimal:
    """The smallest amount of a currency that Stripe takes."""
    if currency in WITH_THREE_DECIMALS:
        return Decimal("0.01")
    return Decimal(1) if currency in WITH_ZEROS else Decimal(1).scaleb(-_digits(currency))


def _digits(currency: str) -> int:
    """With how many decimals Stripe counts a currency."""
    return 0 if currency in WITHOUT_DECIMALS else 3 if currency in WITH_THREE_DECIMALS else 2


def _asked(act: Callable[[], Any]) -> Any:
    """What Stripe answers. Raises ``CardError`` and ``InvalidRequestError`` as they are, else ``ProviderError``."""
    try:
        return act()
    except (stripe.CardError, stripe.InvalidRequestError):
        raise
    except stripe.StripeError as error:
        raise ProviderError(f"Stripe cannot be asked now: {error.user_message or error}") from error


def _state(intent: PaymentIntent) -> State:
    if intent.status == "requires_payment_method":
        return State.DECLINED if intent.last_payment_error else State.UNKNOWN
    return STATES.get(intent.status, State.PENDING)


def _answer(intent: PaymentIntent) -> Answer:
    told = intent.to_dict()
    charge, error = told.get("latest_charge"), told.get("last_payment_error") or {}
    details = charge.get("payment_method_details") or {} if isinstance(charge, dict) else {}
    last = (details.get("card") or {}).get("last4", "")
    card = f"•••• {last}" if last else ""
    return Answer(_state(intent), reference=intent.id, card=card, message=error.get("message", ""))
