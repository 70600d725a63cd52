"""The page of one order, as staff see it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse

from purchasing import progress, refunds
from purchasing.admin.steps import STEPS
from purchasing.models import Order, Return
from redismart.backoffice.standins import StandIn
from redismart.web import formats

if TYPE_CHECKING:
    from purchasing.admin.orders import OrderAdmin

Ways = list[dict[str, Any]]


def order_page(admin: "OrderAdmin", request: HttpRequest, row: StandIn, extra: Mapping[str, Any]) -> TemplateResponse:
    order = cast(Order, row.document)
    names = {item.sku: item.name for item in order.items}
    context = shared(admin, request, row) | {
        "title": f"Order {order.number}",
        "order": order,
        "status": progress.title(order),
        "language": formats.language(order.buyer.locale),
        "ways": ways(request, order),
        "lines": [_line(order, item) for item in order.items],
        "parcels": [(parcel, _units(parcel.quantities, names)) for parcel in order.parcels],
        "store": progress.store(order),
        "sums": _sums(order),
        "settlements": [
            (each, money(order, each.amount), _units(each.quantities, names)) for each in order.settlements
        ],
        "returns": [
            (each, _units(each.quantities, names), ways(request, order, each)) for each in reversed(order.returns)
        ],
        "told": [kind.replace("-", " ", 1).replace(":", ", ") for kind in order.told],
        "history": tuple(reversed(progress.events(order))),
    }
    answer = TemplateResponse(request, "admin/purchasing/order.html", context | dict(extra))
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def shared(admin: "OrderAdmin", request: HttpRequest, row: StandIn) -> dict[str, Any]:
    """What every page of an order needs."""
    return admin.admin_site.each_context(request) | {
        "opts": admin.opts,
        "original": row,
        "list_address": reverse("admin:purchasing_order_changelist"),
        "order_address": order_address(str(row.pk)),
        "history_address": reverse("admin:purchasing_order_history", args=[row.pk]),
    }


def order_address(number: str) -> str:
    return reverse("admin:purchasing_order_change", args=[number])


def ways(request: HttpRequest, order: Order, returned: Return | None = None) -> Ways:
    """The steps that can be taken now, by whoever looks: of the order, or of one of its returns."""
    query = f"?{urlencode({'return': returned.step})}" if returned else ""
    return [
        {"step": step, "address": reverse("admin:purchasing_order_step", args=[order.number, step.name]) + query}
        for step in STEPS.values()
        if step.of_return == (returned is not None)
        and request.user.has_perm(step.permission)
        and step.possible(order, returned)
    ]


def money(order: Order, amount: Decimal) -> str:
    return formats.money(amount, order.totals.currency, settings.LOCALE)


def _line(order: Order, item: Any) -> dict[str, Any]:
    return {
        "item": item,
        "price": money(order, item.price),
        "sum": money(order, item.price * item.quantity),
        "back": order.returned.get(item.sku, 0),
        "address": reverse("product", args=[item.sku]),
    }


def _sums(order: Order) -> list[tuple[str, str]]:
    totals = order.totals
    sums = [("Goods", totals.goods), ("Delivery", totals.delivery)]
    sums += [("Tax, included" if totals.tax_included else "Tax", totals.tax)]
    sums += [("Rounding", -totals.rounding)] if totals.rounding else []
    told = [(name, money(order, amount)) for name, amount in sums] + [("Total", money(order, totals.total))]
    back = [("Paid back", order.refunded), ("Could still be paid back", refunds.unpaid(order))]
    return told + [(name, money(order, amount)) for name, amount in back if amount and order.paid]


def _units(quantities: Mapping[str, int], names: Mapping[str, str]) -> list[tuple[int, str]]:
    return [(units, names.get(sku, sku)) for sku, units in quantities.items()]
