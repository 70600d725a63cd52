"""What is written down in an order's record: what happened to it, and what it owes. Pure: nothing is stored here."""

from purchasing.models import Event, Order, Settlement, Status, now


def noted(order: Order, status: Status, *, who: str, note: str = "") -> Order:
    """The order with one more event in its history, after which it has a status."""
    event = Event(status=status, at=now(), who=who, note=note)
    changed: Order = order.model_copy(update={"status": status, "history": (*order.history, event)})
    return changed


def owing(order: Order, settlement: Settlement) -> Order:
    """The order with something to give back."""
    changed: Order = order.model_copy(update={"settlements": (*order.settlements, settlement)})
    return changed


def settlement_of(order: Order, step: str) -> Settlement | None:
    """What is owed, or was, by a step."""
    return next((each for each in order.settlements if each.step == step), None)
