"""Goods that come back: asked for by the shopper, received or refused by the staff.

    shipped, completed ── request ──▶ return requested ── receive ──▶ as before, or returned when all is back
                                              └───────── refuse ────▶ as before

Nothing is put back or paid back before the goods are there. A return is named by its place in its order, and each step
of it counts once, however often it is said.
"""

from collections.abc import Mapping

from purchasing import noting, orders, refunds, return_time
from purchasing.models import Fulfilment, Order, Return, ReturnState, Settlement, Status, now
from purchasing.orders import OrderError

RETURNABLE = (Status.SHIPPED, Status.COMPLETED, Status.RETURN_REQUESTED)
LONGEST_REASON = 1_000

Units = Mapping[str, int]


def request(*, number: str, step: str, quantities: Units, who: str) -> Order:
    """Units shall come back, by SKU. ``step`` is what ``next_step`` said when they were chosen.

    Sent again, it counts once. Raises ``OrderError``.
    """
    wanted = _some(quantities)

    def decide(order: Order) -> Order | None:
        if _repeated(order, step, wanted):
            return None
        _require_returnable(order, step, wanted)
        asking = _with(order, Return(step=step, quantities=wanted))
        return noting.noted(asking, Status.RETURN_REQUESTED, who=who)

    order = orders.changed(number=number, decide=decide)
    orders.tell(number=number)
    return order


def receive(
    *,
    number: str,
    step: str,
    who: str,
    quantities: Units | None = None,
    unsellable: Units | None = None,
    since: str = "",
) -> Order:
    """The units of a return are here, or fewer of them: they go back into stock, and their price to the shopper.

    Those that are ``unsellable`` are paid back as the others are, but stay out of stock. Said again, it counts once.
    Raises ``OrderError``.
    """
    spoilt = None if unsellable is None else _some(unsellable)

    def decide(order: Order) -> Order | None:
        asked = _known(order, step)
        came = _some(asked.quantities if quantities is None else quantities)
        if asked.state is ReturnState.RECEIVED:
            _require_same(order, step, came if quantities is not None else None, spoilt)
            return None
        _require_open(asked)
        _require_asked(asked, came)
        _require_come(came, spoilt or {})
        return _received(order, asked, refunds.settlement(order, step=step, quantities=came, unsellable=spoilt), who)

    return orders.settled(number=number, decide=decide, since=since)


def refuse(*, number: str, step: str, who: str, reason: str, since: str = "") -> Order:
    """The shop does not take a return, and tells the shopper why. Said again, it counts once. Raises ``OrderError``."""
    why = reason.strip()
    if not 0 < len(why) <= LONGEST_REASON:
        raise OrderError(f"Say why it is refused, in {LONGEST_REASON} letters at most: the shopper gets to read it.")

    def decide(order: Order) -> Order | None:
        asked = _known(order, step)
        if asked.state is ReturnState.REFUSED:
            return None
        _require_open(asked)
        refused = _with(order, asked.model_copy(update={"state": ReturnState.REFUSED, "reason": why}))
        return noting.noted(refused, _status(refused), who=who, note=f"return refused: {why}")

    order = orders.changed(number=number, decide=decide, since=since)
    orders.tell(number=number)
    return order


def next_step(order: Order) -> str:
    """The name of the next return: whoever chooses units says by it what had been asked for by then."""
    settled = {each.step for each in order.settlements if each.step.startswith("return-")}
    return f"return-{1 + len(settled | {each.step for each in order.returns})}"


def _some(quantities: Units) -> dict[str, int]:
    return {sku: units for sku, units in quantities.items() if units}


def _with(order: Order, changed: Return) -> Order:
    """The order with a return that is new, or has changed."""
    before = {each.step: each for each in order.returns}
    newer: Order = order.model_copy(update={"returns": tuple((before | {changed.step: changed}).values())})
    return newer


def _known(order: Order, step: str) -> Return:
    found = next((each for each in order.returns if each.step == step), None)
    if found is None:
        raise OrderError(f"Order {order.number} has no return {step!r}.")
    return found


def _repeated(order: Order, step: str, wanted: Units) -> bool:
    """Whether this very return was asked for already. Raises ``OrderError`` when another one was."""
    made = next((each for each in order.returns if each.step == step), None)
    if made is not None and made.quantities != wanted:
        raise OrderError(
            "Another return of this order was asked for meanwhile: look at what is left, and choose again."
        )
    return made is not None


def _require_returnable(order: Order, step: str, wanted: Units) -> None:
    left = refunds.returnable(order)
    if order.status not in RETURNABLE:
        raise OrderError(f"Order {order.number} is {order.status.words}: what you have not received cannot come back.")
    if return_time.is_over(order, now=now()):
        raise OrderError(f"The time to send back what was bought by order {order.number} has ended.")
    if not wanted:
        raise OrderError("Choose how many units come back.")
    if step != next_step(order):
        raise OrderError("This form is out of date: look at what is left, and choose again.")
    for sku, units in wanted.items():
        if not 0 < units <= left.get(sku, 0):
            raise OrderError(f"Of {sku}, {left.get(sku, 0)} can come back.")


def _require_open(asked: Return) -> None:
    if asked.state is not ReturnState.REQUESTED:
        raise OrderError(f"{asked.step} was {asked.state.value} already.")


def _require_same(order: Order, step: str, came: Units | None, spoilt: Units | None) -> None:
    """What is said of a return that was received before must be what was said then."""
    made = noting.settlement_of(order, step)
    if made and ((came is not None and made.quantities != came) or (spoilt is not None and made.unsellable != spoilt)):
        kept = f"; not to be sold again: {_said(made.unsellable)}" if made.unsellable else ""
        raise OrderError(f"{step} was received already, as {_said(made.quantities)}{kept}.")


def _said(quantities: Units) -> str:
    return ", ".join(f"{units} of {sku}" for sku, units in quantities.items())


def _require_asked(asked: Return, came: Units) -> None:
    if not came:
        raise OrderError("Say what has come, or refuse the return.")
    for sku, units in came.items():
        if not 0 < units <= asked.quantities.get(sku, 0):
            raise OrderError(f"Of {sku}, {asked.quantities.get(sku, 0)} were to come back by {asked.step}.")


def _require_come(came: Units, spoilt: Units) -> None:
    """Only of what has come some may be spoilt."""
    for sku, units in spoilt.items():
        if not 0 < units <= came.get(sku, 0):
            raise OrderError(f"Of {sku}, {came.get(sku, 0)} came: no more can be kept out of stock.")


def _received(order: Order, asked: Return, settlement: Settlement, who: str) -> Order:
    came = settlement.quantities
    back = order.returned | {sku: order.returned.get(sku, 0) + units for sku, units in came.items()}
    owing = noting.owing(order, settlement)
    received = _with(owing, asked.model_copy(update={"state": ReturnState.RECEIVED}))
    received = received.model_copy(update={"returned": back})
    units = sum(came.values())
    said = f"{units} {'unit has' if units == 1 else 'units have'} come back"
    return noting.noted(received, _status(received), who=who, note=said)


def _status(order: Order) -> Status:
    """What an order is once one of its returns has ended."""
    if order.requested:
        return Status.RETURN_REQUESTED
    if not any(refunds.left(order).values()):
        return Status.RETURNED
    before = [event.status for event in order.history if event.status in (Status.SHIPPED, Status.COMPLETED)]
    delivered = Status.SHIPPED if order.fulfilment is Fulfilment.DELIVERY else Status.COMPLETED
    return before[-1] if before else delivered
