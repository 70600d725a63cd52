"""``order``: what the staff do with an order, where no page is at hand or a script does it."""

import getpass
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from redis.exceptions import RedisError

from purchasing import orders, returning
from purchasing.models import Order
from purchasing.orders import OrderError, UnknownOrderError
from purchasing.stored import ConflictError

Do = Callable[..., Order]
STEPS: dict[str, Do] = {
    "ready": orders.make_ready,
    "shipped": orders.ship,
    "collected": orders.complete,
    "delivered": orders.complete,
    "cancel": orders.cancel,
}
RETURNS, REFUND, SHOW = ("received-return", "refuse-return"), "refund", "show"
REFUSED = (OrderError, UnknownOrderError)


class Command(BaseCommand):
    help = (
        "Say what has become of an order: the shopper is told by e-mail, what is owed is put back into stock and paid "
        "back. Said twice, it counts once. Without an action it shows how the order stands."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", help="the order's number, such as US-000123")
        parser.add_argument("action", nargs="?", default=SHOW, choices=(SHOW, *STEPS, *RETURNS, REFUND))
        parser.add_argument(
            "--return", dest="step", help="which return, such as return-1; the only open one by default"
        )
        parser.add_argument(
            "--units", action="append", type=_units, metavar="SKU=N", help="what has come of a return; all by default"
        )
        parser.add_argument(
            "--unsellable",
            action="append",
            type=_units,
            metavar="SKU=N",
            help="what of it cannot be sold again: it is paid back, and stays out of stock",
        )
        parser.add_argument("--amount", type=_amount, help="what is refunded without goods")
        parser.add_argument("--name", default="", help="the refund's name: given twice, it is paid once")
        parser.add_argument("--reason", default="", help="why a return is refused; the shopper gets to read it")
        parser.add_argument("--by", default="", help="who says so, for the history; your user name by default")

    def handle(self, *, number: str, action: str, **options: Any) -> None:
        try:
            order = _done(number, action, options)
        except REFUSED as error:
            raise CommandError(str(error)) from None
        except (ConflictError, RedisError, OSError) as error:
            raise CommandError(f"{error} Give the same command again.") from None
        self._tell(order)

    def _tell(self, order: Order) -> None:
        self.stdout.write(f"{order.number} is {order.status.words}.")
        for each in order.returns:
            units = ", ".join(f"{count} of {sku}" for sku, count in each.quantities.items())
            self.stdout.write(f"{each.step}, {each.state.value}: {units}")
        for made in (each for each in order.settlements if each.unsellable):
            units = ", ".join(f"{count} of {sku}" for sku, count in made.unsellable.items())
            self.stdout.write(f"{made.step}, kept out of stock: {units}")
        if order.refunded:
            self.stdout.write(f"Paid back: {order.refunded} {order.totals.currency}")
        if owed := sum((each.amount for each in order.settlements if not each.paid), Decimal(0)):
            self.stdout.write(f"To be paid back, which is tried each minute: {owed} {order.totals.currency}")


def _done(number: str, action: str, options: dict[str, Any]) -> Order:
    who = options["by"] or getpass.getuser()
    if action == SHOW:
        return orders.find(number=number)
    if action in STEPS:
        return STEPS[action](number=number, who=who)
    if action == REFUND:
        return _refunded(number, who, options)
    step = options["step"] or _only_open(number)
    if action == "refuse-return":
        return returning.refuse(number=number, step=step, who=who, reason=options["reason"])
    came, spoilt = (dict(options[name]) if options[name] else None for name in ("units", "unsellable"))
    return returning.receive(number=number, step=step, who=who, quantities=came, unsellable=spoilt)


def _refunded(number: str, who: str, options: dict[str, Any]) -> Order:
    if options["amount"] is None or not options["name"]:
        raise OrderError("Say how much, and call it something: --amount 5.00 --name late-delivery")
    return orders.refund(number=number, step=options["name"], amount=options["amount"], who=who)


def _only_open(number: str) -> str:
    """The return that is meant when none is named."""
    order = orders.find(number=number)
    meant = order.requested or order.returns
    if len(meant) == 1:
        return meant[0].step
    if not order.returns:
        raise OrderError(f"Nobody has asked to send anything of {number} back.")
    known = ", ".join(f"{each.step} ({each.state.value})" for each in order.returns)
    raise OrderError(f"Say which return by --return; there are {known}.")


def _units(written: str) -> tuple[str, int]:
    sku, _, count = written.rpartition("=")
    if not sku or not (count.isascii() and count.isdecimal()):
        raise ArgumentTypeError(f"{written!r} is no SKU with a number, such as lamp=2.")
    return sku, int(count)


def _amount(written: str) -> Decimal:
    try:
        return Decimal(written)
    except InvalidOperation:
        raise ArgumentTypeError(f"{written!r} is no amount, such as 5.00.") from None
