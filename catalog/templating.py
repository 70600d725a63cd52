"""What the catalogue gives to every page's templates: its addresses, names, pictures and navigation."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.urls import reverse
from jinja2 import Environment, pass_context
from jinja2.ext import Extension
from jinja2.runtime import Context
from markupsafe import Markup
from redis.exceptions import RedisError

from catalog import facets, queries, tree
from catalog.facets import Facet
from catalog.grouping import label
from catalog.missed import Missed, most_missed
from catalog.models import Category, Picture
from catalog.picture_paths import Size, fitted
from catalog.results import Sort
from catalog.search import highlight
from redismart import names
from redismart.web import formats
from redismart.web.templating import locale

FACET_NAMES = {
    Facet.CATEGORY: "Category",
    Facet.SUB: "Sub-category",
    Facet.BRAND: "Brand",
    Facet.PRICE: "Price",
    Facet.RATING: "Rating",
    Facet.STOCK: "Availability",
}
SORT_NAMES = {
    Sort.RELEVANCE: "Best match",
    Sort.POPULARITY: "Best selling",
    Sort.RATING: "Top rated",
    Sort.NEWEST: "Newest",
    Sort.PRICE_UP: "Price: low to high",
    Sort.PRICE_DOWN: "Price: high to low",
}
RATING_NAMES = {"4": "4 to 5 stars", "3": "3 to 4 stars", "2": "2 to 3 stars", "1": "1 to 2 stars", "0": "Under 1 star"}


class CatalogTemplating(Extension):
    """Adds the catalogue's globals to the shop's Jinja2 environment."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._navigation = ("", Markup(""))
        environment.globals.update(
            product_url=product_url,
            category_url=category_url,
            product_names=names.of,
            missed_searches=missed_searches,
            main_categories=main_categories,
            navigation=self.navigation,
            highlight=highlight,
            picture_url=picture_url,
            picture_srcset=picture_srcset,
            value_label=value_label,
            facet_names=FACET_NAMES,
            sort_names=SORT_NAMES,
        )

    def navigation(self) -> Markup:
        """The header's categories as HTML, the same on every page until a category changes."""
        known, (version, shown) = _known_tree(), self._navigation
        if version != known.version or not version:
            shown = Markup(self.environment.get_template("_navigation.html").render(mains=known.mains))  # noqa: S704 -- rendered by the autoescaping environment
            self._navigation = (known.version, shown)
        return shown


def product_url(sku: str) -> str:
    """The address of a product. A SKU may hold anything printable, slashes and question marks included."""
    return f"{_base('product', 'sku')}{quote(sku, safe='')}/"


def category_url(slug: str) -> str:
    """The address of a category by its slug path."""
    return f"{_base('category', 'slug')}{quote(slug)}/"


def missed_searches(most: int) -> Sequence[Missed]:
    """What shoppers looked for in vain, most first; nothing is known without the catalogue."""
    try:
        return most_missed(most=most)
    except (RedisError, OSError):
        return ()


def picture_url(picture: Picture, size: Size) -> str:
    """The address of a stored picture in one of its sizes."""
    return f"{settings.MEDIA_URL}{picture.path(size)}"


def picture_srcset(picture: Picture, sizes: Iterable[Size]) -> str:
    """The ``srcset`` of a stored picture: the address and true width of each size."""
    widths = {size: fitted(picture.width, picture.height, size)[0] for size in sizes}
    return ", ".join(f"{picture_url(picture, size)} {width}w" for size, width in widths.items())


def main_categories() -> tuple[Category, ...]:
    """The main categories, for the navigation. Pages that say Redis is away have none, and still render."""
    return _known_tree().mains


def _known_tree() -> tree.Tree:
    known = tree.cache.current()
    if known.version:
        return known
    try:
        return queries.categories()
    except (RedisError, OSError):
        return known


@pass_context
def value_label(context: Context, facet: Facet, value: str, known: tree.Tree) -> str:
    """What a facet value is called, in the visitor's locale."""
    if facet is Facet.PRICE:
        return _price_label(context, value)
    if facet is Facet.RATING:
        return RATING_NAMES.get(value, "Not rated yet")
    if facet is Facet.STOCK and value == facets.NEAR:
        return _near_label(context)
    return label(facet, value, known)


def _near_label(context: Context) -> str:
    page: Any = context.get("page")
    around = page.request.around if page else None
    return f"In stock near {around.label or 'you'}" if around else "In stock near you"


def _price_label(context: Context, value: str) -> str:
    low, high = facets.price_range(value) or (None, None)
    currency: Any = context["shop_currency"]
    shown = [formats.round_money(bound, currency, locale(context)) for bound in (low, high) if bound is not None]
    if low is None and high is None:
        return "Price on request"
    if high is None:
        return f"{shown[0]} and over"
    return f"Under {shown[-1]}" if not low else " to ".join(shown)


@lru_cache(maxsize=8)
def _base(name: str, argument: str) -> str:
    """What stands before the argument in a page's address; reversing each card's would cost as much as the card."""
    return reverse(name, kwargs={argument: "-"}).removesuffix("-/")
