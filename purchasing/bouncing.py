"""Refunds that the provider took and the shopper's bank did not: the money is back at the shop, often days later.

Sent again it would come back again, as the account is closed or the card blocked. So nothing is tried: the order waits
for somebody who pays it back otherwise and says how.
"""

from decimal import Decimal

from purchasing import orders
from purchasing.models import Event, Order, Settlement, now
from purchasing.orders import OrderError
from redismart.redis import clauses, replies

BANK = "bank"
LONGEST_HOW = 300


def came_back(*, key: str) -> None:
    """The refund of this name was not taken, if it is one of ours. Said again, it counts once."""
    checkout_id, _, step = key.rpartition(":")
    number = _number_of(checkout_id) if checkout_id else ""
    if not number:
        return

    def decide(order: Order) -> Order | None:
        settlement = next((each for each in order.settlements if each.step == step), None)
        return None if settlement is None or settlement.bounced else _bounced(order, settlement)

    orders.changed(number=number, decide=decide)


def paid_otherwise(*, number: str, who: str, how: str, since: str = "") -> Order:
    """Somebody has paid the shopper all that their bank did not take. Said again, it counts once.

    Raises ``OrderError``.
    """
    said = how.strip()
    if not 0 < len(said) <= LONGEST_HOW:
        raise OrderError(f"Say how it was paid back, in {LONGEST_HOW} letters at most.")

    def decide(order: Order) -> Order | None:
        return _paid(order, who, said) if order.bounced else None

    order = orders.changed(number=number, decide=decide, since=since)
    orders.tell(number=number)
    return order


def amount(order: Order) -> Decimal:
    """What somebody must pay back."""
    return sum((each.amount for each in order.bounced), Decimal(0))


def _number_of(checkout_id: str) -> str:
    """The number of a checkout's order; empty when there is none."""
    params = clauses.Params()
    query = clauses.tag_any("checkout", [checkout_id], params)
    options = ("RETURN", 1, "number", "LIMIT", 0, 1, *params.arguments())
    found = Order.db().execute_command("FT.SEARCH", Order.search_index.alias, query, *options)
    return next((row["number"] for row in replies.hits(found).rows), "")


def _bounced(order: Order, settlement: Settlement) -> Order:
    said = f"{settlement.amount:f} {order.totals.currency} came back: the bank of the card did not take it"
    newer = order.with_settlement(settlement, bounced=True, paid=False)
    taken_off = settlement.amount if settlement.paid else Decimal(0)
    event = Event(status=order.status, at=now(), who=BANK, note=said)
    return newer.model_copy(update={"refunded": order.refunded - taken_off, "history": (*order.history, event)})  # type: ignore[no-any-return]


def _paid(order: Order, who: str, how: str) -> Order:
    owed, newer = amount(order), order
    for each in order.bounced:
        newer = newer.with_settlement(each, paid=True)
    said = f"{owed:f} {order.totals.currency} paid back otherwise: {how}"
    event = Event(status=order.status, at=now(), who=who, note=said, paid_back=owed)
    return newer.model_copy(update={"refunded": order.refunded + owed, "history": (*order.history, event)})  # type: ignore[no-any-return]
