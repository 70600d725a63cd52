"""The units become the shopper's, then the order is written, then the money is taken: from AUTHORISED to PLACED.

In this order nobody is charged without an order, and no order is without its units. Whatever is done twice, by two at
once or after a crash, counts once: a hold is confirmed once, an order has its checkout's number, a payment its key.
"""

from inventory import api as inventory
from inventory.api import Hold, HoldEndedError
from purchasing import carts, orders, placing
from purchasing.checkout import holding
from purchasing.checkout.paying import payment_of
from purchasing.checkout.records import moved
from purchasing.models import Checkout, Stage, units_of
from purchasing.payments import ProviderError, State, registry
from purchasing.placing import NumberTakenError

UNPAID = "Your bank did not let us have the money, so the order was cancelled and nothing was charged. Begin again."


def confirm(checkout: Checkout, now: int) -> Checkout:
    """AUTHORISED: the units are sold; when their hold has ended, the money is let go."""
    try:
        inventory.confirm(hold=Hold.decoded(checkout.hold), who=checkout.checkout_id)
    except HoldEndedError:
        return _too_late(checkout, now)
    return moved(checkout, stage=Stage.CONFIRMED)


def place(checkout: Checkout, _now: int) -> Checkout:
    """CONFIRMED: the order is written, then paid."""
    try:
        placing.write(checkout=checkout)
    except NumberTakenError:
        return moved(checkout, number=placing.draw_number(region=checkout.region))
    payment = payment_of(checkout)
    answer = registry.provider(payment.provider).capture(payment=payment)
    if answer.state is State.CAPTURED:
        orders.paid(number=checkout.number)
        return moved(checkout, stage=Stage.ORDERED)
    if answer.state in (State.AUTHORISED, State.PENDING, State.UNKNOWN):
        raise ProviderError(f"Payment {payment.key} is {answer.state} and cannot be taken yet.")
    return _unpaid(checkout)


def settle(checkout: Checkout, _now: int) -> Checkout:
    """ORDERED: what was bought is no longer in the cart, and the shopper gets to know of the order."""
    bought = units_of(checkout.items)
    carts.take_out(cart_id=checkout.cart_id, bought=bought, checkout_id=checkout.checkout_id)
    orders.tell(number=checkout.number)
    return moved(checkout, stage=Stage.PLACED)


def _too_late(checkout: Checkout, now: int) -> Checkout:
    payment = payment_of(checkout)
    answer = registry.provider(payment.provider).cancel(payment=payment)
    if answer.state not in (State.CANCELLED, State.DECLINED):
        raise ProviderError(f"Payment {payment.key} is {answer.state} and was not let go.")
    return holding.over(checkout, now)


def _unpaid(checkout: Checkout) -> Checkout:
    """The bank has let the money go before it was taken: the order is cancelled, which gives its units back."""
    orders.cancel(number=checkout.number, who=placing.WHO)
    return moved(checkout, stage=Stage.ENDED, hold="", problem=UNPAID)
