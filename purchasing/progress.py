"""How far an order has come, as its page shows it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from purchasing.models import Event, Fulfilment, Order, Status

SHOPPER = "shopper"
DELIVERED = (Status.PLACED, Status.SHIPPED, Status.COMPLETED)
COLLECTED = (Status.PLACED, Status.READY, Status.COMPLETED)
NAMES = {
    Status.PLACED: "Placed",
    Status.READY: "Ready to be collected",
    Status.SHIPPED: "On its way",
    Status.CANCELLED: "Cancelled",
    Status.RETURN_REQUESTED: "Return requested",
    Status.RETURNED: "Returned",
}


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the timeline; ``at`` is None while it lies ahead."""

    title: str
    at: datetime | None = None
    now: bool = False
    paid_back: Decimal | None = None


def title(order: Order) -> str:
    """What an order's status is called."""
    return named(order.status, order.fulfilment)


def named(status: Status, fulfilment: Fulfilment) -> str:
    """What a status is called of orders that reach the shopper so."""
    if status is Status.COMPLETED:
        return "Delivered" if fulfilment is Fulfilment.DELIVERY else "Collected"
    return NAMES[status]


def promised(order: Order) -> datetime | None:
    """When all of it is there: delivered, or ready to be collected."""
    return max((parcel.promised for parcel in order.parcels if parcel.promised), default=None)


def store(order: Order) -> str:
    """Where it is collected, in a line. Parcels name who has the goods: they may be brought there from elsewhere."""
    if order.address is None:
        return " and ".join(parcel.location_name or parcel.location for parcel in order.parcels)
    return ", ".join(part for part in (order.address.name, order.address.street, order.address.city) if part)


def timeline(order: Order) -> list[Step]:
    """What has happened, and what lies ahead while the order is on its way."""
    told = events(order)
    present = _present(told)
    past = [
        Step(
            event.note[:1].upper() + event.note[1:] or named(event.status, order.fulfilment),
            event.at,
            now=place == present,
            paid_back=event.paid_back,
        )
        for place, event in enumerate(told)
    ]
    return past + [Step(named(status, order.fulfilment)) for status in _ahead(order)]


def events(order: Order) -> tuple[Event, ...]:
    """The history, from the beginning; that it was placed is told by the order itself."""
    if any(event.status is Status.PLACED and not event.note for event in order.history):
        return order.history
    return (Event(status=Status.PLACED, at=order.placed, who=SHOPPER), *order.history)


def _present(events: Sequence[Event]) -> int:
    """The place of the event by which the order became what it is; those after it have only added to that."""
    last = len(events) - 1
    while last and events[last - 1].status is events[last].status:
        last -= 1
    return last


def _ahead(order: Order) -> tuple[Status, ...]:
    way = DELIVERED if order.fulfilment is Fulfilment.DELIVERY else COLLECTED
    return way[way.index(order.status) + 1 :] if order.status in way else ()
