"""What the admin's list of orders shows of each."""

from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from purchasing import progress
from purchasing.models import Fulfilment, Order, Status


class OrderRow(BaseModel):
    """An order in a line of the list or the CSV. ``name`` is whom it is delivered to; empty where it is collected."""

    model_config = ConfigDict(frozen=True)

    number: str
    placed: datetime
    status: Status
    title: str
    region: str
    name: str
    email: str
    fulfilment: Fulfilment
    units: int
    total: Decimal
    currency: str
    refunded: Decimal
    open: bool
    bounced: bool

    @classmethod
    def of(cls, order: Order) -> "OrderRow":
        return cls(
            number=order.number,
            placed=order.placed,
            status=order.status,
            title=progress.title(order),
            region=order.region,
            name=order.address.name if order.address and order.fulfilment is Fulfilment.DELIVERY else "",
            email=order.buyer.email,
            fulfilment=order.fulfilment,
            units=sum(item.quantity for item in order.items),
            total=order.totals.total,
            currency=order.totals.currency,
            refunded=order.refunded,
            open=not all(each.done for each in order.settlements),
            bounced=bool(order.bounced),
        )
