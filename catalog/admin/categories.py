"""The category tree in the admin: seen with its products, added to, renamed and moved, and pruned where it is empty."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import quote
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode

from catalog import branches, queries
from catalog.models import CATEGORY_LEVELS, Category, slug_paths
from catalog.tree import Tree
from redismart.backoffice.actions import Asked, Outcome, bulk_action
from redismart.backoffice.admin import DELETE
from redismart.backoffice.forms import DocumentForm
from redismart.backoffice.standins import StandIn
from redismart.backoffice.whole import Whole
from redismart.redis.editing import BusyError

MOVING_SECONDS = 5.0
TOP = ""


class CategoryForm(DocumentForm):
    """A category by its name and the one above it; its address follows from them."""

    also_stamped = ("path",)

    name = forms.CharField(max_length=200, help_text="As shoppers read it.")
    parent = forms.ChoiceField(
        required=False, label="Below", help_text="A category with others below it is moved with all of them."
    )
    slug = forms.CharField(required=False, disabled=True, label="Address")

    def __init__(self, *values: Any, **named: Any) -> None:
        super().__init__(*values, **named)
        self.tree = queries.categories()
        self.fields["parent"].choices = [(TOP, "(at the top)"), *self._places()]  # type: ignore[attr-defined]

    def _places(self) -> Iterator[tuple[str, str]]:
        own = self.instance.pk
        for category in in_order(self.tree):
            slug = category.slug
            if len(category.path) < CATEGORY_LEVELS and slug != own and not (own and slug.startswith(f"{own}/")):
                yield slug, " > ".join(category.path)

    @property
    def path(self) -> tuple[str, ...]:
        """The names that the form asks for, the broadest first."""
        above = self.tree.categories.get(self.cleaned_data.get("parent", TOP))
        return (*(above.path if above else ()), self.cleaned_data.get("name", ""))

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            stored = self.instance.document
            self.cleaned_data["slug"] = slug_paths(self.path)[-1] if stored is None else self.instance.pk
            self._check_place()
        return super().clean()

    def _check_place(self) -> None:
        stored = self.instance.document
        if isinstance(stored, Category) and self.path != stored.path:
            try:
                branches.check_move(slug=stored.slug, to=self.path)
            except branches.BranchError as error:
                self.add_error("name" if "another name" in str(error) else "parent", str(error))

    def _refuse_taken(self, pk: str) -> None:
        if pk in self.tree.categories:
            self.add_error("name", f"There is a category {' > '.join(self.tree.categories[pk].path)} already.")

    def told(self) -> dict[str, Any]:
        named = {name: self.cleaned_data[name] for name in ("position", "description") if name in self.cleaned_data}
        given = {name: value for name, value in named.items() if value is not None}
        stored = self.instance.document
        return given | ({"slug": self.cleaned_data["slug"], "path": self.path} if stored is None else {})


def in_order(tree: Tree, below: str = "") -> Iterator[Category]:
    """All categories as a tree is read: each followed by those below it."""
    for category in tree.children.get(below, ()):
        yield category
        yield from in_order(tree, category.slug)


class CategoryAdmin(Whole):
    document = Category
    key_field = "slug"
    form_base = CategoryForm
    shown = ("name", "parent", "position", "description", "slug")
    help_texts = {
        "position": "Smaller numbers come first; those with the same number by how many products they have.",
        "description": "Shown at the top of the category's page.",
    }
    columns = ("branch", "products", "placed", "address")
    exported = ("slug", "name", "parent", "position", "description")
    actions = ("delete_chosen", "export_chosen")
    list_per_page = 200
    search_help_text = "A part of a name"
    change_list_template = "admin/catalog/categories.html"

    def all_rows(self, text: str, filters: Sequence[Any]) -> Iterable[StandIn]:
        del filters
        page = queries.categories_page()
        for category in in_order(page.tree):
            if text.casefold() in " > ".join(category.path).casefold():
                row: StandIn = self.model.of(category, pk=category.slug)
                row.counted = page.products.get(category.slug)  # type: ignore[attr-defined]
                row.about = "about " if page.estimated else ""  # type: ignore[attr-defined]
                yield row

    def completed(self, rows: list[StandIn]) -> list[StandIn]:
        """Pages of the shop count two levels; the third is counted for those who see it."""
        unknown = [row for row in rows if row.counted is None]
        counts = branches.count(slugs=[row.pk for row in unknown])
        for row in unknown:
            row.counted, row.about = counts[row.pk], ""  # type: ignore[attr-defined]
        return rows

    def store_new(self, form: DocumentForm) -> None:
        branches.add(category=Category.model_validate(form.told()))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            self.store_new(form)
            return
        to = form.path if form.path != obj.document.path else ()
        branches.change(slug=obj.pk, fields=form.stamped, since=form.since, values=form.told(), to=to)
        if to:
            self._move(request, obj, to)

    def _move(self, request: HttpRequest, obj: Any, to: tuple[str, ...]) -> None:
        try:
            if left := branches.go_on(slug=obj.pk, seconds=MOVING_SECONDS):
                messages.warning(request, f"{left:,} products are still to be moved. That goes on by itself.")
        except BusyError:
            messages.warning(request, "Others change its products now. Moving them goes on by itself.")
        obj.key = slug_paths(to)[-1]
        (moved,) = Category.find_many([obj.key])
        obj.document = moved or obj.document

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except branches.BranchError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse("admin:catalog_category_changelist"))

    def response_change(self, request: HttpRequest, obj: Any) -> Any:
        """To its new address, where it has moved."""
        answer = super().response_change(request, obj)
        if "_continue" in request.POST:
            return HttpResponseRedirect(reverse("admin:catalog_category_change", args=[quote(obj.pk)]))
        return answer

    def remove(self, pk: str) -> None:
        branches.remove(slug=pk)

    @bulk_action(replace(DELETE, backwards=True), permissions=("delete",))
    def delete_chosen(self, pks: Sequence[str], asked: Asked) -> Outcome:
        """The lowest first: a category goes with those below it when all of them are chosen, however many they are."""
        del asked
        kept = branches.remove_many(slugs=pks)
        return Outcome([pk for pk in pks if pk not in kept], list(kept.items()))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        kept = branches.why_kept(slugs=[row.pk for row in objs])
        names, counts, lacking, _protected = super().get_deleted_objects(objs, request)
        return names, counts, lacking, [*chain(*kept.values())]

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        try:
            return super().delete_view(request, object_id, extra_context)
        except (branches.BranchError, BusyError) as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse("admin:catalog_category_changelist"))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        moving = [(slug, " > ".join(to)) for slug, to in branches.moving().items()]
        return super().changelist_view(request, {"moving": moving, **(extra_context or {})})

    @admin.display(description="category")
    def branch(self, row: Any) -> str:
        return format_html('<span class="backoffice-level-{}">{}</span>', len(row.path), row.path[-1])

    @admin.display(description="products")
    def products(self, row: Any) -> str:
        query = urlencode({"category": row.slug})
        address = f"{reverse('admin:catalog_product_changelist')}?{query}"
        return format_html('<a href="{}">{}{}</a>', address, row.about, f"{row.counted:,}")

    @admin.display(description="position")
    def placed(self, row: Any) -> int:
        return int(row.position)

    @admin.display(description="address")
    def address(self, row: Any) -> str:
        return format_html("<code>{}</code>", row.slug)
