"""What the admin's first page tells of orders."""

from collections.abc import Callable
from datetime import UTC, datetime

from django.conf import settings

from purchasing import queries
from purchasing.models import Status
from redismart.backoffice import dashboard
from redismart.backoffice.dashboard import Figure, Tile, Way
from redismart.redis.batch import Batch
from redismart.web import formats

VIEW_ORDER = "purchasing.view_order"
ORDERS = "admin:purchasing_order_changelist"
WAITING = {
    Status.PLACED: "to pack",
    Status.READY: "to hand out",
    Status.RETURN_REQUESTED: "to take back",
}


def register() -> None:
    today = (Way("Today's orders", ORDERS, lambda: f"placed_from={datetime.now(UTC):%Y-%m-%d}"),)
    dashboard.register(Tile("sales", "Sales today", "purchasing", VIEW_ORDER, sales, today, place=10))
    waiting = tuple(Way(label.capitalize(), ORDERS, f"status={status.value}") for status, label in WAITING.items())
    waiting += (Way("Refunds that came back", ORDERS, "bounced=1"),)
    dashboard.register(Tile("orders", "Orders to handle", "purchasing", VIEW_ORDER, to_handle, waiting, place=20))


def sales(batch: Batch) -> Callable[[], Figure]:
    """Since midnight UTC, without what was cancelled."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    sold = queries.sold_since(batch, since=midnight)

    def figure() -> Figure:
        orders = sum(each.orders for each in sold.value)
        told = f"{orders:,} order{'' if orders == 1 else 's'} since 00:00 UTC"
        if len(sold.value) == 1:
            (only,) = sold.value
            usual = formats.money(only.total / only.orders, only.currency, settings.LOCALE)
            return Figure(_money(only), f"in {told}", (("An order, on average", usual),))
        lines = tuple((each.currency, _money(each)) for each in sold.value)
        count, _space, rest = told.partition(" ")
        return Figure(count, rest, lines)

    return figure


def to_handle(batch: Batch) -> Callable[[], Figure]:
    waiting, bounced = queries.to_handle(batch), queries.bounced(batch)

    def figure() -> Figure:
        counts = waiting.value
        lines = tuple((label, f"{counts.get(status, 0):,}") for status, label in WAITING.items())
        if bounced.value:
            lines += (("refunds that came back", f"{bounced.value:,}"),)
        return Figure(f"{sum(counts.values()):,}", "waiting for somebody", lines)

    return figure


def _money(sold: queries.Sold) -> str:
    return formats.money(sold.total, sold.currency, settings.LOCALE)
