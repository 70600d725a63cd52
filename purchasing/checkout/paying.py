"""The money is set aside: from HELD through PAYING to AUTHORISED.

The attempt, with the key that names it to the provider, is written down before the provider hears of it. Whoever finds
it later asks what has become of it. One that the provider does not know is cancelled before another is begun, so that
an answer on its way cannot become a second charge.
"""

from purchasing import placing
from purchasing.checkout import records, seen
from purchasing.checkout.records import moved, recorded
from purchasing.models import Buyer, Checkout, Payment, Stage
from purchasing.payments import Answer, Provider, ProviderError, State, registry
from purchasing.stored import ATTEMPTS

WAITING = "Your bank has not answered yet. We keep asking: please do not pay again."
DECLINED = "The payment was declined, and nothing was charged. Try another card."
UNANSWERED = (
    "Your bank did not answer, so the payment was cancelled and nothing was charged. Try again, or another card."
)
MOST_ATTEMPTS = 10
TOO_MANY = "This was tried with too many cards. Nothing was charged: begin again from your cart."
NEEDS_EMAIL = "Tell us your e-mail address, so that we can send you the confirmation."


CHANGED = (
    "What you pay for has changed meanwhile, in another window perhaps. Here is what holds now: nothing was charged."
)


def pay(*, checkout_id: str, provider: Provider, source: str, email: str, agreed: str | None, now: int) -> None:
    """Begin a payment, if the checkout waits for one, and record how it went."""
    if (begun := _begun(checkout_id, provider, email, agreed, now)) is None:
        return
    payment = payment_of(begun)
    try:
        answer = provider.authorise(payment=payment, source=source)
    except ProviderError:
        moved(begun, due=records.clock(now) + records.ASK_AGAIN, problem=WAITING)
    else:
        _answered(begun, answer)


def ask(checkout: Checkout, now: int) -> Checkout:
    """PAYING: what has become of it? Raises ``ProviderError``."""
    payment = payment_of(checkout)
    provider = registry.provider(payment.provider)
    answer = provider.state(payment=payment)
    if answer.state in (State.UNKNOWN, State.PENDING) and now >= _patience(checkout, answer.state):
        answer = provider.cancel(payment=payment)
    return _answered(checkout, answer)


def payment_of(checkout: Checkout) -> Payment:
    """The payment of a checkout that has one."""
    if checkout.payment is None:
        raise ValueError(f"Checkout {checkout.checkout_id} is {checkout.stage} without a payment.")
    return checkout.payment


def _begun(checkout_id: str, provider: Provider, email: str, agreed: str | None, now: int) -> Checkout | None:
    """The checkout with a new payment; None when it waits for none: somebody else is at it, or its time is over.

    What was agreed to is compared with the very version that the payment is written to.
    """
    for _attempt in range(ATTEMPTS):
        checkout = Checkout.read(checkout_id)
        if checkout.stage is not Stage.HELD or now >= checkout.expires:
            return None
        if agreed is not None and agreed != seen.digest(checkout):
            raise records.CheckoutError(CHANGED)
        if begun := _attempted(checkout, provider, email, now):
            return begun
    raise records.CheckoutError("This checkout is changed from elsewhere all the time: try again in a moment.")


def _attempted(checkout: Checkout, provider: Provider, email: str, now: int) -> Checkout | None:
    attempt, cost = checkout.attempts + 1, checkout.totals
    if attempt > MOST_ATTEMPTS:
        raise records.CheckoutError(TOO_MANY)
    if cost is None:
        raise ValueError(f"Checkout {checkout.checkout_id} is held without totals.")
    key = f"{checkout.checkout_id}-{attempt}"
    return recorded(
        checkout,
        stage=Stage.PAYING,
        attempts=attempt,
        payment=Payment(provider=provider.name, key=key, amount=cost.total, currency=cost.currency),
        number=checkout.number or placing.draw_number(region=checkout.region),
        buyer=_reachable(checkout.buyer, email),
        problem="",
        due=now + records.PAYING,
    )


def _reachable(buyer: Buyer, email: str) -> Buyer:
    address = email or buyer.email
    if not address:
        raise records.CheckoutError(NEEDS_EMAIL)
    return buyer.model_copy(update={"email": address})


def _patience(checkout: Checkout, state: State) -> int:
    """Until when an undecided payment is waited for: one that the bank thinks about, as long as the units are kept."""
    return checkout.due if state is State.UNKNOWN else max(checkout.due, checkout.expires)


def _answered(checkout: Checkout, answer: Answer) -> Checkout:
    if answer.state in (State.UNKNOWN, State.PENDING):
        return _undecided(checkout, answer)
    if answer.state in (State.AUTHORISED, State.CAPTURED):
        return _authorised(checkout, answer)
    told = answer.message or (DECLINED if answer.state is State.DECLINED else UNANSWERED)
    return moved(checkout, stage=Stage.HELD, payment=None, due=checkout.expires, problem=told)


def _undecided(checkout: Checkout, answer: Answer) -> Checkout:
    """As it was, with the provider's own name of the payment once that is known."""
    payment = payment_of(checkout)
    if answer.reference in ("", payment.reference):
        return checkout
    return moved(checkout, payment=payment.model_copy(update={"reference": answer.reference}))


def _authorised(checkout: Checkout, answer: Answer) -> Checkout:
    found = {"reference": answer.reference, "card": answer.card}
    payment = payment_of(checkout).model_copy(update=found)
    kept = recorded(checkout, stage=Stage.AUTHORISED, payment=payment, problem="")
    return kept or _without_orphan(checkout)


def _without_orphan(checkout: Checkout) -> Checkout:
    """Somebody was faster. An authorisation that the checkout does not go on with is let go."""
    payment, current = payment_of(checkout), Checkout.read(checkout.checkout_id)
    if current.payment is None or current.payment.key != payment.key:
        registry.provider(payment.provider).cancel(payment=payment)
    return current
