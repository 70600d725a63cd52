"""Orders in the admin: a list, a page of each, and steps that are asked for and then taken by purchasing's operations.

Nothing is added, edited or deleted here: an order is what was bought, and its history tells what became of it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime

from purchasing import orders
from purchasing.admin import bulk, pages, taking
from purchasing.admin.finding import (
    BouncedChoice,
    OpenChoice,
    PlacedDate,
    RegionChoice,
    StatusChoice,
    TotalRange,
    found_by,
)
from purchasing.admin.models import HANDLE, VIEW
from purchasing.admin.order_rows import PLACES, OrderRow
from purchasing.models import Order, Status
from redismart.backoffice import columns
from redismart.backoffice.actions import Asked, Outcome, bulk_action
from redismart.backoffice.admin import DocumentAdmin
from redismart.backoffice.standins import StandIn
from redismart.redis.clauses import Params
from redismart.web import formats


class OrderAdmin(DocumentAdmin):
    document = Order
    key_field = "number"
    columns = ("number", "placed", "state", "buyer", "total")
    exported = (
        *("number", "placed", "status", "region", "name", "email", "fulfilment", "units", "total", "currency"),
        "refunded",
    )
    reads = tuple(PLACES)
    actions = ("make_ready", "ship", "complete", "export_chosen")
    default_order = ("placed", "DESC")
    list_filter = (StatusChoice, RegionChoice, OpenChoice, BouncedChoice, PlacedDate, TotalRange)
    search_help_text = "A number, the beginning of an e-mail address, or words of a name"
    change_list_template = "admin/purchasing/order_list.html"

    # Who may

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del obj
        return request.user.has_perm(VIEW)

    def has_add_permission(self, request: HttpRequest) -> bool:
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By steps alone, each with a permission of its own."""
        del request, obj
        return False

    has_delete_permission = has_change_permission

    def has_handle_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(HANDLE)

    # Rows

    def search_clause(self, text: str, params: Params) -> str:
        return found_by(text, params)

    def returned(self, names: Sequence[str]) -> tuple[str, ...]:
        """The list and the CSV show the same of an order."""
        del names
        return columns.at(PLACES)

    def row_of_fields(self, found: Mapping[str, str]) -> StandIn:
        return self._stand_in(OrderRow.found(found))

    def rows_of(self, pks: Sequence[str]) -> list[StandIn]:
        return [self._stand_in(OrderRow.of(order)) for order in Order.find_readable(pks)]

    def _stand_in(self, row: OrderRow) -> StandIn:
        model: type[StandIn] = self.model
        return model.of(row, pk=row.number)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> StandIn | None:
        del request, from_field
        model: type[StandIn] = self.model
        found = Order.find_readable([object_id]) if orders.NUMBER.fullmatch(object_id) else []
        return model.of(found[0], pk=object_id) if found else None

    # Actions

    @bulk_action(bulk.question("ready", "made ready to be collected"), permissions=("handle",))
    def make_ready(self, pks: Sequence[str], asked: Asked) -> Outcome:
        return bulk.moved(pks, Status.READY, orders.make_ready, who=asked.request.user.get_username())

    @bulk_action(bulk.question("ship", "sent"), permissions=("handle",))
    def ship(self, pks: Sequence[str], asked: Asked) -> Outcome:
        return bulk.moved(pks, Status.SHIPPED, orders.ship, who=asked.request.user.get_username())

    @bulk_action(bulk.question("complete", "handed over"), permissions=("handle",))
    def complete(self, pks: Sequence[str], asked: Asked) -> Outcome:
        return bulk.moved(pks, Status.COMPLETED, orders.complete, who=asked.request.user.get_username())

    # Pages

    def get_urls(self) -> list[URLPattern]:
        """Those of a list, and steps: ``…/US-000123/do/ship/``."""
        step = self.admin_site.admin_view(self.step_view)
        return [path("<str:object_id>/do/<slug:action>/", step, name="purchasing_order_step"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One order: what was bought, where it is, what was paid, and what can be done."""
        del form_url
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in ("GET", "HEAD"):
            return HttpResponse(status=405)
        row = self.get_object(request, object_id)
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[no-any-return]
        return pages.order_page(self, request, row, extra_context or {})

    def step_view(self, request: HttpRequest, object_id: str, action: str) -> HttpResponse:
        """Ask before a step is taken; take it when the answer is sent."""
        step = taking.allowed(request, action)
        row = self.get_object(request, object_id)
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[no-any-return]
        return taking.Taking(self, request, row, step).answer()

    # Columns

    @admin.display(description="number", ordering="number")
    def number(self, row: Any) -> str:
        return str(row.number)

    @admin.display(description="placed", ordering="placed")
    def placed(self, row: Any) -> str:
        moment = date_format(localtime(row.placed), "j M Y")
        way = f"{date_format(localtime(row.placed), 'H:i')}, {row.region}, {row.fulfilment.value}"
        return format_html("{}<br><small>{}</small>", moment, way)

    @admin.display(description="status", ordering="status")
    def state(self, row: Any) -> str:
        waits = "a refund came back: see to it" if row.bounced else "not all given back" if row.open else ""
        shown = '<span class="order-state" data-status="{}">{}</span> <span class="order-waits">{}</span>'
        return format_html(shown, row.status, row.title, waits)

    @admin.display(description="shopper")
    def buyer(self, row: Any) -> str:
        if not row.name:
            return str(row.email)
        return format_html("{}<br><small>{}</small>", row.name, row.email)

    @admin.display(description="total", ordering="total")
    def total(self, row: Any) -> str:
        units = f"{row.units} unit{'s' if row.units > 1 else ''}"
        back = f", {formats.money(row.refunded, row.currency, settings.LOCALE)} paid back" if row.refunded else ""
        total = formats.money(row.total, row.currency, settings.LOCALE)
        return format_html("{}<br><small>{}{}</small>", total, units, back)
