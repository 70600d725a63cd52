"""Until when a shopper may ask to send goods back. Pure, but for the days in use.

They count from the day on which the goods were handed over. Of a parcel whose arrival nobody has noted it is the day
on which it was promised, or sent, whichever is later: what a carrier does not report must not stay open for ever.
"""

from datetime import UTC, datetime, time, timedelta
from typing import ClassVar

from purchasing.models import Order, Status

EVERYWHERE = timedelta(hours=12)
"""How long a day of UTC still lasts somewhere: who reads a day may use all of it, wherever he is."""


class Rules:
    """How many days there are. Nought: this shop takes nothing back."""

    days: ClassVar[int] = 30

    @classmethod
    def configure(cls, *, days: int) -> None:
        """Use so many from now on, in this process."""
        cls.days = days


def last_day(order: Order) -> datetime | None:
    """The last day on which its goods may be asked to come back; None while nobody has them, or for none at all."""
    since = _handed_over(order)
    return since + timedelta(days=Rules.days) if since and Rules.days else None


def is_over(order: Order, *, now: datetime) -> bool:
    """Whether the last day has ended, everywhere."""
    day = last_day(order)
    if day is None:
        return not Rules.days
    midnight = datetime.combine(day.astimezone(UTC).date() + timedelta(days=1), time(), UTC)
    return now >= midnight + EVERYWHERE


def _handed_over(order: Order) -> datetime | None:
    at = {event.status: event.at for event in reversed(order.history)}
    if Status.COMPLETED in at:
        return at[Status.COMPLETED]
    if Status.SHIPPED not in at:
        return None
    return max([at[Status.SHIPPED], *(parcel.promised for parcel in order.parcels if parcel.promised)])
