"""The Django admin of a document. Lists ask RediSearch, forms come from the fields, and writes go to operations."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

import structlog
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import ADDITION, CHANGE, DELETION
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst

from redismart.backoffice import columns, conflicts, damaged, exporting, history
from redismart.backoffice.actions import Asked, Outcome, Question, Selection, bulk_action
from redismart.backoffice.forms import DocumentForm, form_of
from redismart.backoffice.lists import DocumentList
from redismart.backoffice.searching import every_word
from redismart.backoffice.standins import StandIn
from redismart.redis.clauses import EVERYTHING, Params
from redismart.redis.connections import ShopRedis
from redismart.redis.documents import Document, damage
from redismart.redis.editing import BusyError, ConflictError, GoneError, TakenError

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    # Only type checkers know it as generic.
    ModelAdmin = admin.ModelAdmin


log = structlog.get_logger(__name__)
DELETE = Question("Delete", "What is deleted cannot be brought back.", "deleted", flag=DELETION, harmful=True)


class DocumentAdmin(ModelAdmin):
    """Subclasses name the document, the fields of its form and the operations that store, change and delete it."""

    document: ClassVar[type[Document]]
    key_field: ClassVar[str]
    shown: ClassVar[tuple[str, ...]]
    help_texts: ClassVar[dict[str, str]] = {}
    columns: ClassVar[tuple[str, ...]] = ()
    exported: ClassVar[tuple[str, ...]] = ()
    reads: ClassVar[tuple[str, ...]] = ()
    """The document's fields that columns, and the name of a row, are made of; without any, whole documents are read."""

    scanned: ClassVar[tuple[str, ...]] = ("$",)
    """What ``rows`` needs of each row that a scan finds, where ``reads`` names nothing: ``("*",)`` for hashes."""

    default_order: ClassVar[tuple[str, str] | None] = None
    form_base: ClassVar[type[DocumentForm]] = DocumentForm
    list_per_page = 50
    search_fields = ("words",)
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions: Any = ()
    change_list_template = "admin/backoffice/change_list.html"

    # What a subclass's operations are

    def store_new(self, form: DocumentForm) -> None:
        """Store a new document. Raises ``TakenError``, ``ValueError`` with what to do."""
        raise NotImplementedError

    def store_change(self, pk: str, form: DocumentForm) -> None:
        """Change a document. Raises ``ConflictError``, ``GoneError``, ``BusyError``, ``ValueError``."""
        raise NotImplementedError

    def remove(self, pk: str) -> None:
        """Delete a document and what belongs to it. Raises ``GoneError`` where another has done it meanwhile."""
        raise NotImplementedError

    # Rows

    @property
    def index_alias(self) -> str:
        return self.document.search_index.alias if self.document.search_index else ""

    def search_clause(self, text: str, params: Params) -> str:
        """Documents that have what staff typed."""
        return every_word(text, params) or EVERYTHING

    def node(self) -> ShopRedis:
        """Where the rows are searched."""
        return self.document.db()

    def returned(self, names: Sequence[str]) -> tuple[str, ...]:
        """How a search names the fields that it is to read."""
        return columns.paths(names)

    def rows(self, found: Sequence[Mapping[str, str]]) -> list[StandIn]:
        """What a page shows of what its search found, whole documents or some fields; damaged ones are left out."""
        return [row for each in found for row in self._readable(each)]

    def _readable(self, found: Mapping[str, str]) -> list[StandIn]:
        try:
            return [self.row(found["$"]) if "$" in found else self.row_of_fields(found)]
        except (ValueError, AttributeError) as error:
            reason = damage(error) if isinstance(error, ValueError) else str(error)
            log.warning("row_left_out", model=self.opts.label, reason=reason)
            return []

    def row_of_fields(self, found: Mapping[str, str]) -> StandIn:
        """A row of just those fields that were read; a list needs no more."""
        document = columns.partial(self.document, found)
        model: type[StandIn] = self.model
        return model.of(document, pk=str(getattr(document, self.key_field)))

    def rows_of(self, pks: Sequence[str]) -> list[StandIn]:
        """The rows of some primary keys, those that are there, in one round trip."""
        found = self.document.find_readable(pks)
        return [self.model.of(each, pk=str(getattr(each, self.key_field))) for each in found]

    def pk_of_key(self, key: str) -> str:
        """The primary key of the document under a Redis key."""
        return key.removeprefix(self.document.key_of(""))

    def row(self, stored: str) -> StandIn:
        document = self.document.decoded(stored)
        model: type[StandIn] = self.model
        return model.of(document, pk=str(getattr(document, self.key_field)))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> StandIn | None:
        del from_field
        found = self.document.find_readable([object_id]) if damaged.is_key(object_id) else []
        return self.model.of(found[0], pk=object_id) if found else damaged.to_delete(self, request, object_id)

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> Any:
        """What is there and cannot be read says so."""
        pk = unquote(object_id)
        if damaged.is_there(self, pk):
            return damaged.told(self, request, pk)
        return super()._get_obj_does_not_exist_redirect(request, opts, object_id)  # type: ignore[misc]

    def get_queryset(self, request: HttpRequest) -> Any:
        """No rows: they are in Redis. Nothing evaluates it."""
        del request
        return self.model._default_manager.none()

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[DocumentList]:
        del request, options
        return DocumentList

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        del request
        return self.columns

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Nothing is looked up in a database: filters read what they know, the rest is left out."""
        del lookup, value, request
        return True

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        del request
        return to_field == "key"

    # Forms

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        del request, obj, change, options
        return form_of(
            self.document,
            self.model,
            shown=self.shown,
            key_field=self.key_field,
            help_texts=self.help_texts,
            base=self.form_base,
        )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if not self.may_edit(request, obj):
            return [(None, {"fields": [*self.shown]})]
        own = [name for name in self.get_form(request, obj)(instance=obj).fields if name not in self.shown]
        return [(None, {"fields": [*self.shown, *own]})]

    def may_edit(self, request: HttpRequest, obj: Any) -> bool:
        return self.has_add_permission(request) if obj is None else self.has_change_permission(request, obj)

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        row = form.save(commit=False)
        history.begin_one(request, row, CHANGE if change else ADDITION)
        return row

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        del request
        if change:
            self.store_change(obj.pk, form)
        else:
            self.store_new(form)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        del request
        self.remove(obj.pk)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return history.end_one(request, obj, message) or super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return history.end_one(request, obj, message) or super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Django has them logged before they are deleted."""
        return [history.begin_one(request, row, DELETION) for row in queryset]

    def goes_along(self, pks: Sequence[str]) -> list[tuple[str, int]]:
        """What else goes when some documents are deleted, by what it is called: ``[("reviews", 12)]``."""
        del pks
        return []

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What a deletion takes along, named and counted."""
        along = [(kind, count) for kind, count in self.goes_along([row.pk for row in objs]) if count]
        told = [f"{count:,} {kind}" for kind, count in along]
        names: list[Any] = [*map(str, objs), *([told] if told else [])]
        lacking = set() if self.has_delete_permission(request) else {self.opts.verbose_name}
        counts = {str(self.opts.verbose_name_plural): len(objs)} | dict(along)
        return names, counts, lacking, []

    # Actions

    def _get_base_actions(self) -> list[Any]:
        """This admin's own: those of the site know only tables."""
        return [found for name in self.actions for found in [self.get_action(name)] if found]

    @admin.display(description=mark_safe('<input type="checkbox" id="action-toggle">'))
    def action_checkbox(self, obj: Any) -> SafeString:
        """As Django's, without a template for each row: that takes a fifth of a page's time."""
        box = '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="Select for an action: {}">'
        return format_html(box, ACTION_CHECKBOX_NAME, obj.pk, obj)

    @bulk_action(DELETE, permissions=("delete",))
    def delete_chosen(self, pks: Sequence[str], asked: Asked) -> Outcome:
        """Delete a batch; one after the other, unless a subclass has an operation for many."""
        del asked
        return self.remove_each(pks)

    def remove_each(self, pks: Sequence[str]) -> Outcome:
        """Delete documents in this order; what is refused is told with its reason."""
        refused: list[tuple[str, str]] = []
        for pk in pks:
            try:
                self.remove(pk)
            except (ValueError, RuntimeError) as error:
                refused.append((pk, str(error)))
        kept = {pk for pk, _reason in refused}
        return Outcome([pk for pk in pks if pk not in kept], refused)

    @admin.action(description="Export the chosen ones as CSV", permissions=["view"])
    def export_chosen(self, request: HttpRequest, selection: Selection) -> StreamingHttpResponse:
        del request
        return exporting.download(self, exporting.chosen_rows(selection))

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Django's form, and a clear page or message for what happened meanwhile.

        Without the transaction that ``ModelAdmin.changeform_view`` puts around it: SQLite would have all others of the
        staff wait while Redis works, and no rollback brings back what Redis has taken.
        """
        more = {"show_save_as_new": False, **(extra_context or {})}
        try:
            with history.noting(request):
                return self._changeform_view(request, object_id, form_url, more)  # type: ignore[attr-defined]
        except ConflictError as conflict:
            return conflicts.page(self, request, str(object_id), conflict.current)
        except GoneError:
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(object_id))
        except (TakenError, BusyError) as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(request.path)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        """Django's question and deletion, without a transaction as in ``changeform_view``."""
        try:
            with history.noting(request):
                return self._delete_view(request, object_id, extra_context)  # type: ignore[attr-defined]
        except GoneError:
            # Another was quicker, and the history is theirs.
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        except BusyError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(request.path)

    # Export

    def get_urls(self) -> list[URLPattern]:
        opts = self.opts
        name = f"{opts.app_label}_{opts.model_name}_export"
        return [path("export.csv", self.admin_site.admin_view(self.export), name=name), *super().get_urls()]

    def export(self, request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
        """What the list shows under the same search and filters, as CSV, sent as it is read."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        if request.method not in ("GET", "HEAD"):
            return HttpResponse(status=405)
        listed = cast(DocumentList, self.get_changelist_instance(request))
        return exporting.download(self, exporting.listed_rows(listed))

    def cells(self, document: Any) -> Iterable[str]:
        """One line's cells, as text."""
        for name in self.exported or self.shown:
            value = getattr(document, name)
            yield "" if value is None else " > ".join(value) if isinstance(value, tuple) else str(value)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        opts = self.opts
        export = reverse(f"admin:{opts.app_label}_{opts.model_name}_export")
        query = request.GET.urlencode()
        title = capfirst(str(opts.verbose_name_plural))
        more = {"export_address": f"{export}?{query}" if query else export, "title": title}
        return super().changelist_view(request, {**more, **(extra_context or {})})
