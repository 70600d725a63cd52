"""Reviews in the admin: to read, to search, to hide and to delete; nobody rewrites what a shopper said."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from catalog import editing, reviews
from catalog.models import Review
from redismart.backoffice import naming
from redismart.backoffice.actions import Asked, Outcome, Question, bulk_action
from redismart.backoffice.admin import DELETE, DocumentAdmin
from redismart.backoffice.filters import ChoiceFilter, DateFilter, RangeFilter
from redismart.backoffice.searching import every_word
from redismart.backoffice.standins import StandIn
from redismart.redis.clauses import Params, any_of, tag_any
from redismart.redis.editing import GoneError

HIDE = Question("Hide from the shop", "The shop does not show them, and ratings no longer count them.", "hidden")
SHOW = Question("Show in the shop again", "The shop shows them, and ratings count them.", "shown again")


class Stars(RangeFilter):
    title = "stars"
    names = ("stars_from", "stars_to")
    field = "stars"


class Written(DateFilter):
    title = "day written"
    names = ("written_from", "written_to")
    field = "created"


class Moderation(ChoiceFilter):
    title = "moderation"
    names = ("moderation",)

    @staticmethod
    def values() -> list[tuple[str, str]]:
        return [("shown", "Shown"), ("hidden", "Hidden by staff")]

    def clause(self, params: Params) -> str:
        del params
        return {"hidden": "@hidden:[1 1]", "shown": "-@hidden:[1 1]"}.get(self.chosen, "")


class Bought(ChoiceFilter):
    title = "bought here"
    names = ("bought",)

    @staticmethod
    def values() -> list[tuple[str, str]]:
        return [("1", "Yes"), ("0", "No")]

    def clause(self, params: Params) -> str:
        del params
        return f"@verified:[{self.chosen} {self.chosen}]" if self.chosen in ("0", "1") else ""


class ReviewAdmin(DocumentAdmin):
    document = Review
    key_field = "review_id"
    shown = ("review_id", "sku", "author", "stars", "title", "text", "verified", "hidden")
    columns = ("said", "starred", "product", "writer", "bought", "visible", "written")
    exported = ("review_id", "sku", "author", "stars", "title", "text", "verified", "hidden", "created")
    reads = ("review_id", "sku", "author", "stars", "title", "text", "verified", "hidden", "created")
    actions = ("hide", "show", "delete_chosen", "export_chosen")
    default_order = ("created", "DESC")
    list_filter = (Moderation, Stars, Bought, Written)
    search_help_text = "Words of the text, or a product's SKU"

    def search_clause(self, text: str, params: Params) -> str:
        of_product = tag_any("sku", [text.strip()[:200]], params) if text.strip() else ""
        return any_of(filter(None, (every_word(text, params), of_product)))

    def has_add_permission(self, request: HttpRequest) -> bool:
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("catalog.change_review")

    def remove(self, pk: str) -> None:
        if not editing.delete_reviews(review_ids=[pk]):
            raise GoneError(pk)

    @bulk_action(HIDE, permissions=("moderate",))
    def hide(self, pks: Sequence[str], asked: Asked) -> Outcome:
        del asked
        return Outcome(reviews.hide(review_ids=pks, hidden=True))

    @bulk_action(SHOW, permissions=("moderate",))
    def show(self, pks: Sequence[str], asked: Asked) -> Outcome:
        del asked
        return Outcome(reviews.hide(review_ids=pks, hidden=False))

    @bulk_action(DELETE, permissions=("delete",))
    def delete_chosen(self, pks: Sequence[str], asked: Asked) -> Outcome:
        del asked
        return Outcome(editing.delete_reviews(review_ids=pks))

    def rows(self, found: Sequence[Mapping[str, str]]) -> list[StandIn]:
        """A page of them, with what their products are called."""
        return naming.named(super().rows(found))

    @admin.display(description="review")
    def said(self, row: Any) -> str:
        return str(row.title or row.text[:80] or "(no words)")

    @admin.display(description="stars", ordering="stars")
    def starred(self, row: Any) -> int:
        return int(row.stars)

    @admin.display(description="product", ordering="sku")
    def product(self, row: Any) -> str:
        address = reverse("admin:catalog_product_change", args=[quote(row.sku)])
        return format_html('<a href="{}">{}</a>', address, row.__dict__.get("called") or row.sku)

    @admin.display(description="in the shop", boolean=True)
    def visible(self, row: Any) -> bool:
        return not row.hidden

    @admin.display(description="author")
    def writer(self, row: Any) -> str:
        return str(row.author)

    @admin.display(description="bought here", boolean=True, ordering="verified")
    def bought(self, row: Any) -> bool:
        return bool(row.verified)

    @admin.display(description="written", ordering="created")
    def written(self, row: Any) -> Any:
        return row.created
