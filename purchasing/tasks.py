"""Work behind the orders. Each task may run twice, late, or not at all."""

from dataclasses import asdict

import structlog
from celery import shared_task

from inventory.api import StockUnavailableError
from purchasing import accounts, availability, checkout, mails, orders, sales, settling, watching
from purchasing.watching import Place, Watcher
from redismart.orders import order as order_task

ORDER_SECONDS = 600
LINK_SECONDS = 600
AVAILABILITY_SECONDS = 5.0
TELL_SECONDS = 30
"""As often as the schedule orders it."""

log = structlog.get_logger(__name__)


@shared_task
def look_after_order(*, number: str) -> None:
    """Give back what an order owes, and tell its shopper what is new."""
    try:
        settling.finish(number=number)
    except orders.WAITING as error:
        log.warning("order_waits", order=number, reason=str(error))
    mails.send_untold(number=number)
    sales.count(number=number)


@shared_task
def tell_watchers() -> None:
    """Have those told who wait for what has come back: each SKU by a task of its own, so that they take turns."""
    for place in watching.back():
        payload = {"sku": place.sku, "location": place.location}
        order_task(tell_watchers_of, payload=payload, expires=TELL_SECONDS)


@shared_task
def tell_watchers_of(*, sku: str, location: str) -> None:
    """Tell some of those who wait for a SKU at a place; the schedule orders the next some."""
    watching.tell_some(place=Place(sku, location), tell=mails.send_back)


@shared_task
def tell_availability() -> None:
    """Have lists know of what came into stock or went out of it."""
    try:
        availability.follow(seconds=AVAILABILITY_SECONDS)
    except StockUnavailableError as error:
        log.warning("availability_waits", reason=str(error))


@shared_task
def ask_watcher(*, sku: str, email: str, location: str, locale: str) -> None:
    """Ask whoever an address belongs to whether they want to be told."""
    mails.send_confirmation(Watcher(sku, email, location, locale))


@shared_task
def look_after_orders() -> None:
    """Finish what others have left half done."""
    for number in orders.unfinished():
        try:
            look_after_order(number=number)
        # One order in trouble must not keep the others from being looked after.
        except Exception:
            log.exception("order_not_looked_after", order=number)


@shared_task
def recover_checkouts(*, region: str) -> None:
    """Go on with the checkouts of a region whose own process has not."""
    checkout.recover(region=region)


@shared_task
def send_link(*, email: str, kind: str) -> None:
    """Send whoever has the address a link to choose a password."""
    accounts.send_link(email=email, kind=accounts.Link(kind))


def order_looking_after(number: str) -> None:
    """Have an order looked after soon."""
    order_task(look_after_order, payload={"number": number}, expires=ORDER_SECONDS)


def order_link(*, email: str, kind: str) -> bool:
    """Have a link sent soon; whether that was ordered. It takes as long for addresses that nobody knows."""
    return order_task(send_link, payload={"email": email, "kind": kind}, expires=LINK_SECONDS)


def order_confirmation(watcher: Watcher) -> bool:
    """Have somebody asked soon whether a wish is theirs; whether that was ordered."""
    return order_task(ask_watcher, payload=asdict(watcher), expires=LINK_SECONDS)
