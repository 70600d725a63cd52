"""The completions a shopper is offered while typing: categories, brands and popular product names."""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import orjson

from catalog import commands, keyspace, queries, search
from catalog.facets import NO_BRAND, SAMPLE_BUCKETS, CountQuery, Facet
from catalog.models import Product
from redismart.redis import replies
from redismart.redis.clauses import EVERYTHING

CATEGORY_BOOST = 3.0
BRAND_BOOST = 2.0
MOST_BRANDS = 10_000
MOST_SUFFIXES = 5
LONGEST_PHRASE = 80
NAMES_PER_TRIP = 500
MARGIN = 100

Entry = tuple[str, str, str, bytes]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Something worth completing to; ``score`` orders phrases, ``target`` is a category slug or a SKU."""

    text: str
    score: float
    category: str = ""
    sku: str = ""

    def endings(self) -> Iterator[tuple[str, float]]:
        """The phrase and its endings with their scores, so that it is found from any of its words.

        An ending scores a little less than the whole.
        """
        words = search.tokens(self.text)
        for position in range(min(len(words), MOST_SUFFIXES)):
            yield " ".join(words[position:])[:LONGEST_PHRASE], self.score * 0.9**position

    def payload(self) -> bytes:
        facts = {"text": self.text, "category": self.category, "sku": self.sku, "score": round(self.score, 6)}
        return orjson.dumps(facts)


def entries(phrases: Iterable[Phrase]) -> list[Entry]:
    """FT.SUGADD arguments. Of phrases that end alike the best scored takes the ending: a dictionary keeps one."""
    best: dict[str, tuple[float, Phrase]] = {}
    for phrase in phrases:
        for ending, score in phrase.endings():
            if ending not in best or score > best[ending][0]:
                best[ending] = (score, phrase)
    return [(ending, f"{score:.6g}", "PAYLOAD", phrase.payload()) for ending, (score, phrase) in best.items()]


def phrases(*, most_products: int) -> list[Phrase]:
    """All phrases: every category and brand, and the most popular products; without those that staff has blocked."""
    blocked = Product.db().smembers(keyspace.BLOCKED)
    found = (*_categories(), *_brands(), *_products(most_products))
    return [phrase for phrase in found if phrase.text.casefold() not in blocked]


def _categories() -> Iterator[Phrase]:
    for slug, category in queries.categories().categories.items():
        yield Phrase(category.name, CATEGORY_BOOST / (1 + slug.count("/")), category=slug)


def _brands() -> Iterator[Phrase]:
    by_brand = CountQuery(EVERYTHING, (), Facet.BRAND.value, (Facet.BRAND,))
    counts = queries.counts_in_steps(query=by_brand)
    most = max(counts.values(), default=1)
    for brand, count in counts.most_common(MOST_BRANDS):
        if brand != NO_BRAND:
            yield Phrase(brand, BRAND_BOOST * (0.5 + count / most / 2))


def _products(most: int) -> Iterator[Phrase]:
    """Names of the products most sold, scored from 1 down to 0 by their rank."""
    skus = _best_sellers(most)
    for start in range(0, len(skus), NAMES_PER_TRIP):
        part = skus[start : start + NAMES_PER_TRIP]
        names = Product.db().execute_command("JSON.MGET", *map(keyspace.product, part), "$.name")
        for rank, (sku, stored) in enumerate(zip(part, names, strict=True), start=start):
            # None: deleted meanwhile; what is damaged has none, or no text.
            for name in orjson.loads(stored or b"[]"):
                if isinstance(name, str):
                    yield Phrase(name[: LONGEST_PHRASE * 2], max(1 - rank / len(skus), 0.001), sku=sku)


def _best_sellers(most: int) -> list[str]:
    """SKUs of the products most sold, in order.

    One sample bucket at a time: to sort all of 100,000 products holds Redis, and every page, for 50 ms and more.
    """
    found: list[tuple[float, str]] = []
    # Buckets are hashed: none has twice its share of so many.
    limit = min(most, 2 * most // SAMPLE_BUCKETS + MARGIN)
    for bucket in range(SAMPLE_BUCKETS):
        reply = Product.db().execute_command(*commands.best_sellers(bucket=bucket, limit=limit))
        found += replies.ranked(reply)
    prefix = keyspace.product("")
    return [key.removeprefix(prefix) for _sold, key in heapq.nlargest(most, found)]
