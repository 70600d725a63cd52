"""A change list whose rows and counts come from RediSearch, one round trip a page."""

from typing import TYPE_CHECKING, Any, Literal, cast

from django.contrib import messages
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.core.paginator import Paginator
from django.http import HttpRequest

from redismart.backoffice.actions import Selection
from redismart.backoffice.filters import ClauseFilter, RangeFilter
from redismart.backoffice.searching import DEEPEST, Wanted
from redismart.backoffice.standins import StandIn
from redismart.redis import replies
from redismart.redis.clauses import Params
from redismart.redis.replies import Hits

LONGEST_TEXT = 200

if TYPE_CHECKING:
    Rows = Paginator[int]
    from redismart.backoffice.admin import DocumentAdmin
    from redismart.backoffice.whole import Whole
else:
    # Only type checkers know it as generic.
    Rows = Paginator


class ReachablePaginator(Rows):
    """Pages of rows fetched already; as many as can be reached."""

    def __init__(self, total: int, per_page: int) -> None:
        super().__init__(range(min(total, DEEPEST)), per_page)


class DocumentList(ChangeList):
    """Django's change list over a search instead of a table."""

    model_admin: "DocumentAdmin"
    whole: list[StandIn] | None = None
    """All rows, where they are so few that a list has them all."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> Any:
        """The filters are read here. There are no rows in a database: an action gets a ``Selection`` in their place."""
        del exclude_parameters
        specs, self.has_filters, unknown, _, self.has_active_filters = self.get_filters(request)
        self.filter_specs = specs
        for spec in specs:
            if request.method == "GET" and isinstance(spec, RangeFilter) and spec.problem:
                messages.warning(request, f"{spec.problem} The list is not narrowed by it.")
        for name in unknown:
            self.filter_params.pop(name, None)
        self.clear_all_filters_qs = self.get_query_string(
            {name: None for spec in specs for name in spec.expected_parameters() if name}
        )
        return Selection(self)

    def get_filters(self, request: HttpRequest) -> Any:
        """The filters in use. Addresses may carry anything: what no filter knows is left out, not looked up."""
        params = self.get_filters_params()
        before = len(params)
        specs = [
            cast(type[ClauseFilter], kind)(request, params, self.model, self.model_admin) for kind in self.list_filter
        ]
        return specs, bool(specs), params, False, before > len(params)

    def get_results(self, request: HttpRequest) -> None:
        hits = self._hits(request)
        last = max(-(-hits.total // self.list_per_page), 1)
        if self.page_num > last:
            # Rows were deleted since the page before, or somebody typed a number.
            self.page_num = last
            hits = self._hits(request)
        self.result_count = self.full_result_count = hits.total
        self.show_full_result_count = False
        self.show_admin_actions = True
        self.can_show_all = self.show_all = False
        self.multi_page = hits.total > self.list_per_page
        self.paginator = ReachablePaginator(hits.total, self.list_per_page)
        self.result_list = self.model_admin.rows(hits.rows)
        if hits.total > DEEPEST:
            self.search_help_text = (
                f"{hits.total:,} match. Pages lead to the first {DEEPEST:,}: search, filter or sort to get at others."
            )

    def _hits(self, request: HttpRequest) -> Hits:
        return replies.hits(self.model_admin.node().execute_command(*self.wanted(request).command()))

    def wanted(self, request: HttpRequest) -> Wanted:
        """The search of this page; one beyond the last that can be reached is refused with the last instead."""
        pages = DEEPEST // self.list_per_page
        if self.page_num > pages and request.method == "GET":
            messages.warning(request, f"Pages lead no further than {pages}: search, filter or sort to get at others.")
        self.page_num = min(max(self.page_num, 1), pages)
        params = Params()
        clauses = self.clauses(params)
        index = self.model_admin.index_alias
        offset = (self.page_num - 1) * self.list_per_page
        returned = self.model_admin.returned(self.model_admin.reads)
        return Wanted(index, clauses, params, self.order(), offset, self.list_per_page, returned)

    def clauses(self, params: Params) -> tuple[str, ...]:
        """What is searched and filtered by."""
        found = self.model_admin.search_clause(self.query, params) if self.query.strip() else ""
        return tuple(filter(None, (found, *(cast(ClauseFilter, spec).clause(params) for spec in self.filter_specs))))

    def order(self) -> tuple[str, str] | None:
        """The first column that is sorted by; the admin's own order without any, unless words rank."""
        for column, direction in self.get_ordering_field_columns().items():
            field = self.get_ordering_field(self.list_display[column])
            if field:
                return field, direction.upper()
        return None if self.query.strip() else self.model_admin.default_order

    def get_ordering_field_columns(self) -> dict[int, Literal["desc", "asc"]]:
        """Columns sorted by, with ``asc`` or ``desc``. RediSearch sorts by one: the first that can be."""
        for part in self.params.get(ORDER_VAR, "").split(".")[:10]:
            minus, number = part.startswith("-"), part.removeprefix("-")
            if not (number.isascii() and number.isdigit() and len(number) <= len("99")):
                continue
            if int(number) < len(self.list_display) and self.get_ordering_field(self.list_display[int(number)]):
                return {int(number): "desc" if minus else "asc"}
        return {}

    def get_ordering_field(self, field_name: Any) -> Any:
        attribute = field_name if callable(field_name) else getattr(self.model_admin, field_name, None)
        return getattr(attribute, "admin_order_field", None)


class WholeList(DocumentList):
    """A list of what is read whole, in an order of its own: hundreds of rows, not millions. The admin is ``Whole``."""

    def get_results(self, request: HttpRequest) -> None:
        del request
        rows = cast("Whole", self.model_admin).all_rows(self.query.strip()[:LONGEST_TEXT], self.filter_specs)
        self.whole = list(rows)
        self.paginator = Paginator(self.whole, self.list_per_page)
        self.result_count = self.full_result_count = len(self.whole)
        self.show_full_result_count = False
        self.show_admin_actions = True
        self.can_show_all = self.show_all = False
        self.multi_page = self.result_count > self.list_per_page
        self.page_num = min(max(self.page_num, 1), self.paginator.num_pages)
        shown = self.paginator.page(self.page_num).object_list
        self.result_list = cast("Whole", self.model_admin).completed(list(shown))

    def get_ordering_field_columns(self) -> dict[int, Literal["desc", "asc"]]:
        return {}
