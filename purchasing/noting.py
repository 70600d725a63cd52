"""What is written down in an order's record: what happened to it, and what it owes. Pure: nothing is stored here."""

from collections.abc import Mapping

from pydantic import BaseModel

from purchasing.models import Event, Order, Return, Settlement, Status, now
from redismart.redis import editing


class Standing(BaseModel):
    """What people decide by: what others have decided before. ``owed`` are the units of each settlement, ``bounced``
    the steps whose money a bank did not take and that somebody must see to."""

    status: Status
    returned: Mapping[str, int]
    returns: tuple[Return, ...]
    owed: Mapping[str, Mapping[str, int]]
    bounced: tuple[str, ...]


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


def has_been(order: Order, status: Status) -> bool:
    """Whether the order is, or was, of a status."""
    return order.status is status or any(event.status is status for event in order.history)


def standing(order: Order) -> str:
    """What people have made of an order so far, as a short text. What the shop does by itself leaves it as it is."""
    owed = {each.step: each.quantities for each in order.settlements}
    bounced = tuple(each.step for each in order.bounced)
    told = Standing(status=order.status, returned=order.returned, returns=order.returns, owed=owed, bounced=bounced)
    return editing.stamp(told, Standing.model_fields)
