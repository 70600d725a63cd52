"""The kinds of page that are measured, and addresses of each taken from the catalogue itself.

Deterministic: the same catalogue gives the same addresses.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import quote, urlencode

from catalog import facets, finding, keyspace, queries, requests, search
from catalog.facets import Facet
from catalog.models import Product
from catalog.pricing import Pricing
from catalog.results import SearchRequest
from catalog.search import Text
from redismart.redis import replies

SEED = 20_240
SEARCHES, CATEGORIES, PRODUCTS, PREFIXES, FILTERED = 50, 24, 200, 60, 24
FILTERS = {Facet.CATEGORY: (3, 8), Facet.BRAND: (4, 16), Facet.PRICE: (3, 8), Facet.RATING: (2, 3)}
"""How many values of a facet are chosen at once, and out of how many of its most frequent ones."""

ROUND = 100
MIX = {"search": 30, "product": 25, "category": 20, "suggest": 15, "home": 10}
"""How often each kind is visited, in a hundred."""

NO_PAGES = ("suggest",)
"""Part of the mix, but no page: pages a second count without them."""


Frequent = Mapping[Facet, Sequence[str]]
"""Values of every facet, the most frequent first."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Pages made the same way."""

    name: str
    addresses: tuple[str, ...]


def kinds() -> list[Kind]:
    """Every kind of page with its addresses, from the catalogue that is loaded."""
    random_number = random.Random(SEED)
    products = _some_products(max(SEARCHES, PREFIXES), random_number)
    frequent = _frequent()
    return [
        Kind("home", ("/",)),
        Kind("category", tuple(f"/category/{quote(slug)}/" for slug in _categories(random_number))),
        Kind("search", tuple(_search(number, product) for number, product in enumerate(products[:SEARCHES]))),
        Kind("wide", ("/search/",)),
        Kind("filtered", tuple(_filtered(number, products, frequent, random_number) for number in range(FILTERED))),
        Kind("most filters", (_most_filtered(frequent),)),
        Kind("product", tuple(f"/product/{quote(sku, safe='')}/" for sku in _skus(PRODUCTS, random_number))),
        Kind("suggest", tuple(_prefix(number, product) for number, product in enumerate(products[:PREFIXES]))),
    ]


def some_skus() -> list[str]:
    """SKUs from all over the catalogue, always the same."""
    return _skus(PRODUCTS, random.Random(SEED))


def mixture(measured: Sequence[Kind]) -> list[str]:
    """Addresses as visitors would ask for them, all kinds in the proportions of ``MIX``, shuffled."""
    by_name = {kind.name: kind.addresses for kind in measured}
    rounds = max(len(by_name[name]) // share + 1 for name, share in MIX.items())
    mixed = [by_name[name][turn % len(by_name[name])] for name, share in MIX.items() for turn in range(share * rounds)]
    random.Random(SEED).shuffle(mixed)
    return mixed


def _search(number: int, product: Product) -> str:
    """One to three words that the product has, with none, one or two filters that let it through."""
    filters = _filters(product)[: number % 3]
    return f"/search/?{urlencode([('q', _words(number, product)), *filters])}"


def _words(number: int, product: Product) -> str:
    tokens = search.tokens(product.name)
    name = [word for word in tokens if word.isalpha() and len(word) >= search.SHORTEST_PREFIX] or tokens
    category = search.tokens(product.categories[-1])[-1:] if product.categories else name[-1:]
    wordings = (category, [*search.tokens(product.brand)[:1], *category], name[:2], name[:3], name[:1])
    return " ".join(dict.fromkeys(wordings[number % len(wordings)] or name[:1]))


def _filters(product: Product) -> list[tuple[str, str]]:
    slugs = product.category_slugs
    pricing = Pricing.current()
    cost: Decimal | None = pricing.comparable(product.price, product.currency)
    return [
        (Facet.CATEGORY.value, slugs[0] if slugs else facets.NO_CATEGORY),
        (Facet.PRICE.value, pricing.bands.key_for(cost)),
    ]


def _filtered(number: int, products: Sequence[Product], frequent: Frequent, random_number: random.Random) -> str:
    """Several values of each of four facets; a word as well in every third address."""
    words = [("q", _words(0, products[number % len(products)]))] if number % 3 == 0 else []
    chosen = [
        (facet.value, value)
        for facet, (most, among) in FILTERS.items()
        for value in random_number.sample(frequent[facet][:among], min(most, len(frequent[facet][:among])))
    ]
    return f"/search/?{urlencode([*words, *chosen])}"


def _most_filtered(frequent: Frequent) -> str:
    """As many values of every facet as a page takes, the most frequent ones."""
    chosen = [(facet.value, value) for facet, values in frequent.items() for value in values[: requests.MOST_VALUES]]
    return f"/search/?{urlencode(chosen)}"


def _frequent() -> Frequent:
    page, _tree = finding.search_page(request=SearchRequest(text=Text.parse("")))
    options = {group.facet: sorted(group.options, key=lambda option: -option.count) for group in page.groups}
    return {facet: [option.value for option in found] for facet, found in options.items()}


def _prefix(number: int, product: Product) -> str:
    typed = product.name.lower()[: 1 + number % 8].strip()
    return f"/suggest/?{urlencode({'q': typed})}"


def _categories(random_number: random.Random) -> list[str]:
    """Main categories and others, half of each as far as there are."""
    tree = queries.categories()
    mains = [category.slug for category in tree.mains]
    others = sorted(set(tree.categories) - set(mains))
    chosen = random_number.sample(mains, min(CATEGORIES // 2, len(mains)))
    return [*chosen, *random_number.sample(others, min(CATEGORIES - len(chosen), len(others)))]


def _some_products(most: int, random_number: random.Random) -> list[Product]:
    skus = _skus(most, random_number)
    return [product for product in Product.find_many(skus) if product is not None]


def _skus(most: int, random_number: random.Random) -> list[str]:
    """SKUs from all over the catalogue, whatever the order in which it was loaded."""
    bucket = facets.sample_clause([random_number.randrange(facets.SAMPLE_BUCKETS)])
    command = ("FT.SEARCH", keyspace.PRODUCT_INDEX, bucket, "RETURN", "1", "sku", "LIMIT", "0", "10000", "DIALECT", "2")
    skus = sorted(row["sku"] for row in replies.hits(Product.db().execute_command(*command)).rows)
    return random_number.sample(skus, min(most, len(skus)))
