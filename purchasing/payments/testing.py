"""The embedded test provider: no money moves, and everything else is as with a real one.

=====================  ==============================================================================
4242 4242 4242 4242    is approved
4000 0000 0000 0002    is declined
4000 0000 0000 0119    never answers, and nothing was authorised
4000 0000 0000 0077    does not answer in time, and has been authorised when it is asked about later
=====================  ==============================================================================

Any other number is declined, so that nobody is led to type a real one; of each only the last four digits are kept.
What it knows of a payment is a document of its own, changed by compare and set: one charge a key, whoever asks.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import ClassVar

from pydantic import Field
from redis_om import Field as KeyField

from purchasing import keyspace, stored
from purchasing.models import Amount, Currency, Payment
from purchasing.payments import Answer, ProviderError, State
from purchasing.stored import Versioned

NAME = "test"
APPROVED, REFUSED = "4242424242424242", "4000000000000002"
SILENT, LATE = "4000000000000119", "4000000000000077"
CARDS = {
    APPROVED: "Approved",
    REFUSED: "Declined",
    SILENT: "The bank never answers",
    LATE: "Approved, but the bank answers late",
}
SHORTEST, LONGEST = 12, 19
HIGHEST_DIGIT = 9


class Charge(Versioned, index=True):
    """What the provider knows of one payment; ``refunds`` are amounts by the key of each."""

    keep_seconds: ClassVar[int] = 0

    charge_key: str = KeyField(primary_key=True)
    state: State = State.UNKNOWN
    amount: Amount = Decimal(0)
    currency: Currency = "USD"
    card: str = ""
    message: str = ""
    refunds: dict[str, Amount] = Field(default_factory=dict)

    class Meta:
        global_key_prefix = keyspace.PREFIX
        model_key_prefix = keyspace.CHARGE

    @property
    def refunded(self) -> Decimal:
        return sum(self.refunds.values(), Decimal(0))


class TestProvider:
    """See the module."""

    __test__ = False
    name = NAME

    def authorise(self, *, payment: Payment, source: str) -> Answer:
        """Decide once; a payment that was cancelled before stays so."""
        number = digits(source)
        if number == SILENT:
            raise ProviderError("The test bank does not answer.")
        charge = _changed(payment, lambda charge: None if charge.version else _decided(charge, payment, number))
        if number == LATE:
            raise ProviderError("The test bank does not answer in time.")
        return _answer(charge)

    def state(self, *, payment: Payment) -> Answer:
        return _answer(_charge(payment))

    def capture(self, *, payment: Payment) -> Answer:
        return _answer(_changed(payment, lambda charge: _turned(charge, (State.AUTHORISED,), State.CAPTURED)))

    def cancel(self, *, payment: Payment) -> Answer:
        """A payment never heard of is written down as cancelled: it will not be authorised after that."""
        undone = (State.UNKNOWN, State.PENDING, State.AUTHORISED)
        return _answer(_changed(payment, lambda charge: _turned(charge, undone, State.CANCELLED)))

    def refund(self, *, payment: Payment, amount: Decimal, key: str) -> None:
        def decide(charge: Charge) -> Charge | None:
            if key in charge.refunds:
                return None
            if charge.state is not State.CAPTURED or charge.refunded + amount > charge.amount:
                raise ProviderError(f"Payment {payment.key} has no {amount} {payment.currency} left to pay back.")
            repaid: Charge = charge.model_copy(update={"refunds": {**charge.refunds, key: amount}})
            return repaid

        _changed(payment, decide)


def digits(source: str) -> str:
    """A card number without its spaces and dashes; empty when it can be none (ISO/IEC 7812)."""
    number = source.replace(" ", "").replace("-", "")
    right = number.isascii() and number.isdigit() and SHORTEST <= len(number) <= LONGEST
    return number if right and _luhn(number) % 10 == 0 else ""


def _luhn(number: str) -> int:
    """The sum of Luhn's formula: from the right every second digit doubled, and cast out nines."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(digit - HIGHEST_DIGIT if digit > HIGHEST_DIGIT else digit for digit in doubled)


def _decided(charge: Charge, payment: Payment, number: str) -> Charge:
    state, message = _verdict(number)
    facts = {"amount": payment.amount, "currency": payment.currency, "card": f"•••• {number[-4:]}" if number else ""}
    decided: Charge = charge.model_copy(update=facts | {"state": state, "message": message})
    return decided


def _verdict(number: str) -> tuple[State, str]:
    if number in (APPROVED, LATE):
        return State.AUTHORISED, ""
    if number == REFUSED:
        return State.DECLINED, "Your bank declined this card, and nothing was charged. Try another card."
    if number:
        return State.DECLINED, "This shop takes test cards only, and nothing was charged. Use one of those listed."
    return State.DECLINED, "This is no card number, and nothing was charged. Check its digits."


def _charge(payment: Payment) -> Charge:
    return Charge.get_or_none(payment.key) or Charge(charge_key=payment.key)


def _changed(payment: Payment, decide: Callable[[Charge], Charge | None]) -> Charge:
    return stored.change(lambda: _charge(payment), decide)


def _turned(charge: Charge, before: tuple[State, ...], after: State) -> Charge | None:
    if charge.state not in before:
        return None
    turned: Charge = charge.model_copy(update={"state": after})
    return turned


def _answer(charge: Charge) -> Answer:
    reference = charge.charge_key if charge.version else ""
    return Answer(charge.state, reference=reference, card=charge.card, message=charge.message)
