"""What the admin's list of orders shows of each, and where in a stored order it stands."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from purchasing import progress
from purchasing.models import Fulfilment, Order, Settlement, Status
from redismart.backoffice import columns

PLACES = {
    "number": "$.number",
    "placed": "$.placed",
    "status": "$.status",
    "region": "$.region",
    "addressee": "$.address.name",
    "email": "$.buyer.email",
    "fulfilment": "$.fulfilment",
    "quantities": "$.items[*].quantity",
    "total": "$.totals.total",
    "currency": "$.totals.currency",
    "refunded": "$.refunded",
    "settlements": "$.settlements[*]",
}
"""JSON paths by the names of ``_Read``: a whole order is many times as long."""

SEVERAL = ("quantities", "settlements")


class _Read(BaseModel):
    """What stands at ``PLACES``. What an order may be without has the order's own default."""

    number: str
    placed: datetime
    status: Status = Status.PLACED
    region: str
    addressee: str = ""
    email: str = ""
    fulfilment: Fulfilment
    quantities: list[int] = Field(min_length=1)
    total: Decimal
    currency: str
    refunded: Decimal = Decimal(0)
    settlements: list[Settlement] = []


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
    def of(cls, order: Order) -> Self:
        """The row of a whole order."""
        return cls._of(
            _Read(
                number=order.number,
                placed=order.placed,
                status=order.status,
                region=order.region,
                addressee=order.address.name if order.address else "",
                email=order.buyer.email,
                fulfilment=order.fulfilment,
                quantities=[item.quantity for item in order.items],
                total=order.totals.total,
                currency=order.totals.currency,
                refunded=order.refunded,
                settlements=list(order.settlements),
            )
        )

    @classmethod
    def found(cls, found: Mapping[str, str]) -> Self:
        """The row of what a search read at ``PLACES``. Raises ``ValueError`` for a damaged order."""
        told = columns.values(found)
        return cls._of(
            _Read.model_validate(
                {name: told[name] if name in SEVERAL else told[name][0] for name in told if told[name]}
            )
        )

    @classmethod
    def _of(cls, read: _Read) -> Self:
        delivered = read.fulfilment is Fulfilment.DELIVERY
        return cls(
            **read.model_dump(exclude={"addressee", "quantities", "settlements"}),
            title=progress.named(read.status, read.fulfilment),
            name=read.addressee if delivered else "",
            units=sum(read.quantities),
            open=not all(each.done for each in read.settlements),
            bounced=any(each.needs_somebody for each in read.settlements),
        )
