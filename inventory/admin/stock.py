"""Stock in the admin: a list of what lies where, and a page of each item to receive, count, adjust and move."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from inventory import fence, keyspace, places, queries
from inventory.admin.finding import Held, LeftChoice, OnHand, PlaceFilter, found_by
from inventory.admin.stock_forms import Which, blank, bound
from inventory.admin.stock_rows import StockRow, item_of, pk_of, read
from inventory.board import LOW
from inventory.changes import StockError
from inventory.fence import StockUnavailableError
from inventory.forms import StockForm
from inventory.permissions import CHANGE_STOCK, VIEW_BOARD
from inventory.results import Levels, LocationLevel
from inventory.templating import KINDS, moment, stock_item_url
from redismart.backoffice import history
from redismart.backoffice.admin import DocumentAdmin
from redismart.backoffice.standins import StandIn
from redismart.loading import cleaning
from redismart.redis.clauses import Params
from redismart.redis.connections import ShopRedis

LONGEST_LOCATION = 64
MOST_OTHERS = 100
NOTING_SECONDS = 10
LEDGER_SHOWN = 50
UNPROCESSABLE = 422


class StockAdmin(DocumentAdmin):
    columns = ("item", "place", "on_hand", "held", "sellable", "point")
    exported = ("sku", "location", "on_hand", "held", "sellable", "point")
    scanned = ("*",)
    default_order = ("sku", "ASC")
    list_filter = (PlaceFilter, LeftChoice, OnHand, Held)
    search_help_text = "A part of a SKU, or words of the product's name"
    change_list_template = "admin/inventory/stock_list.html"

    # Who may

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del obj
        return request.user.has_perm(VIEW_BOARD)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del obj
        return request.user.has_perm(CHANGE_STOCK) and request.user.has_perm(VIEW_BOARD)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A ledger explains every unit: nothing is deleted, only counted to 0."""
        del request, obj
        return False

    # Rows

    @property
    def index_alias(self) -> str:
        return keyspace.STOCK_INDEX

    def node(self) -> ShopRedis:
        return fence.node(fence.here())

    def search_clause(self, text: str, params: Params) -> str:
        return found_by(text, params)

    def rows(self, found: Sequence[Mapping[str, str]]) -> list[StandIn]:
        items = [(each["location"], each["sku"]) for each in found if each.keys() >= {"location", "sku"}]
        return [self._stand_in(row) for row in read(items)]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> StandIn | None:
        """An item at a place that the shop knows, or where stock of it is left."""
        del request, from_field
        location, sku = item_of(object_id)
        if not 0 < len(location) <= LONGEST_LOCATION or not cleaning.is_key(sku):
            return None
        if not places.by_ids([location]) and location not in queries.levels(skus=[sku])[sku].locations:
            return None
        (row,) = read([(location, sku)])
        return self._stand_in(row)

    def _stand_in(self, row: StockRow) -> StandIn:
        model: type[StandIn] = self.model
        return model.of(row, pk=pk_of((row.location, row.sku)))

    # Pages

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        """Which item at which place? What follows is that item's page."""
        del form_url
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = Which(request.GET or None)
        if form.is_valid():
            item = (form.cleaned_data["location"], form.cleaned_data["sku"])
            return HttpResponseRedirect(reverse("admin:inventory_stock_change", args=[quote(pk_of(item))]))
        told = {"title": "Which item, and where?", "form": form, "opts": self.opts}
        context = self.admin_site.each_context(request) | told | _known() | (extra_context or {})
        return TemplateResponse(request, "admin/inventory/stock_which.html", context)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """One item: its figures, the forms that change it, its ledger. Each change takes effect once."""
        del form_url
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if request.method == "POST":
            return self._change(request, row)
        return self._page(request, row, blank(row), extra_context)

    def _change(self, request: HttpRequest, row: StandIn) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        form = bound(request.POST, row)
        if form is None:
            messages.error(request, "There is no such change: use one of the forms below.")
            return HttpResponseRedirect(request.path)
        said = self._carried_out(request, form)
        if not said:
            return self._page(request, row, blank(row) | {form.action: form}, status=UNPROCESSABLE)
        self._note(request, row, form, said)
        messages.success(request, said)
        return HttpResponseRedirect(request.path)

    def _carried_out(self, request: HttpRequest, form: StockForm) -> str:
        """What was done; empty when nothing was, and the form says why."""
        try:
            return form.carry_out(who=request.user.get_username()) if form.is_valid() else ""
        except (StockError, StockUnavailableError) as error:
            form.add_error(None, str(error))
            return ""

    def _note(self, request: HttpRequest, row: StandIn, form: StockForm, said: str) -> None:
        mark = form.as_operation("").id
        turn = (fence.node(fence.here()), keyspace.noting(mark), NOTING_SECONDS)
        history.note_once(self, request, row, told=f"{said} {form.cleaned_data['why']}", mark=mark, turn=turn)

    def _page(
        self, request: HttpRequest, row: StandIn, forms: Any, extra_context: Any = None, *, status: int = 200
    ) -> TemplateResponse:
        stock = cast(StockRow, row.document)
        levels, names = queries.levels(skus=[stock.sku])[stock.sku], places.names()
        entries = [each for each in queries.ledger(sku=stock.sku) if each.location == stock.location][:LEDGER_SHOWN]
        context = self.admin_site.each_context(request) | {
            "title": f"{stock.name or stock.sku} at {names[stock.location]}",
            "opts": self.opts,
            "original": row,
            "history_address": reverse("admin:inventory_stock_history", args=[quote(row.pk)]),
            "stock": stock,
            "place": names[stock.location],
            "others": _others(stock, levels, names),
            "beyond": max(len(levels.locations) - 1 - MOST_OTHERS, 0),
            "forms": forms.values() if self.has_change_permission(request) else (),
            "opened": request.POST.get("action", "receive"),
            "ledger": [(each, KINDS.get(each.kind, each.kind), moment(each.at)) for each in entries],
            "board_address": stock_item_url(stock.sku),
        }
        return TemplateResponse(
            request,
            "admin/inventory/stock_item.html",
            context | _known() | (extra_context or {}),
            status=status,
        )

    # Columns

    @admin.display(description="item", ordering="sku")
    def item(self, row: Any) -> str:
        return format_html("{}<br><small>{}</small>", row.sku, row.name) if row.name else str(row.sku)

    @admin.display(description="location", ordering="location")
    def place(self, row: Any) -> str:
        return places.lately().names[row.location]

    @admin.display(description="on hand", ordering="on_hand")
    def on_hand(self, row: Any) -> str:
        return _number(row.on_hand)

    @admin.display(description="set aside", ordering="held")
    def held(self, row: Any) -> str:
        return _number(row.held)

    @admin.display(description="left to sell", ordering="sellable")
    def sellable(self, row: Any) -> str:
        sellable = row.document.sellable
        return _number(sellable, warn=sellable <= LOW)

    @admin.display(description="order at")
    def point(self, row: Any) -> str:
        if row.point is None:
            return ""
        return _number(row.point, warn=row.document.short)


def _number(units: int, *, warn: bool = False) -> str:
    return format_html('<span class="stock-number{}">{}</span>', " stock-number--low" if warn else "", f"{units:,}")


def _others(stock: StockRow, levels: Levels, names: places.Names) -> list[tuple[str, LocationLevel, str]]:
    """Where else the SKU is, the most of it first."""
    found = [(place, level) for place, level in levels.locations.items() if place != stock.location]
    most = sorted(found, key=lambda each: (-each[1].on_hand, names[each[0]].casefold()))[:MOST_OTHERS]
    return [(names[place], level, _address((place, stock.sku))) for place, level in most]


def _known() -> dict[str, Any]:
    """Every place by name, to choose from."""
    return {"known_places": sorted(places.names().items(), key=lambda each: each[1].casefold())}


def _address(item: tuple[str, str]) -> str:
    return reverse("admin:inventory_stock_change", args=[quote(pk_of(item))])
