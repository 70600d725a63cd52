"""What orders come to, counted by the search index."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from purchasing import keyspace
from purchasing.models import Order, Status
from redismart.redis import replies
from redismart.redis.batch import Batch, Reply
from redismart.redis.clauses import Params, all_of, any_of, number_between, tag_any

NO_TIMEOUT = ("TIMEOUT", "0")
TO_HANDLE = (Status.PLACED, Status.READY, Status.RETURN_REQUESTED)
"""What staff have something to do about."""


@dataclass(frozen=True, slots=True)
class Sold:
    """Orders in one currency, and what was charged for them."""

    currency: str
    orders: int
    total: Decimal


def sold_since(batch: Batch, *, since: datetime) -> Reply[tuple[Sold, ...]]:
    """What was ordered since a moment and not cancelled, by currency."""
    params = Params()
    lately = number_between("placed", int(since.timestamp()), None)
    query = all_of([lately, f"-{tag_any('status', [Status.CANCELLED], params)}"])
    count, total = ("REDUCE", "COUNT", "0", "AS", "orders"), ("REDUCE", "SUM", "1", "@total", "AS", "total")
    grouped = ("GROUPBY", "1", "@currency", *count, *total, "SORTBY", "2", "@orders", "DESC")
    command = ("FT.AGGREGATE", keyspace.ORDER_INDEX, query, *grouped, *NO_TIMEOUT, *params.arguments())
    return batch.add(*command, parse=_sold)


def to_handle(batch: Batch) -> Reply[Mapping[Status, int]]:
    """How many orders wait for staff, by what for."""
    params = Params()
    query = tag_any("status", TO_HANDLE, params)
    grouped = ("GROUPBY", "1", "@status", "REDUCE", "COUNT", "0", "AS", "orders")
    command = ("FT.AGGREGATE", keyspace.ORDER_INDEX, query, *grouped, *NO_TIMEOUT, *params.arguments())
    return batch.add(*command, parse=lambda reply: {Status(name): n for name, n in replies.groups(reply).items()})


def bounced(batch: Batch) -> Reply[int]:
    """How many orders have a refund that a bank did not take."""
    params = Params()
    query = tag_any("bounced", ["1"], params)
    command = ("FT.SEARCH", keyspace.ORDER_INDEX, query, "LIMIT", 0, 0, *NO_TIMEOUT, *params.arguments())
    return batch.add(*command, parse=replies.total)


def need_of(location_id: str) -> str:
    """Why a location must stay: what is still to be sent or handed out there, in words; empty when there is nothing."""
    params = Params()
    waiting = tag_any("status", TO_HANDLE, params)
    there = any_of([tag_any(name, [location_id], params) for name in ("location", "brought_to")])
    command = ("FT.SEARCH", keyspace.ORDER_INDEX, all_of([waiting, there]), "LIMIT", 0, 0, *NO_TIMEOUT)
    orders = replies.total(Order.db().execute_command(*command, *params.arguments()))
    told = f"{orders:,} order{'s' if orders > 1 else ''}"
    return (
        f"Parcels of {told} are still to be sent, handed out or taken back there: see to them first." if orders else ""
    )


def _sold(reply: list[Any]) -> tuple[Sold, ...]:
    rows = [replies.pairs(row) for row in reply[1:]]
    return tuple(Sold(row["currency"], int(row["orders"]), Decimal(row["total"])) for row in rows)
