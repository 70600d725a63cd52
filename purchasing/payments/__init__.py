"""Who takes the money: one small interface, one provider a module.

A payment is authorised first, then captured: money moves only once the goods are the shopper's. Every call names the
payment by its ``key``, so that asked again it means the same payment, and can be asked for after a crash.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from purchasing.models import Payment


class State(StrEnum):
    """What has become of a payment."""

    UNKNOWN = "unknown"
    """The provider never heard of it: nothing was and will be charged unless it is authorised again."""
    PENDING = "pending"
    """Nobody knows yet: ask again later."""
    AUTHORISED = "authorised"
    DECLINED = "declined"
    CAPTURED = "captured"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Answer:
    """A provider's answer: what became of the payment, its own reference, the card as people know it (``•••• 4242``),
    and what to tell the shopper."""

    state: State
    reference: str = ""
    card: str = ""
    message: str = ""


class ProviderError(RuntimeError):
    """The provider cannot be reached, or did not answer in time. Whether it did anything must be asked later."""


class Provider(Protocol):
    """Every method may be called again, and then answers as before. Raises ``ProviderError``."""

    name: str

    def authorise(self, *, payment: Payment, source: str) -> Answer:
        """Set the amount aside on what ``source`` stands for: a card number of the test provider, a token of others."""

    def state(self, *, payment: Payment) -> Answer:
        """What has become of it."""

    def capture(self, *, payment: Payment) -> Answer:
        """Take the amount that was authorised."""

    def cancel(self, *, payment: Payment) -> Answer:
        """Let go of what was authorised. A payment that is still unknown or pending will not be authorised after it."""

    def refund(self, *, payment: Payment, amount: Decimal, key: str) -> None:
        """Pay back part of what was captured; ``key`` names the refund, which happens once."""
