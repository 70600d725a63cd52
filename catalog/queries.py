"""Reads of the catalogue. A page makes at most two round trips."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog import by_sku, commands, counting, facets, keyspace, tree
from catalog.counting import Counts
from catalog.facets import SAMPLE_BUCKETS, CountQuery, Facet
from catalog.models import Category, Product, Review
from catalog.results import SORT_FIELDS, Card, Precision, Sort, cards_of
from catalog.tree import Tree
from redismart.redis import replies
from redismart.redis.batch import Batch, Reply
from redismart.redis.clauses import Params, tag_any

SHELF = 12
REVIEWS_SHOWN = 10
BEST_SELLING = SORT_FIELDS[Sort.POPULARITY]
EVERYTHING = facets.TextClause("*")
PICTURED = facets.TextClause("@pictured:[1 inf]")
HERO = 6
"""Pictures that open the home page."""


@dataclass(frozen=True, slots=True)
class HomePage:
    """Main categories, shelves of products, and what this visitor looked at."""

    mains: tuple[Category, ...]
    best_sellers: tuple[Card, ...]
    newest: tuple[Card, ...]
    top_rated: tuple[Card, ...]
    recent: tuple[Card, ...]
    pictured: tuple[Card, ...]

    @property
    def opening(self) -> tuple[Card | Category, ...]:
        """What the page opens with: products that have a picture, and where there are too few, main categories.

        ``HERO`` of them, or none.
        """
        shown: tuple[Card | Category, ...] = (*self.pictured, *self.mains)
        return shown[:HERO] if len(shown) >= HERO else ()


@dataclass(frozen=True, slots=True)
class CategoriesPage:
    """All categories, and how many products those of the first two levels have."""

    tree: Tree
    total: int
    products: Mapping[str, int]
    counts: Counts

    @property
    def estimated(self) -> bool:
        return self.counts.precision is Precision.ESTIMATED

    @property
    def to_prepare(self) -> tuple[CountQuery, ...]:
        """The counts that can be exact a moment later."""
        return () if self.counts.precision is Precision.EXACT else (self.counts.query,)


@dataclass(frozen=True, slots=True)
class ProductPage:
    """One product with its reviews and neighbours. ``stars`` counts reviews by their stars, 5 to 1."""

    product: Product
    breadcrumbs: tuple[Category, ...]
    reviews: tuple[Review, ...]
    review_total: int
    stars: dict[int, int]
    related: tuple[Card, ...]
    recent: tuple[Card, ...]


def home_page(*, recent: Sequence[str] = ()) -> HomePage:
    """The home page; ``recent`` are the SKUs this visitor looked at last."""
    batch = Batch.reading(Product.app)
    tree_version = tree.cache.ask_version(batch)
    best, newest, rated = (
        batch.add(*commands.first(SORT_FIELDS[sort], limit=SHELF), parse=_shelf)
        for sort in (Sort.POPULARITY, Sort.NEWEST, Sort.RATING)
    )
    seen = by_sku.ask_cards(batch, recent)
    batch.run()
    renewed = tree.cache.ask_tree(batch, version=tree_version.value)
    shelves = (*rated.value, *best.value, *newest.value)
    pictured = tuple({card.sku: card for card in shelves if card.picture}.values())
    more = None if len(pictured) >= HERO else _ask_pictured(batch)
    batch.run()
    mains = tree.cache.current(renewed).mains
    return HomePage(mains, best.value, newest.value, rated.value, seen.value, more.value if more else pictured[:HERO])


def product_page(*, sku: str, recent: Sequence[str] = ()) -> ProductPage | None:
    """Everything a product's page shows; None when the shop has no such SKU."""
    batch = Batch.reading(Product.app)
    stored = batch.add("JSON.GET", keyspace.product(sku), "$", parse=_product)
    tree_version = tree.cache.ask_version(batch)
    reviews = _ask_reviews(batch, sku)
    stars = _ask_stars(batch, sku)
    seen = by_sku.ask_cards(batch, [other for other in recent if other != sku])
    batch.run()
    product = stored.value
    if product is None:
        return None
    renewed = tree.cache.ask_tree(batch, version=tree_version.value)
    related = _ask_related(batch, product)
    batch.run()
    page, total = reviews.value
    crumbs = _breadcrumbs(product, tree.cache.current(renewed))
    return ProductPage(product, crumbs, page, total, stars.value, related.value, seen.value)


def categories(*, latest: bool = False) -> Tree:
    """The category tree, up to date; ``latest`` where even the moments would do harm that a replica is behind."""
    batch = Batch(Product.db()) if latest else Batch.reading(Product.app)
    version = tree.cache.ask_version(batch)
    batch.run()
    renewed = tree.cache.ask_tree(batch, version=version.value)
    batch.run()
    return tree.cache.current(renewed)


def categories_page() -> CategoriesPage:
    """Every category with its number of products, at the cost of one count query."""
    (query, *_brands) = facets.count_queries(EVERYTHING, {})
    batch = Batch.reading(Product.app)
    found = batch.add(*commands.total(EVERYTHING, {}), parse=replies.total)
    prepared = counting.ask_prepared(batch, query)
    versions = counting.ask_versions(batch)
    tree_version = tree.cache.ask_version(batch)
    batch.run()
    wanted = counting.Wanted(query, matches=found.value, total=found.value, prepared=prepared.value)
    (counted,) = counting.ask(batch, [wanted], versions=versions.value)
    renewed = tree.cache.ask_tree(batch, version=tree_version.value)
    batch.run()
    counts = counted.value
    products = counts.tallies[Facet.CATEGORY] + counts.tallies[Facet.SUB]
    return CategoriesPage(tree.cache.current(renewed), found.value, products, counts)


def total(*, text: facets.TextClause = EVERYTHING) -> int:
    """How many products the shop has, or how many a text part matches."""
    return replies.total(Product.db().execute_command(*commands.total(text, {})))


def latest_reviews(*, sku: str, most: int) -> tuple[tuple[Review, ...], int]:
    """A product's latest reviews, hidden ones too, and how many it has."""
    params = Params()
    found = ("FT.SEARCH", keyspace.REVIEW_INDEX, tag_any("sku", [sku], params), "SORTBY", "created", "DESC")
    return _reviews(Review.db().execute_command(*found, "LIMIT", "0", str(most), *params.arguments()))


def review_total(*, skus: Sequence[str]) -> int:
    """How many reviews some products have, hidden ones too."""
    params = Params()
    counted = ("FT.SEARCH", keyspace.REVIEW_INDEX, tag_any("sku", skus, params), "LIMIT", "0", "0", "TIMEOUT", "0")
    return replies.total(Review.db().execute_command(*counted, *params.arguments())) if skus else 0


def counts_in_steps(*, query: CountQuery) -> Counter[str]:
    """Exact counts by group, however many products match: a sample bucket at a time, so that Redis never stalls."""
    totals: Counter[str] = Counter()
    for bucket in range(SAMPLE_BUCKETS):
        reply = Product.db().execute_command(*commands.count(query, buckets=1, first=bucket))
        totals.update(replies.groups(reply))
    return totals


def _ask_pictured(batch: Batch) -> Reply[tuple[Card, ...]]:
    """The best rated products that have a picture."""
    return batch.add(*commands.hits(PICTURED, {}, order=SORT_FIELDS[Sort.RATING], limit=HERO), parse=_cards)


def _ask_reviews(batch: Batch, sku: str) -> Reply[tuple[tuple[Review, ...], int]]:
    params = Params()
    command = ("FT.SEARCH", keyspace.REVIEW_INDEX, commands.reviews_of(sku, params))
    latest = ("SORTBY", "created", "DESC", "LIMIT", "0", str(REVIEWS_SHOWN))
    return batch.add(*command, *latest, *params.arguments(), parse=_reviews)


def _ask_stars(batch: Batch, sku: str) -> Reply[dict[int, int]]:
    return batch.add(*commands.count_stars(sku), parse=_stars)


def _ask_related(batch: Batch, product: Product) -> Reply[tuple[Card, ...]]:
    """Best sellers of the product's sub-category, without itself."""
    slugs = product.category_slugs[:2]
    facet = Facet.SUB if len(slugs) > 1 else Facet.CATEGORY
    selection = {facet: (slugs[-1] if slugs else facets.NO_CATEGORY,)}
    command = commands.hits(EVERYTHING, selection, order=BEST_SELLING, limit=SHELF + 1)
    return batch.add(
        *command, parse=lambda reply: tuple(card for card in _cards(reply) if card.sku != product.sku)[:SHELF]
    )


def _product(reply: str | None) -> Product | None:
    return None if reply is None else Product.from_path_reply(reply)


def _cards(reply: list[Any]) -> tuple[Card, ...]:
    return cards_of(replies.hits(reply))


def _shelf(reply: list[Any]) -> tuple[Card, ...]:
    """Cards of ``commands.first``, whose dialect puts each in a JSON list of its own."""
    rows = replies.hits(reply).rows
    return Card.readable(row["card"][1:-1] for row in rows if row.get("card"))


def _reviews(reply: list[Any]) -> tuple[tuple[Review, ...], int]:
    hits = replies.hits(reply)
    return tuple(Review.readable(row.get("$") for row in hits.rows)), hits.total


def _stars(reply: list[Any]) -> dict[int, int]:
    counted = replies.groups(reply)
    return {stars: counted.get(str(stars), 0) for stars in range(5, 0, -1)}


def _breadcrumbs(product: Product, known: Tree) -> tuple[Category, ...]:
    slugs = product.category_slugs
    found = (known.categories.get(slug) for slug in slugs)
    return tuple(category for category in found if category is not None)
