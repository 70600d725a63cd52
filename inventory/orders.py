"""Orders replication after changes: soon, and once for many.

A change must not wait for a task to be queued, so it only wakes a thread, which orders for all that has changed by
then. What an order lost with this process would have shipped, the schedule ships a moment later.
"""

import atexit
import threading
import time
from collections.abc import Callable

import structlog

from inventory import fence, keyspace
from inventory.replication import reading

PAUSE_SECONDS = 0.005
"""Changes that fall into so short a time are ordered together."""

ORDERED_MS = 1_000
"""An order that nobody has begun for so long is lost: order anew."""

FAILURE_SECONDS = 2.0

Order = Callable[[str, str], None]
"""Queues the shipping from a region to a peer."""

log = structlog.get_logger(__name__)


class Orders:
    """Orders shipping for regions that changed. One per process."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._changed: set[str] = set()
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None

    def note(self, region: str) -> None:
        """A region's stock has changed."""
        with self._wake:
            self._changed.add(region)
            self._wake.notify()
            if self._thread is None or not self._thread.is_alive():
                self._start()

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="stock-orders", daemon=True)
        self._thread.start()
        atexit.register(self._try_flush)

    def flush(self) -> None:
        """Order now for whatever has changed."""
        with self._wake:
            regions, self._changed = self._changed, set()
        for region in regions:
            order_all(region, self._order)

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: bool(self._changed))
            time.sleep(PAUSE_SECONDS if self._try_flush() else FAILURE_SECONDS)

    def _try_flush(self) -> bool:
        try:
            self.flush()
        # A broker can fail in many ways, and stock must go on.
        except Exception as error:
            log.warning("replication_not_ordered", error=str(error))
            return False
        return True


def order_all(region: str, order: Order) -> None:
    """Order shipping to each peer for which none is ordered yet."""
    peers = reading.peers_of(region)
    pipeline = fence.node(region).pipeline()
    for peer in peers:
        pipeline.set(keyspace.ordered(peer), 1, nx=True, px=ORDERED_MS)
    for peer, first in zip(peers, pipeline.execute() if peers else [], strict=True):
        if first:
            order(region, peer)


def begin(region: str, peer: str) -> None:
    """Shipping begins: changes from now on want a new order."""
    fence.node(region).delete(keyspace.ordered(peer))
