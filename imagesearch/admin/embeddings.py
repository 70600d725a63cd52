"""Embeddings in the admin: pictures of products with what the model made of them, to be made again.

The list is of those that can be found by a photo; those set aside have a page of their own, with the reasons.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from catalog import api as catalog
from imagesearch import keyspace, tasks, vectors
from imagesearch.admin.embedding_rows import LONGEST_TEXT, EmbeddingRow, aside_page, pk_of, read, state
from imagesearch.vectors import Space
from redismart.backoffice import naming
from redismart.backoffice.actions import Asked, Outcome, Question, bulk_action
from redismart.backoffice.admin import DocumentAdmin
from redismart.backoffice.damaged import is_key
from redismart.backoffice.filters import ChoiceFilter
from redismart.backoffice.searching import words_in
from redismart.backoffice.standins import StandIn
from redismart.redis.clauses import EVERYTHING, Params, any_of, tag_any
from redismart.redis.connections import ShopRedis

LIST = "admin:imagesearch_embedding_changelist"
NO_BROKER = "Nothing was ordered: the broker does not answer. Try again in a moment."
AGAIN = Question(
    "Make again",
    "The worker makes the vectors of these products anew; they are found by the old ones until then.",
    "ordered to be made again",
)


class PriceChoice(ChoiceFilter):
    """Whether the product is for sale: photos find those that are not as well."""

    title = "product"
    names = ("sold",)

    @staticmethod
    def values() -> list[tuple[str, str]]:
        return [("yes", "For sale"), ("no", "Without a price")]

    def clause(self, params: Params) -> str:
        del params
        return {"yes": "@cost:[-inf +inf]", "no": "-@cost:[-inf +inf]"}.get(self.chosen, "")


class EmbeddingAdmin(DocumentAdmin):
    columns = ("seen", "product", "name", "facts")
    exported = ("sku", "picture")
    reads = ("sku", "picture")
    default_order = ("sku", "ASC")
    list_filter = (PriceChoice,)
    actions = ("make_again", "export_chosen")
    search_help_text = "A SKU or its beginning, a picture's name, or words of the product"
    change_list_template = "admin/imagesearch/embeddings.html"

    # Who may

    def has_add_permission(self, request: HttpRequest) -> bool:
        del request
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Vectors follow the catalogue: who removes a picture there removes its vector."""
        del request, obj
        return False

    # Rows

    @property
    def space(self) -> Space | None:
        """The model in use."""
        return Space.active()

    @property
    def index_alias(self) -> str:
        space = self.space
        return keyspace.index(space.fingerprint) if space else ""

    def node(self) -> ShopRedis:
        return vectors.client()

    def returned(self, names: Sequence[str]) -> tuple[str, ...]:
        """Fields of hashes, and never the vector, which is no text."""
        return tuple(names)

    def search_clause(self, text: str, params: Params) -> str:
        typed = text.strip()[:LONGEST_TEXT]
        words = catalog.stems(" ".join(words_in(typed)))
        named = [tag_any("picture", [typed], params), f"@sku:{{{params.add(typed.replace(chr(92), chr(92) * 2))}*}}"]
        spoken = [f"@words:({' '.join(params.add(word) for word in words)})"] if words else []
        return any_of([*named, *spoken]) if typed else EVERYTHING

    def rows(self, found: Sequence[Mapping[str, str]]) -> list[StandIn]:
        complete = (each for each in found if "sku" in each and "picture" in each)
        rows = [self._stand_in(EmbeddingRow(sku=each["sku"], picture=each["picture"])) for each in complete]
        return naming.named(rows)

    def rows_of(self, pks: Sequence[str]) -> list[StandIn]:
        space = self.space
        return [self._stand_in(row) for row in read(space, pks)] if space else []

    def pk_of_key(self, key: str) -> str:
        return key.split(":", 3)[3]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> StandIn | None:
        del request, from_field
        return next(iter(self.rows_of([object_id])), None) if is_key(object_id) else None

    def _stand_in(self, row: EmbeddingRow) -> StandIn:
        model: type[StandIn] = self.model
        return model.of(row, pk=pk_of(row))

    # Pages

    def get_urls(self) -> list[URLPattern]:
        at = self.admin_site.admin_view
        return [
            path("set-aside/", at(self.set_aside_view), name="imagesearch_embedding_set_aside"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The list with the model's progress; without a model, why there is no list."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        space = self.space
        if space is None:
            return self._page(request, "admin/imagesearch/no_model.html", title="Embeddings")
        return super().changelist_view(request, {"state": state(space), **(extra_context or {})})

    def export(self, request: HttpRequest) -> Any:
        if self.has_view_permission(request) and self.space is None:
            return HttpResponseRedirect(reverse(LIST))
        return super().export(request)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """One picture; sent, its product is ordered to be made again."""
        del form_url, extra_context
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if request.method == "POST":
            return self._again(request, row)
        return self._page(request, "admin/imagesearch/embedding.html", title=str(row), original=row, **_told(row))

    def _again(self, request: HttpRequest, row: StandIn) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        if tasks.order_again([cast(EmbeddingRow, row.document).sku]):
            self.log_change(request, row, "Ordered to be made again.")
            messages.success(request, "The worker makes the vectors of this product again.")
        else:
            messages.error(request, NO_BROKER)
        return HttpResponseRedirect(request.path)

    def set_aside_view(self, request: HttpRequest) -> HttpResponse:
        """Pictures of which no vector can be made, with the reasons; sent, all are tried again."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        space = self.space
        if space is None:
            return HttpResponseRedirect(reverse(LIST))
        if request.method == "POST":
            return self._retry(request)
        page = aside_page(space, text=request.GET.get("q", ""), after=request.GET.get("after", ""))
        rows = [{"aside": each, "product": _product(each.sku) if each.sku else ""} for each in page.rows]
        told = {"rows": rows, "page": page, "state": state(space)}
        return self._page(request, "admin/imagesearch/set_aside.html", title="Pictures set aside", **told)

    def _retry(self, request: HttpRequest) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        if tasks.order_retry():
            messages.success(request, "The worker tries all of them again: every product is looked at.")
        else:
            messages.error(request, NO_BROKER)
        return HttpResponseRedirect(reverse("admin:imagesearch_embedding_set_aside"))

    def _page(self, request: HttpRequest, template: str, **told: Any) -> TemplateResponse:
        context = {"opts": self.opts, "list_address": reverse(LIST), "may": self.has_change_permission(request)}
        return TemplateResponse(request, template, self.admin_site.each_context(request) | context | told)

    # Actions

    @bulk_action(AGAIN)
    def make_again(self, pks: Sequence[str], asked: Asked) -> Outcome:
        """Each product of the batch is ordered once, however many pictures of it were chosen."""
        del asked
        skus = list(dict.fromkeys(pk.partition(":")[2] for pk in pks))
        if tasks.order_again(skus):
            return Outcome(pks)
        return Outcome(refused=[(pk, NO_BROKER) for pk in pks])

    # Columns

    @admin.display(description="picture")
    def seen(self, row: Any) -> str:
        shown = '<img src="{}" alt="Picture {}" width="64" height="64" loading="lazy">'
        return format_html(shown, _source(row.picture), row.picture)

    @admin.display(description="product", ordering="sku")
    def product(self, row: Any) -> str:
        called = row.__dict__.get("called", "")
        return format_html("{}<br><small>{}</small>", row.sku, called) if called else str(row.sku)

    @admin.display(description="file", ordering="picture")
    def name(self, row: Any) -> str:
        return str(row.picture)

    @admin.display(description="in the shop")
    def facts(self, row: Any) -> str:
        return format_html('<a href="{}">See the product</a>', _product(row.sku))


def _told(row: StandIn) -> dict[str, Any]:
    told = cast(EmbeddingRow, row.document)
    address = reverse("admin:imagesearch_embedding_history", args=[quote(str(row.pk))])
    return {"row": told, "source": _source(told.picture), "product": _product(told.sku), "history_address": address}


def _source(picture: str) -> str:
    return f"{settings.MEDIA_URL}{catalog.picture_path(picture, 'small')}"


def _product(sku: str) -> str:
    return reverse("product", args=[sku])
