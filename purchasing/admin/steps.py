"""What staff do with an order, step by step: who may, when it can be, what is asked before, and by which operation."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from purchasing import bouncing, noting, orders, refunds, returning
from purchasing.admin import models
from purchasing.admin.step_forms import CancelForm, PaidOtherwiseForm, ReceiveForm, RefundForm, RefuseForm, StepForm
from purchasing.models import Order, Return, ReturnState, Status

Possible = Callable[[Order, Return | None], bool]
Done = Callable[[StepForm], bool]
Do = Callable[[StepForm, str], Order]


@dataclass(frozen=True, slots=True)
class Step:
    """``done`` is whether what the form says is so already; ``do`` has it so, on behalf of somebody, once,
    and raises ``orders.ChangedError`` where another was quicker.

    ``reviewed``: what it comes to is shown before it is done. ``of_return``: it is about one return of the order.
    """

    name: str
    label: str
    permission: str
    asks: str
    possible: Possible
    done: Done
    do: Do
    form: type[StepForm] = StepForm
    reviewed: bool = False
    of_return: bool = False
    harmful: bool = False


def _becomes(name: str, label: str, status: Status, asks: str, do: Callable[..., Order]) -> Step:
    return Step(
        name,
        label,
        models.HANDLE,
        asks,
        lambda order, _returned: status in orders.next_statuses(order),
        lambda form: noting.has_been(form.order, status),
        lambda form, who: do(number=form.order.number, who=who, since=form.stood),
    )


def _receive(form: StepForm, who: str) -> Order:
    told = cast(ReceiveForm, form)
    return returning.receive(
        number=form.order.number,
        step=_step_of(form),
        who=who,
        quantities=told.came(),
        unsellable=told.spoilt(),
        since=form.stood,
    )


def _refuse(form: StepForm, who: str) -> Order:
    return returning.refuse(
        number=form.order.number, step=_step_of(form), who=who, reason=form.reason, since=form.stood
    )


def _received(form: StepForm) -> bool:
    """Whether just this has come already, as somebody has said before."""
    if not form.returned or form.returned.state is not ReturnState.RECEIVED or not form.is_valid():
        return False
    told, made = cast(ReceiveForm, form), noting.settlement_of(form.order, form.returned.step)
    return made is not None and made.quantities == told.came() and made.unsellable == told.spoilt()


def _refund(form: StepForm, who: str) -> Order:
    return orders.refund(
        number=form.order.number,
        step=refund_name(form),
        amount=form.amount(),
        who=who,
        why=form.reason,
        since=form.stood,
    )


def refund_name(form: StepForm) -> str:
    """One press of the button is one refund."""
    return f"refund-{form.mark}"


def _step_of(form: StepForm) -> str:
    return form.returned.step if form.returned else ""


def _is_open(_order: Order, returned: Return | None) -> bool:
    return returned is not None and returned.state is ReturnState.REQUESTED


STEPS = {
    step.name: step
    for step in (
        _becomes(
            "ready",
            "Ready to be collected",
            Status.READY,
            "The goods wait in the store. The shopper is told by e-mail.",
            orders.make_ready,
        ),
        _becomes(
            "ship",
            "Sent",
            Status.SHIPPED,
            "The goods are on their way. The shopper is told by e-mail; the order can no longer be cancelled.",
            orders.ship,
        ),
        _becomes("complete", "Handed over", Status.COMPLETED, "The shopper has the goods.", orders.complete),
        Step(
            "cancel",
            "Cancel",
            models.CANCEL,
            "All units go back into stock, all money to the shopper, who is told by e-mail. This cannot be taken back.",
            lambda order, _returned: order.status is Status.PLACED,
            lambda form: form.order.status is Status.CANCELLED,
            lambda form, who: orders.cancel(number=form.order.number, who=who, why=form.reason, since=form.stood),
            form=CancelForm,
            harmful=True,
        ),
        Step(
            "refund",
            "Pay back money",
            models.REFUND,
            "Money goes back, and no goods: what comes back to the shop is a return.",
            lambda order, _returned: order.paid and refunds.unpaid(order) > 0,
            lambda form: noting.settlement_of(form.order, refund_name(form)) is not None,
            _refund,
            form=RefundForm,
            reviewed=True,
        ),
        Step(
            "paid-otherwise",
            "Paid back otherwise",
            models.REFUND,
            "The bank of the card did not take what was paid back: the money is with the shop again. Pay the shopper"
            " in another way, then say here how.",
            lambda order, _returned: bool(order.bounced),
            lambda form: not form.order.bounced,
            lambda form, who: bouncing.paid_otherwise(
                number=form.order.number, who=who, how=form.reason, since=form.stood
            ),
            form=PaidOtherwiseForm,
        ),
        Step(
            "receive",
            "Receive",
            models.TAKE_BACK,
            "What has come goes back into stock, and its price to the shopper.",
            _is_open,
            _received,
            _receive,
            form=ReceiveForm,
            reviewed=True,
            of_return=True,
        ),
        Step(
            "refuse",
            "Refuse",
            models.TAKE_BACK,
            "Nothing of it goes back into stock, and nothing is paid back. The shopper is told by e-mail.",
            _is_open,
            lambda form: form.returned is not None and form.returned.state is ReturnState.REFUSED,
            _refuse,
            form=RefuseForm,
            of_return=True,
            harmful=True,
        ),
    )
}
