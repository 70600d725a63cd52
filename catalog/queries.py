"""Reads of the catalogue. A page makes at most two round trips."""

import string
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from catalog import commands, counting, facets, keyspace, search, tree
from catalog.counting import Counts
from catalog.facets import SAMPLE_BUCKETS, CountQuery, Facet
from catalog.models import Category, Picture, Product, Review
from catalog.results import SORT_FIELDS, Card, Precision, Sort, cards_of
from catalog.search import Text
from catalog.tree import Tree
from redismart.redis import replies
from redismart.redis.batch import Batch, Reply
from redismart.redis.clauses import Params, tag_any

SHELF = 12
LETTERS = string.ascii_lowercase + string.digits
REVIEWS_SHOWN = 10
BEST_SELLING = SORT_FIELDS[Sort.POPULARITY]
EVERYTHING = facets.TextClause("*")
PICTURED = facets.TextClause("@pictured:[1 inf]")
HERO = 6
"""Pictures that open the home page."""

MOST_RESPELT, MOST_SWAPPED = 3, 40
"""Ways to correct a phrase that are tried: only those that some completion begins with are shown."""

LONGEST_PREFIX = 99
"""Bytes of a text to complete: FT.SUGGET answers longer ones with an error."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A completion: what to show, and the category slug or SKU it leads to (neither: a search)."""

    text: str
    category: str = ""
    sku: str = ""
    score: float = field(default=0.0, compare=False)

    @classmethod
    def decoded(cls, payload: str) -> "Suggestion":
        """A completion as the dictionary holds it, built by this release of the shop or another."""
        facts = orjson.loads(payload)
        return cls(facts["text"], facts.get("category", ""), facts.get("sku", ""), facts.get("score", 0.0))

    @property
    def kind(self) -> str:
        return "product" if self.sku else "category" if self.category else "search"


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
    seen = ask_cards(batch, recent)
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
    seen = ask_cards(batch, [other for other in recent if other != sku])
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


def skus_meant(*, name: str) -> tuple[list[str], list[str]]:
    """The SKUs, two at most, that are a name in another case, and those that carry it as their part number."""
    batch = Batch.reading(Product.app)
    spelt, carried = (_ask_tagged(batch, field, name) for field in ("sku", "mpn"))
    batch.run()
    return [card.sku for card in spelt.value], [card.sku for card in carried.value]


def prices(*, skus: Sequence[str]) -> dict[str, float]:
    """What products cost, in the shop's currency, by SKU. One round trip."""
    found = Product.db().execute_command("JSON.MGET", *map(keyspace.product, skus), "$.x.cost") if skus else []
    costs = {sku: orjson.loads(each) for sku, each in zip(skus, found, strict=True) if each}
    return {sku: float(cost[0]) for sku, cost in costs.items() if cost and cost[0] is not None}


def names(*, skus: Sequence[str]) -> dict[str, str]:
    """What products are called, in one round trip; those that the shop does not have are left out."""
    keys = [keyspace.product(sku) for sku in skus]
    found = Product.db().execute_command("JSON.MGET", *keys, "$.name") if keys else []
    return {sku: orjson.loads(name)[0] for sku, name in zip(skus, found, strict=True) if name}


def cards(*, skus: Sequence[str]) -> dict[str, Card]:
    """Products as lists show them, in one round trip; those that the shop does not have are left out."""
    batch = Batch.reading(Product.app)
    found = ask_cards(batch, skus)
    batch.run()
    return {card.sku: card for card in found.value}


def categories() -> Tree:
    """The category tree, up to date."""
    batch = Batch.reading(Product.app)
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
    version = batch.add("GET", keyspace.VERSION, parse=lambda version: version or "0")
    tree_version = tree.cache.ask_version(batch)
    batch.run()
    wanted = counting.Wanted(query, matches=found.value, total=found.value, prepared=prepared.value)
    (counted,) = counting.ask(batch, [wanted], version=version.value)
    renewed = tree.cache.ask_tree(batch, version=tree_version.value)
    batch.run()
    counts = counted.value
    products = counts.tallies[Facet.CATEGORY] + counts.tallies[Facet.SUB]
    return CategoriesPage(tree.cache.current(renewed), found.value, products, counts)


def suggestions(*, text: Text, most: int = 8) -> list[Suggestion]:
    """Completions of what has been typed so far, most popular first, typos forgiven.

    Of several words, one typo may be anywhere. Where nothing begins so, the misspelt words are corrected.
    """
    typed = _prefix(" ".join(text.words) or text.shown.lower())
    if not typed:
        return []
    batch = Batch.reading(Product.app)
    options = ("MAX", str(most * 2), "WITHPAYLOADS")
    begun = batch.add("FT.SUGGET", keyspace.SUGGESTIONS, typed, *options, parse=_suggestions)
    close = None
    if len(typed) >= search.SHORTEST_FUZZY:
        close = batch.add("FT.SUGGET", keyspace.SUGGESTIONS, typed, "FUZZY", *options, parse=_suggestions)
    corrections = _ask_corrections(batch, text)
    batch.run()
    found = [*begun.value, *(close.value if close else [])]
    if not found and corrections:
        respelt = [
            *search.respelt(text, corrections.value, most=MOST_RESPELT),
            *search.swapped(typed, most=MOST_SWAPPED),
        ]
        asked = [
            batch.add("FT.SUGGET", keyspace.SUGGESTIONS, _prefix(one), *options, parse=_suggestions)
            for one in dict.fromkeys(respelt)
        ]
        batch.run()
        found = [suggestion for reply in asked for suggestion in reply.value]
    return list(dict.fromkeys(found))[:most]


def completions(*, text: str, most: int = 200) -> list[Suggestion]:
    """What shoppers may be offered who begin like this, the best first; without a text the best of each letter."""
    typed = _prefix(" ".join(text.lower().split()))
    batch = Batch.reading(Product.app)
    each = most if typed else most // len(LETTERS)
    asked = [
        batch.add("FT.SUGGET", keyspace.SUGGESTIONS, start, "MAX", str(each), "WITHPAYLOADS", parse=_suggestions)
        for start in ([typed] if typed else LETTERS)
    ]
    batch.run()
    found = sorted((one for reply in asked for one in reply.value), key=lambda one: -one.score)
    return list({(one.text, one.kind): one for one in found}.values())


def load_marks(*, skus: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The digest of its row, and when it was created (ISO 8601), for each of the SKUs that the shop has."""
    if not skus:
        return {}
    keys = [keyspace.product(sku) for sku in skus]
    replied = Product.db().execute_command("JSON.MGET", *keys, '$["digest","created"]')
    return {sku: tuple(orjson.loads(marks)) for sku, marks in zip(skus, replied, strict=True) if marks is not None}


def pictures_of(*, skus: Sequence[str]) -> dict[str, tuple[Picture, ...]]:
    """The pictures of those of the SKUs that the shop has."""
    if not skus:
        return {}
    replied = Product.db().execute_command("JSON.MGET", *map(keyspace.product, skus), "$.pictures[*]")
    return {
        sku: tuple(map(Picture.model_validate, orjson.loads(found)))
        for sku, found in zip(skus, replied, strict=True)
        if found is not None
    }


def known_skus(*, skus: Sequence[str]) -> set[str]:
    """Those of the SKUs that the shop has. One round trip."""
    batch = Batch.reading(Product.app)
    asked = {sku: batch.add("EXISTS", keyspace.product(sku), parse=bool) for sku in skus}
    batch.run()
    return {sku for sku, there in asked.items() if there.value}


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


def _prefix(typed: str) -> str:
    return typed.encode()[:LONGEST_PREFIX].decode(errors="ignore")


def _ask_corrections(batch: Batch, text: Text) -> Reply[dict[str, list[str]]] | None:
    """Corrections, one letter away, of the words of a phrase; a single one is looked up with its typo.

    Two away would find swapped letters as well, at four times the cost with every key.
    """
    words = commands.spellable(text)
    if len(text.words) <= 1 or not words:
        return None
    return batch.add(*commands.spellcheck(words, distance=1), parse=replies.corrections)


def _ask_pictured(batch: Batch) -> Reply[tuple[Card, ...]]:
    """The best rated products that have a picture."""
    return batch.add(*commands.hits(PICTURED, {}, order=SORT_FIELDS[Sort.RATING], limit=HERO), parse=_cards)


def ask_cards(batch: Batch, skus: Sequence[str]) -> Reply[tuple[Card, ...]]:
    if not skus:
        return Reply.known(())
    keys = [keyspace.product(sku) for sku in skus]
    return batch.add("JSON.MGET", *keys, "$.card", parse=_cards_by_key)


def _ask_tagged(batch: Batch, tag: str, value: str) -> Reply[tuple[Card, ...]]:
    params = Params()
    text = facets.TextClause(tag_any(tag, [value], params), tuple(params.values))
    return batch.add(*commands.hits(text, {}, order=None, limit=2), parse=_cards)


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


def _cards_by_key(reply: Iterable[str | None]) -> tuple[Card, ...]:
    found = (orjson.loads(stored) for stored in reply if stored is not None)
    return Card.readable(orjson.dumps(cards[0]) for cards in found if cards)


def _reviews(reply: list[Any]) -> tuple[tuple[Review, ...], int]:
    hits = replies.hits(reply)
    return tuple(Review.readable(row.get("$") for row in hits.rows)), hits.total


def _stars(reply: list[Any]) -> dict[int, int]:
    counted = replies.groups(reply)
    return {stars: counted.get(str(stars), 0) for stars in range(5, 0, -1)}


def _suggestions(reply: list[Any] | None) -> list[Suggestion]:
    """In the order of our own scores: RediSearch puts an entry that is just what was typed before all others, however
    rare ("head" of "Axe, Red Head" before "Headphones")."""
    payloads = (reply or [])[1::2]
    found = [Suggestion.decoded(payload) for payload in payloads]
    return sorted(found, key=lambda suggestion: -suggestion.score)


def _breadcrumbs(product: Product, known: Tree) -> tuple[Category, ...]:
    slugs = product.category_slugs
    found = (known.categories.get(slug) for slug in slugs)
    return tuple(category for category in found if category is not None)
