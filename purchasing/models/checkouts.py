"""A checkout, as it is stored."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from pydantic import Field
from redis_om import Field as KeyField

from purchasing import keyspace
from purchasing.models.addresses import Address
from purchasing.models.parts import DAY, Buyer, Fulfilment, Item, Parcel, Payment, Totals, now
from purchasing.stored import Versioned


class Stage(StrEnum):
    """How far a checkout has come. What follows each is in ``purchasing.checkout``."""

    OPEN = "open"
    HELD = "held"
    PAYING = "paying"
    AUTHORISED = "authorised"
    CONFIRMED = "confirmed"
    ORDERED = "ordered"
    PLACED = "placed"
    ENDED = "ended"


class Checkout(Versioned, index=True):
    """The way from a cart to an order, step by step, so that whoever finds it half done knows how to go on.

    ``hold`` is an encoded ``inventory.api.Hold``, ``expires`` epoch ms; while it is open, one that was begun and may be
    there or not. ``holds`` and ``attempts`` count holds and payments begun. ``due`` is when (epoch ms) whoever is at it
    has had time enough, and others may go on. ``priced`` is when (epoch ms) the items had the catalogue's prices.
    """

    keep_seconds: ClassVar[int] = 30 * DAY

    checkout_id: str = KeyField(primary_key=True, pattern=r"^[A-Za-z0-9_-]{16,64}$")
    cart_id: str
    region: str
    stage: Stage = Stage.OPEN
    buyer: Buyer = Buyer()
    items: tuple[Item, ...] = ()
    priced: int = 0
    fulfilment: Fulfilment | None = None
    method: str = ""
    address: Address | None = None
    parcels: tuple[Parcel, ...] = ()
    totals: Totals | None = None
    hold: str = ""
    holds: int = 0
    expires: int = 0
    attempts: int = 0
    payment: Payment | None = None
    number: str = ""
    problem: str = ""
    due: int = 0
    started: datetime = Field(default_factory=now)

    class Meta:
        global_key_prefix = keyspace.PREFIX
        model_key_prefix = keyspace.CHECKOUT
