"""What is ordered counts as sold, once: popularity and ranking follow."""

from catalog.api import record_sales
from purchasing import keyspace, refunds
from purchasing.models import Order

MARK_SECONDS = 90 * 86_400


def count(*, number: str) -> None:
    """Count the units of a paid order. Whoever dies in between leaves them uncounted, which ranking can bear."""
    order = Order.read(number)
    if order.paid and Order.db().set(keyspace.once(f"sales:{order.checkout_id}"), 1, nx=True, ex=MARK_SECONDS):
        record_sales(units=refunds.bought(order))
