"""Reviews in the admin: to read, to search and to delete; nobody rewrites what a shopper said."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from catalog import editing
from catalog.models import Review
from redismart.backoffice.admin import DocumentAdmin
from redismart.backoffice.filters import DateFilter, RangeFilter


class Stars(RangeFilter):
    title = "stars"
    names = ("stars_from", "stars_to")
    field = "stars"


class Written(DateFilter):
    title = "day written"
    names = ("written_from", "written_to")
    field = "created"


class ReviewAdmin(DocumentAdmin):
    document = Review
    key_field = "review_id"
    shown = ("review_id", "sku", "author", "stars", "title", "text", "verified")
    columns = ("said", "starred", "product", "writer", "bought", "written")
    default_order = ("created", "DESC")
    list_filter = (Stars, Written)
    search_help_text = "Words of the text"

    def has_add_permission(self, request: HttpRequest) -> bool:
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False

    def remove(self, pk: str) -> None:
        editing.delete_review(review_id=pk)

    @admin.display(description="review")
    def said(self, row: Any) -> str:
        return str(row.title or row.text[:80] or "(no words)")

    @admin.display(description="stars", ordering="stars")
    def starred(self, row: Any) -> int:
        return int(row.stars)

    @admin.display(description="product", ordering="sku")
    def product(self, row: Any) -> str:
        return str(row.sku)

    @admin.display(description="author")
    def writer(self, row: Any) -> str:
        return str(row.author)

    @admin.display(description="bought here", boolean=True, ordering="verified")
    def bought(self, row: Any) -> bool:
        return bool(row.verified)

    @admin.display(description="written", ordering="created")
    def written(self, row: Any) -> Any:
        return row.created
