"""How a checkout is written down: each step by compare and set, and watched from before its first."""

import time
from typing import Any

from purchasing import keyspace
from purchasing.models import Checkout
from purchasing.stored import ConflictError

SECOND, MINUTE, DAY = 1_000, 60_000, 86_400_000
HOLDING, PAYING, IDLE = MINUTE, MINUTE, DAY
"""How long (ms) holding units, or paying, may take before others look after it; and until nobody comes back."""

PRICES_HOLD = 30 * MINUTE
"""For how long (ms) the prices hold with which a checkout was begun, until it is chosen where the goods go."""

ASK_AGAIN = 10 * SECOND
"""How long (ms) a payment whose authorisation went unanswered may stay unknown to the provider."""

RETRY = 30 * SECOND
"""After how long (ms) a checkout that cannot be finished yet is looked after again."""


class CheckoutError(ConflictError):
    """The checkout is not where it would have to be for this: look at it again. The message is for the shopper."""


def clock(now: int = 0) -> int:
    """Epoch ms: ``now`` unless that is 0."""
    return now or time.time_ns() // 1_000_000


def recorded(checkout: Checkout, **changes: Any) -> Checkout | None:
    """The checkout with its changes, stored; None when somebody else has changed it: nothing is stored then.

    It is watched before it is stored, so that no crash leaves one that nobody looks after.
    """
    newer: Checkout = checkout.model_copy(update=changes)
    if newer.due != checkout.due:
        watch(newer, newer.due)
    try:
        return newer.replaced()
    except ConflictError:
        _watch_as_stored(checkout.checkout_id)
        return None


def moved(checkout: Checkout, **changes: Any) -> Checkout:
    """As ``recorded``; the checkout as others have made it when they were faster."""
    return recorded(checkout, **changes) or Checkout.read(checkout.checkout_id)


def watch(checkout: Checkout, due: int) -> None:
    """Have somebody look after a checkout from a moment on (epoch ms)."""
    Checkout.db().zadd(keyspace.open_checkouts(checkout.region), {checkout.checkout_id: due})


def unwatch(*, checkout_id: str, region: str) -> None:
    """Nothing is left to be done."""
    Checkout.db().zrem(keyspace.open_checkouts(region), checkout_id)


def due(*, region: str, now: int, most: int) -> list[str]:
    """The checkouts of a region that somebody must look after, the longest waiting first."""
    waiting = keyspace.open_checkouts(region)
    found: list[str] = Checkout.db().zrange(waiting, "-inf", now, byscore=True, offset=0, num=most)
    return found


def _watch_as_stored(checkout_id: str) -> None:
    """Whoever was too late may have put off the moment at which what others have stored is due."""
    stored = Checkout.get_or_none(checkout_id)
    if stored is not None:
        Checkout.db().zadd(keyspace.open_checkouts(stored.region), {checkout_id: stored.due}, lt=True)
