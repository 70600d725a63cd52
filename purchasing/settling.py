"""Gives back what a cancellation, a return or a refund owes, step by step, each exactly once.

Whoever is interrupted leaves an order that says what is still to be done: call ``finish`` again. Stock and provider
know an order's step by its name, so that a step done twice counts once; what is done is noted before the next begins.
Names begin with the order's checkout, of which there is one for ever: a number may come again, when the node that
counts them goes back to older data, and others would take the new order's steps for those of the lost one.
"""

from collections.abc import Callable
from decimal import Decimal

from inventory import api as inventory
from purchasing import refunds, stored
from purchasing.models import Event, Order, Settlement, now
from purchasing.payments import Provider, ProviderError, State, registry

SHOP = "shop"

Change = Callable[[Order, Settlement], Order]


def finish(*, number: str) -> Order:
    """Do whatever the order's settlements leave to be done.

    Raises ``inventory.api.StockUnavailableError`` and ``payments.ProviderError`` when a part must wait; what could be
    done is done, and the rest is found by the schedule.
    """
    order = Order.read(number)
    for settlement in order.settlements:
        if not settlement.stocked:
            _restock(order, settlement)
            order = _note(number, settlement.step, _stocked)
        if not settlement.paid and not settlement.bounced:
            charged = _pay_back(order, settlement)
            order = _note(number, settlement.step, _paid if charged else _uncharged)
    return order


def _restock(order: Order, settlement: Settlement) -> None:
    for units in (each for each in settlement.units if each.sellable):
        inventory.give_back(
            sku=units.sku,
            location=units.handed_in or units.location,
            quantity=units.quantity,
            operation=inventory.Operation(
                f"order:{order.checkout_id}:{settlement.step}:{units.location}:{units.sku}",
                who=SHOP,
                why=f"{settlement.step} of order {order.number}",
            ),
            sold_in=order.region,
        )


def _pay_back(order: Order, settlement: Settlement) -> bool:
    """Pay the amount back; whether there was any charge to pay it from.

    What is only authorised is captured first: another process may be about to, and a refund holds whoever was first.
    """
    if not settlement.amount:
        return True
    provider = registry.provider(order.payment.provider)
    if not _captured(provider, order):
        return False
    provider.refund(payment=order.payment, amount=settlement.amount, key=refunds.refund_key(order, settlement.step))
    return True


def _captured(provider: Provider, order: Order) -> bool:
    state = provider.state(payment=order.payment).state
    if state is State.AUTHORISED:
        state = provider.capture(payment=order.payment).state
    if state in (State.PENDING, State.AUTHORISED):
        raise ProviderError(f"Payment {order.payment.key} is not decided yet: it is paid back later.")
    if order.paid and state is not State.CAPTURED:
        raise ProviderError(f"Payment {order.payment.key} was taken, and is {state} to its provider now: see to it.")
    return state is State.CAPTURED


def _note(number: str, step: str, changed: Change) -> Order:
    def decide(order: Order) -> Order | None:
        settlement = next(each for each in order.settlements if each.step == step)
        noted = changed(order, settlement)
        return None if noted is order else noted

    return stored.change(lambda: Order.read(number), decide)


def _stocked(order: Order, settlement: Settlement) -> Order:
    return order if settlement.stocked else order.with_settlement(settlement, stocked=True)


def _paid(order: Order, settlement: Settlement) -> Order:
    if settlement.paid or settlement.bounced:
        return order
    said = f"{settlement.amount:f} {order.totals.currency} paid back"
    event = Event(status=order.status, at=now(), who=SHOP, note=said, paid_back=settlement.amount)
    noted = order.with_settlement(settlement, paid=True)
    paid: Order = noted.model_copy(
        update={
            "refunded": order.refunded + settlement.amount,
            "history": (*order.history, event),
        }
    )
    return paid


def _uncharged(order: Order, settlement: Settlement) -> Order:
    """Nothing was ever charged, so nothing is owed."""
    return order if settlement.paid else order.with_settlement(settlement, paid=True, amount=Decimal(0))
