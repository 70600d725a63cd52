"""Goes on with a checkout from wherever it is, until it has ended, or somebody must be waited for."""

from collections.abc import Callable

import structlog

from inventory.api import StockUnavailableError
from purchasing.checkout import finishing, holding, paying, records
from purchasing.models import Checkout, Stage
from purchasing.orders import OrderError
from purchasing.payments import ProviderError
from purchasing.payments.registry import UnknownProviderError
from purchasing.stored import ConflictError, UnknownDocumentError

MOST_STEPS = 40
"""More than the longest way has: a checkout that two go on with at once takes some steps again."""

WAITING = (StockUnavailableError, ProviderError, UnknownProviderError, OrderError, ConflictError)
"""Why a step must wait; it is tried again. An order that cannot be cancelled waits for whoever sees to it."""

Step = Callable[[Checkout, int], Checkout]

STEPS: dict[Stage, Step] = {
    Stage.OPEN: holding.rest,
    Stage.HELD: holding.keep,
    Stage.PAYING: paying.ask,
    Stage.AUTHORISED: finishing.confirm,
    Stage.CONFIRMED: finishing.place,
    Stage.ORDERED: finishing.settle,
    Stage.ENDED: holding.rest,
}

log = structlog.get_logger(__name__)


def advance(*, checkout_id: str, now: int = 0, found: Checkout | None = None) -> Checkout:
    """Finish or undo whatever is half done; may be called at any time, by anybody. Raises ``UnknownDocumentError``.

    ``now`` is epoch ms, 0 for the clock. Who has ``found`` the checkout just now saves reading it again: where there is
    nothing to be done, that costs no round trip.
    """
    moment, checkout = records.clock(now), found or Checkout.read(checkout_id)
    for _step in range(MOST_STEPS):
        newer = _stepped(checkout, moment)
        if newer.version == checkout.version:
            break
        checkout = newer
    over = checkout.stage is Stage.PLACED or (checkout.stage is Stage.ENDED and not checkout.hold)
    if over and checkout is not found:
        records.unwatch(checkout_id=checkout_id, region=checkout.region)
    return checkout


def recover(*, region: str, now: int = 0, most: int = 100) -> int:
    """Go on with a region's checkouts that are due, and forget those that have ended. Returns how many it looked at."""
    moment = records.clock(now)
    found = records.due(region=region, now=moment, most=most)
    for checkout_id in found:
        _looked_after(checkout_id, region, moment)
    return len(found)


def _stepped(checkout: Checkout, now: int) -> Checkout:
    step = STEPS.get(checkout.stage)
    try:
        return step(checkout, now) if step else checkout
    except WAITING as error:
        log.warning("checkout_waits", checkout=checkout.checkout_id, stage=checkout.stage, reason=str(error))
        return checkout


def _looked_after(checkout_id: str, region: str, now: int) -> None:
    try:
        checkout = Checkout.read(checkout_id)
        # Others leave it alone meanwhile; and it comes up again if this process is killed over it.
        records.watch(checkout, now + records.RETRY)
        _watch_again(advance(checkout_id=checkout_id, now=now), now)
    except UnknownDocumentError:
        records.unwatch(checkout_id=checkout_id, region=region)
    # One checkout in trouble must not keep the others from being looked after.
    except Exception:
        log.exception("checkout_not_looked_after", checkout=checkout_id)


def _watch_again(checkout: Checkout, now: int) -> None:
    """What rests until a known moment is looked at then."""
    if checkout.stage in (Stage.OPEN, Stage.HELD) and checkout.due > now:
        records.watch(checkout, checkout.due)
