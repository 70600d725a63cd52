"""Replication and upkeep of a region's stock, on the region's own queue. Each may run twice, late, or not at all.

Run by the region's worker: ``celery worker --queues replication-<region>``.
"""

import threading
from collections import defaultdict
from uuid import uuid4

import structlog
from celery import shared_task

from inventory import holds, orders, placing
from inventory.fence import StockUnavailableError, is_open
from inventory.replication import balancing, comparing, reading, recovery, shipping, trimming
from redismart import patience

ORDER_SECONDS = 10

log = structlog.get_logger(__name__)
_links: defaultdict[tuple[str, str], threading.Lock] = defaultdict(threading.Lock)


def queue_of(region: str) -> str:
    """The queue on which a region's worker listens."""
    return f"replication-{region}"


def order_shipping(region: str, peer: str) -> None:
    """Queue shipping to one peer."""
    ship.apply_async(kwargs={"region": region, "peer": peer}, queue=queue_of(region), expires=ORDER_SECONDS)


@shared_task
def ship(*, region: str, peer: str) -> None:
    """Tell a peer what has changed, until it knows everything."""
    orders.begin(region, peer)
    with _links[region, peer]:
        try:
            late, more = 0, True
            while more:
                shipped = shipping.ship(source=region, peer=peer)
                late, more = late + shipped.late, shipped.more
            if late:
                comparing.compare(source=region, peer=peer)
        except StockUnavailableError as error:
            patience.warn("replication_waits", ship.name, region=region, peer=peer, reason=str(error))


@shared_task
def keep_up(*, region: str) -> None:
    """Open the region's node after a restart, and tell every peer that it is there."""
    if not is_open(region):
        recovery.open_region(region)
    for peer in reading.peers_of(region):
        order_shipping(region, peer)


@shared_task
def compare(*, region: str) -> None:
    """Find and mend what shipping missed."""
    for peer in reading.peers_of(region):
        try:
            told = comparing.compare(source=region, peer=peer)
        except StockUnavailableError as error:
            patience.warn("replication_waits", compare.name, region=region, peer=peer, reason=str(error))
        else:
            if told:
                log.warning("replication_repaired", region=region, peer=peer, rows=told)


@shared_task
def expire_holds(*, region: str) -> None:
    """End the holds whose time is over."""
    holds.expire_holds(region=region)


@shared_task
def balance(*, region: str) -> None:
    """Move rights to sell to where they are wanted."""
    if balancing.balance_changed(region=region, operation=f"balance:{uuid4().hex[:12]}"):
        orders.order_all(region, order_shipping)


@shared_task
def optimise(*, region: str) -> None:
    """Work out what to order, move and mark down."""
    # Not at the start: it brings numpy and scipy, which replication does without.
    from inventory.optimising import policy, running

    try:
        done = running.run(region=region, policy=policy.current())
    except StockUnavailableError as error:
        patience.warn("optimiser_waits", optimise.name, region=region, reason=str(error))
        return
    if done is not None:
        log.info("stock_optimised", region=region, skus=done.skus, entries=done.entries, seconds=done.seconds)


@shared_task
def tell_places(*, region: str) -> None:
    """Tell other regions of changes to locations that they could not be told of when they were made."""
    for peer, reason in placing.tell(region=region).failed.items():
        patience.warn("places_wait", tell_places.name, region=region, peer=peer, reason=reason)


@shared_task
def trim(*, region: str, keep_days: int) -> None:
    """Fold log entries older than so many days into sums."""
    trimming.trim(region=region, keep_days=keep_days)
