"""Orders: finding them, and what becomes of them.

    placed ──▶ ready ───▶ completed      collected in a store
       │  └──▶ shipped ─▶ completed      delivered
       └─────▶ cancelled

What comes back after that is in ``purchasing.returning``.

A change that was made already is not made again, and is no error, unless whoever asks says by ``since`` how the order
stood when they decided it: of several who decide the same, one has done it and the others are told. Each is stored by
compare-and-set, with who made it, in the order's history; units and money that it gives back are a settlement, which
``purchasing.settling`` carries out.
"""

import random
import re
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal

import structlog

from inventory.api import StockUnavailableError
from purchasing import noting, refunds, settling, stored
from purchasing.models import CANCELLATION, Fulfilment, Order, Settlement, Status
from purchasing.payments import ProviderError
from purchasing.payments.registry import UnknownProviderError
from purchasing.stored import ConflictError, UnknownDocumentError
from redismart.redis import clauses, replies

PAGE_SIZE = 10
NUMBER = re.compile(r"[A-Z0-9]{1,16}-[0-9]{6,18}")
WAITING = (StockUnavailableError, ProviderError, UnknownProviderError, ConflictError)
"""Why giving back must wait; the schedule tries again."""

FROM = {
    Status.READY: {Status.PLACED},
    Status.SHIPPED: {Status.PLACED},
    Status.COMPLETED: {Status.READY, Status.SHIPPED, Status.RETURN_REQUESTED},
}
STEP = re.compile(r"[a-z][a-z0-9-]{0,40}")

Decide = Callable[[Order], Order | None]
Changed = Callable[[str], None]
_listeners: list[Changed] = []

log = structlog.get_logger(__name__)


class OrderError(ValueError):
    """What was asked of an order cannot be: the message says why, and what can be done."""


class ChangedError(OrderError):
    """The order is not what it was when somebody decided what becomes of it."""


class UnknownOrderError(LookupError):
    """There is no such order, or it is not for who asks."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some of an account's orders, the latest first."""

    orders: tuple[Order, ...]
    number: int
    pages: int
    total: int


# --- Finding ---


def find(*, number: str) -> Order:
    """Raises ``UnknownOrderError``."""
    found = Order.get_or_none(number) if NUMBER.fullmatch(number) else None
    if found is None:
        raise UnknownOrderError("There is no such order.")
    return found


def find_by_token(*, number: str, token: str) -> Order:
    """The order that a link leads to. Raises ``UnknownOrderError``, whatever of the link is wrong."""
    order = find(number=number)
    # The time that the comparison takes tells nothing of how much was right.
    if not secrets.compare_digest(order.token.encode(), token.encode(errors="replace")):
        raise UnknownOrderError("There is no such order.")
    return order


def find_of_user(*, number: str, user: str) -> Order:
    """An account's own order. Raises ``UnknownOrderError`` for everybody else's."""
    order = find(number=number)
    if not user or order.buyer.user != user:
        raise UnknownOrderError("There is no such order.")
    return order


def of_user(*, user: str, page: int = 1) -> Page:
    """An account's orders, the latest first; a page that is not there is the last one."""
    found = _page(user, page) if user else Page((), 1, 1, 0)
    return found if page <= found.pages else _page(user, found.pages)


def unfinished(*, limit: int = 100) -> list[str]:
    """The numbers of orders of which something is still to be done: the oldest, and as many of the others by chance.

    So those that wait for long do not keep the shop from looking after the rest.
    """
    oldest, total = _unfinished(0, limit)
    if total <= limit:
        return oldest
    others, _total = _unfinished(random.randrange(limit, total), limit)
    return [*oldest, *others]


def _unfinished(first: int, limit: int) -> tuple[list[str], int]:
    params = clauses.Params()
    query = clauses.tag_any("open", ["1"], params)
    options = ["SORTBY", "placed", "ASC", "RETURN", 1, "number", "LIMIT", first, limit, *params.arguments()]
    hits = replies.hits(_search(query, options))
    return [row["number"] for row in hits.rows], hits.total


def _page(user: str, page: int) -> Page:
    params = clauses.Params()
    query = clauses.tag_any("user", [user], params)
    first = (max(page, 1) - 1) * PAGE_SIZE
    options = ["SORTBY", "placed", "DESC", "RETURN", 1, "$", "LIMIT", first, PAGE_SIZE, *params.arguments()]
    hits = replies.hits(_search(query, options))
    pages = max(-(-hits.total // PAGE_SIZE), 1)
    return Page(tuple(Order.readable(row.get("$") for row in hits.rows)), max(page, 1), pages, hits.total)


def _search(query: str, options: Sequence[object]) -> list[object]:
    found: list[object] = Order.db().execute_command("FT.SEARCH", Order.search_index.alias, query, *options)
    return found


# --- What becomes of them ---


def on_change(listener: Changed) -> None:
    """Have a function called with an order's number after each change: e-mails are sent by it."""
    _listeners.append(listener)


def tell(*, number: str) -> None:
    """Say that an order is new or has changed. What is not said is found by the schedule, a minute later."""
    for listener in _listeners:
        listener(number)


def paid(*, number: str) -> Order:
    """The money was taken. Raises ``UnknownOrderError``."""
    return changed(number=number, decide=lambda order: None if order.paid else order.model_copy(update={"paid": True}))


def make_ready(*, number: str, who: str, since: str = "") -> Order:
    """The goods wait to be collected."""
    return _moved(number, Status.READY, who, since)


def ship(*, number: str, who: str, since: str = "") -> Order:
    """The goods are on their way."""
    return _moved(number, Status.SHIPPED, who, since)


def complete(*, number: str, who: str, since: str = "") -> Order:
    """The shopper has the goods."""
    return _moved(number, Status.COMPLETED, who, since)


def cancel(*, number: str, who: str, why: str = "", since: str = "") -> Order:
    """Nothing of it is sent: all units go back into stock, all money to the shopper, who gets to read why.

    Raises ``OrderError``.
    """

    def decide(order: Order) -> Order | None:
        if order.status is Status.CANCELLED:
            return None
        if order.status is not Status.PLACED:
            raise OrderError(f"Order {order.number} is {order.status.words}: it can no longer be cancelled.")
        cancelled = noting.noted(order, Status.CANCELLED, who=who, note=f"cancelled: {why}" if why else "")
        return noting.owing(cancelled, refunds.settlement(order, step=CANCELLATION, quantities=refunds.left(order)))

    return settled(number=number, decide=decide, since=since)


def refund(*, number: str, step: str, amount: Decimal, who: str, why: str = "", since: str = "") -> Order:
    """Money goes back, and no goods. ``step`` names the refund: sent again, it counts once. The shopper reads why.

    ``since`` is ``noting.standing`` of the order when that was decided, if it matters. Raises ``OrderError``.
    """
    _require_name(step)

    def decide(order: Order) -> Order | None:
        if noting.settlement_of(order, step):
            return None
        if since:
            require_standing(order, since)
        _require_payable(order, amount)
        said = f"a refund of {amount:f} {order.totals.currency}{f': {why}' if why else ''}"
        noted = noting.noted(order, order.status, who=who, note=said)
        return noting.owing(noted, Settlement(step=step, amount=amount, stocked=True))

    return settled(number=number, decide=decide)


def require_standing(order: Order, since: str) -> None:
    """Raises ``ChangedError``."""
    if noting.standing(order) != since:
        raise ChangedError(f"Somebody else has changed order {order.number} meanwhile.")


def next_statuses(order: Order) -> tuple[Status, ...]:
    """What the order can become by what the staff say: sent, ready, handed over."""
    return tuple(status for status in FROM if not noting.has_been(order, status) and not _refusal(order, status))


def settled(*, number: str, decide: Decide, since: str = "") -> Order:
    """Store what is owed, and give it back; what must wait is left to the schedule. Raises as ``changed``."""
    order = changed(number=number, decide=decide, since=since)
    with suppress(*WAITING):
        order = settling.finish(number=number)
    tell(number=number)
    return order


def changed(*, number: str, decide: Decide, since: str = "") -> Order:
    """Store what is decided of an order as it is now. Raises ``UnknownOrderError``, and what ``decide`` does.

    With ``since``, ``noting.standing`` of the order when somebody decided it, it is theirs to do or nobody's: raises
    ``ChangedError`` where another was quicker, also with the same.
    """

    def decided(order: Order) -> Order | None:
        if since:
            require_standing(order, since)
        return decide(order)

    try:
        return stored.change(lambda: Order.read(number), decided)
    except UnknownDocumentError as error:
        raise UnknownOrderError("There is no such order.") from error


def _moved(number: str, status: Status, who: str, since: str) -> Order:
    def decide(order: Order) -> Order | None:
        return None if noting.has_been(order, status) else _reached(order, status, who)

    order = changed(number=number, decide=decide, since=since)
    tell(number=number)
    return order


def _refusal(order: Order, status: Status) -> str:
    """Why the order cannot become of a status now; empty when it can."""
    collected = order.fulfilment is not Fulfilment.DELIVERY
    wrong_way = (status is Status.READY and not collected) or (status is Status.SHIPPED and collected)
    if order.status not in FROM[status] or wrong_way:
        way = "to be collected" if collected else "to be delivered"
        return f"Order {order.number} is {order.status.words} and {way}: it cannot become {status.words}."
    if not order.paid:
        return f"Order {order.number} is not paid yet: wait until its payment has come through."
    return ""


def _reached(order: Order, status: Status, who: str) -> Order:
    if refusal := _refusal(order, status):
        raise OrderError(refusal)
    reached = noting.noted(order, status, who=who)
    # Goods that have arrived meanwhile are still to come back.
    waits = order.status is Status.RETURN_REQUESTED
    still: Order = reached.model_copy(update={"status": order.status}) if waits else reached
    return still


def _require_name(step: str) -> None:
    if not STEP.fullmatch(step):
        raise OrderError("Name the refund in small letters, digits and dashes, 41 at most, beginning with a letter.")
    if step == CANCELLATION or step.startswith("return-"):
        raise OrderError(f"{step} is what the shop calls something else: name the refund otherwise.")


def _require_payable(order: Order, amount: Decimal) -> None:
    most, coin, currency = refunds.unpaid(order), refunds.coin(order), order.totals.currency
    if amount.is_nan() or not 0 < amount <= most:
        raise OrderError(f"At most {most} {currency} can be paid back.")
    if amount % coin:
        raise OrderError(f"{amount} {currency} cannot be paid back: name a multiple of {coin}.")
