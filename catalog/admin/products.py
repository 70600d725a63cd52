"""Products in the admin."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from catalog import bulk, editing, operations, pictures, queries, search
from catalog.bulk import Repricing
from catalog.models import CATEGORY_LEVELS, LONGEST_SLUG, Picture, Product, slug_paths
from catalog.pictures import MOST_BYTES
from catalog.pricing import Pricing
from catalog.search import Text
from redismart.backoffice.actions import Asked, Outcome, Question, bulk_action
from redismart.backoffice.admin import DELETE, DocumentAdmin
from redismart.backoffice.filters import ChoiceFilter, DateFilter, RangeFilter
from redismart.backoffice.forms import DocumentForm, LinesField
from redismart.decoding import PictureError
from redismart.redis.clauses import Params
from redismart.redis.editing import GoneError
from redismart.web import formats
from redismart.web.formats import currency_digits

MOST_PICTURES = 20
REVIEWS_SHOWN = 10


class PictureUploadForm(DocumentForm):
    """A product's form: the fields of the document, and pictures by upload."""

    also_stamped = ("pictures",)

    sku = forms.CharField(
        max_length=200, widget=AdminTextInputWidget, label="SKU", help_text="Its key; cannot be changed later."
    )
    mpn = forms.CharField(
        max_length=200, required=False, widget=AdminTextInputWidget, label="MPN", help_text="The maker's part number."
    )
    currency = forms.CharField(
        max_length=3, widget=forms.TextInput(attrs={"size": 3}), help_text="Three letters, such as USD."
    )
    categories = LinesField(
        required=False,
        widget=AdminTextareaWidget(attrs={"rows": CATEGORY_LEVELS}),
        help_text="One a line, the broadest first: Audio, then Headphones.",
    )
    upload = forms.FileField(
        required=False, label="New picture", help_text="JPEG, PNG, WebP or GIF, up to 25 MB; it comes first."
    )
    upload_alt = forms.CharField(
        required=False,
        max_length=500,
        label="What it shows",
        help_text="For those who cannot see the picture.",
    )
    without = forms.MultipleChoiceField(
        required=False, label="Remove pictures", widget=forms.CheckboxSelectMultiple, choices=()
    )

    def __init__(self, *values: Any, **named: Any) -> None:
        super().__init__(*values, **named)
        stored = self.pictures_stored
        self.fields["without"].choices = [(picture.name, _thumbnail(picture)) for picture in stored]  # type: ignore[attr-defined]
        if not stored:
            del self.fields["without"]

    @property
    def pictures_stored(self) -> tuple[Picture, ...]:
        return self.instance.document.pictures if isinstance(self.instance.document, Product) else ()

    def clean_categories(self) -> tuple[str, ...]:
        names: tuple[str, ...] = self.cleaned_data["categories"]
        if names and len(slug_paths(names)[-1]) > LONGEST_SLUG:
            raise forms.ValidationError(f"Use shorter names: their address has at most {LONGEST_SLUG} letters.")
        return names

    def clean_upload(self) -> Picture | None:
        """The picture, stored: the same bytes are never stored twice, so that a second try costs nothing."""
        sent = self.cleaned_data["upload"]
        if sent is None:
            return None
        if len(self.pictures_stored) >= MOST_PICTURES:
            raise forms.ValidationError(f"A product has at most {MOST_PICTURES} pictures: remove one first.")
        try:
            stored = pictures.store(sent.read(MOST_BYTES + 1), folder=settings.MEDIA_ROOT)
        except PictureError as error:
            raise forms.ValidationError(f"The file {error}.") from None
        return Picture(name=stored.name, width=stored.width, height=stored.height)

    def told(self) -> dict[str, Any]:
        return super().told() | {"pictures": self.pictures_wanted()}

    def pictures_wanted(self) -> tuple[Picture, ...]:
        """The product's pictures after this form: the new one first, without those removed."""
        new, gone = self.cleaned_data.get("upload"), set(self.cleaned_data.get("without", ()))
        kept = [picture for picture in self.pictures_stored if picture.name not in gone]
        if new is None:
            return tuple(kept)
        described = new.model_copy(update={"alt": self.cleaned_data.get("upload_alt", "")})
        return (described, *(picture for picture in kept if picture.name != new.name))


def _thumbnail(picture: Picture) -> str:
    source = f"{settings.MEDIA_URL}{picture.path('small')}"
    return format_html('<img src="{}" alt="{}" width="80" loading="lazy">', source, picture.alt)


class PercentForm(forms.Form):
    """By how much prices are to change."""

    percent = forms.DecimalField(
        min_value=-90,
        max_value=500,
        max_digits=6,
        decimal_places=2,
        label="Percent",
        help_text="Minus makes them cheaper: -20 turns 10.00 into 8.00.",
    )
    strike = forms.BooleanField(
        required=False, label="Show the price of before struck out", help_text="Only where the new one is lower."
    )

    def clean_percent(self) -> Decimal:
        percent: Decimal = self.cleaned_data["percent"]
        if not percent:
            raise forms.ValidationError("0 percent changes nothing.")
        return percent


REPRICE = Question(
    "Change prices by percent", "Prices are rounded to the smallest coin of their currency.", "priced anew", PercentForm
)
REINDEX = Question(
    "Index anew", "What lists, filters and search read of them is worked out from the products again.", "indexed anew"
)


class PriceRange(RangeFilter):
    title = "price"
    names = ("price_from", "price_to")
    field = "cost"


class Added(DateFilter):
    title = "day added"
    names = ("added_from", "added_to")
    field = "created"


class Stars(RangeFilter):
    title = "rating"
    names = ("stars_from", "stars_to")
    field = "liked"


class CategoryChoice(ChoiceFilter):
    title = "category"
    names = ("category",)
    field = "paths"

    @staticmethod
    def values() -> list[tuple[str, str]]:
        return [(category.slug, category.name) for category in queries.categories().mains[:50]]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """The main categories, and a lower one that the category list led to."""
        yield from super().choices(changelist)
        lower = queries.categories().categories.get(self.chosen)
        if lower is not None and len(lower.path) > 1:
            query = changelist.get_query_string({"category": lower.slug})
            yield {"selected": True, "query_string": query, "display": " > ".join(lower.path)}


class ProductAdmin(DocumentAdmin):
    document = Product
    key_field = "sku"
    form_base = PictureUploadForm
    shown = (
        *("sku", "name", "brand", "mpn", "categories", "price", "list_price", "currency", "description"),
        "attributes",
    )
    help_texts = {
        "price": "Empty when it is not for sale at present.",
        "list_price": "What it cost before, shown struck out.",
        "attributes": "One a line: Colour = red.",
    }
    columns = ("named", "sku", "in_category", "branded", "priced", "rated", "added")
    reads = ("sku", "name", "brand", "categories", "price", "currency", "rating", "rating_count", "created")
    actions = ("reprice", "reindex", "delete_chosen", "export_chosen")
    exported = ("sku", "name", "brand", "mpn", "categories", "price", "list_price", "currency", "rating")
    default_order = ("created", "DESC")
    list_filter = (CategoryChoice, PriceRange, Stars, Added)
    change_form_template = "admin/catalog/product.html"
    search_help_text = "Words of the name, brand, category or description, a SKU or a part number"

    def search_clause(self, text: str, params: Params) -> str:
        clause = search.beginnings(Text.parse(text))
        params.values.extend(clause.values)
        return clause.countable

    def store_new(self, form: DocumentForm) -> None:
        editing.add_product(values=form.told())

    def store_change(self, pk: str, form: DocumentForm) -> None:
        editing.change_product(sku=pk, fields=form.stamped, since=form.since, values=form.told())

    def remove(self, pk: str) -> None:
        if not operations.delete_products(skus=[pk]):
            raise GoneError(pk)

    def goes_along(self, pks: Sequence[str]) -> list[tuple[str, int]]:
        return [("reviews", queries.review_total(skus=pks))]

    @bulk_action(REPRICE)
    def reprice(self, pks: Sequence[str], asked: Asked) -> Outcome:
        by = Repricing(asked.values["percent"], digits=currency_digits, strike=asked.values["strike"])
        left = bulk.reprice(skus=pks, by=by, press=asked.token)
        return Outcome([sku for sku in pks if sku not in left], list(left.items()))

    @bulk_action(REINDEX)
    def reindex(self, pks: Sequence[str], asked: Asked) -> Outcome:
        del asked
        done = bulk.reindex(skus=pks)
        return Outcome(done, [(sku, bulk.GONE) for sku in pks if sku not in set(done)])

    @bulk_action(DELETE, permissions=("delete",))
    def delete_chosen(self, pks: Sequence[str], asked: Asked) -> Outcome:
        del asked
        return Outcome(operations.delete_products(skus=pks))

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """With what shoppers say of it, for those who may read that."""
        answer = super().changeform_view(request, object_id, form_url, extra_context)
        told = getattr(answer, "context_data", None) or {}
        if told.get("original") is not None and request.user.has_perm("catalog.view_review"):
            found, total = queries.latest_reviews(sku=told["original"].pk, most=REVIEWS_SHOWN)
            told |= {"reviews": [(review, quote(review.review_id)) for review in found], "reviews_total": total}
        return answer

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"currency": Pricing.current().currency, **super().get_changeform_initial_data(request)}

    def view_on_site(self, obj: Any) -> str:
        return reverse("product", args=[obj.pk])

    @admin.display(description="name")
    def named(self, row: Any) -> str:
        return str(row.name)

    @admin.display(description="SKU")
    def sku(self, row: Any) -> str:
        return str(row.sku)

    @admin.display(description="category", ordering="category")
    def in_category(self, row: Any) -> str:
        return " > ".join(row.categories)

    @admin.display(description="brand", ordering="brand")
    def branded(self, row: Any) -> str:
        return str(row.brand)

    @admin.display(description="price", ordering="cost")
    def priced(self, row: Any) -> str:
        return "" if row.price is None else formats.money(row.price, row.currency, settings.LOCALE)

    @admin.display(description="rating", ordering="liked")
    def rated(self, row: Any) -> str:
        return "" if row.rating is None else f"{row.rating:.1f} ({row.rating_count})"

    @admin.display(description="added", ordering="created")
    def added(self, row: Any) -> Any:
        return f"{row.created:%-d %b %Y}"
