"""The RediSearch commands of the catalogue, as argument tuples. Pure."""

from collections.abc import Iterable
from typing import Any

from catalog import keyspace
from catalog.facets import (
    SAMPLE_BUCKETS,
    CountQuery,
    Facet,
    Selection,
    TextClause,
    countable,
    filtered,
    sample_clause,
)
from catalog.results import PER_PAGE
from catalog.search import Text
from redismart.redis.clauses import EVERYTHING, Params, all_of, tag_any

Command = tuple[Any, ...]

SCORER = "BM25STD"
# 0 switches off RediSearch's own time-out, which would return partial counts as if they were whole;
# the client's socket time-out still ends what takes too long.
NO_TIMEOUT = ("TIMEOUT", "0")
MOST_GROUPS = 100_000
EARLY_STOP_DIALECT = 4
SHORTEST_SPELLED = 3
SHOWN_REVIEWS = "-@hidden:[1 1]"
CARD = ("RETURN", "3", "$.card", "AS", "card")


def hits(
    text: TextClause,
    selection: Selection,
    *,
    order: tuple[str, str] | None,
    offset: int = 0,
    limit: int = PER_PAGE,
) -> Command:
    """One page of cards, best or first in ``order`` (field, direction) first, and the total."""
    query, params = filtered(text, selection)
    ranking = ("SORTBY", *order) if order else ("SCORER", SCORER)
    paging = ("LIMIT", str(offset), str(limit))
    return ("FT.SEARCH", keyspace.PRODUCT_INDEX, query, *CARD, *ranking, *paging, *NO_TIMEOUT, *params.arguments())


def first(order: tuple[str, str], *, limit: int) -> Command:
    """The first cards of the whole catalogue in ``order``; the reply's total is only how many it holds.

    Dialect 4 stops reading once it has them: 0.4 ms instead of 26 at 100,000 products. Only for this: among
    products that tie it picks others for every page, and with a filter it may miss some (RediSearch 2.10).
    """
    sorting = ("SORTBY", *order, "LIMIT", "0", str(limit), *NO_TIMEOUT, "DIALECT", str(EARLY_STOP_DIALECT))
    return ("FT.SEARCH", keyspace.PRODUCT_INDEX, EVERYTHING, *CARD, *sorting)


def best_sellers(*, bucket: int, limit: int) -> Command:
    """Keys of the most popular products of one sample bucket, each with its popularity."""
    sorting = ("SORTBY", "popularity", "DESC", "NOCONTENT", "WITHSORTKEYS", "LIMIT", "0", str(limit))
    query = sample_clause(range(bucket, bucket + 1))
    return ("FT.SEARCH", keyspace.PRODUCT_INDEX, query, *sorting, *NO_TIMEOUT, *Params().arguments())


def total(
    text: TextClause, selection: Selection, *, without: Facet | None = None, buckets: int = SAMPLE_BUCKETS
) -> Command:
    """Only how many products match, leaving out one facet's filter if asked; of so many sample buckets."""
    counted, params = countable(text, selection, without=without)
    query = _sampled(counted, buckets)
    return ("FT.SEARCH", keyspace.PRODUCT_INDEX, query, "LIMIT", "0", "0", *NO_TIMEOUT, *params.arguments())


def count(counted: CountQuery, *, buckets: int = SAMPLE_BUCKETS, first: int = 0) -> Command:
    """Counts by group, over all products or over ``buckets`` sample buckets from ``first`` on."""
    return _grouped(counted, _sampled(counted.query, buckets, first))


def count_first(counted: CountQuery, *, most: int) -> Command:
    """Counts by group over at most ``most`` of the products that match."""
    return _grouped(counted, counted.query, ("LIMIT", "0", str(most)))


def spellcheck(words: Iterable[str], *, distance: int) -> Command:
    """Corrections for the words the catalogue does not know. In dialect 2, words such as ``ismissing`` are syntax.

    In parentheses, since RediSearch takes a query that is just ``distance`` or ``terms`` for its option.
    """
    return ("FT.SPELLCHECK", keyspace.PRODUCT_INDEX, f"({' '.join(words)})", "DISTANCE", str(distance), "DIALECT", "1")


def explained(words: Iterable[str]) -> Command:
    """What the search makes of words: stems, and the groups of synonyms that they are in. In dialect 1, as above."""
    return ("FT.EXPLAIN", keyspace.PRODUCT_INDEX, " ".join(words), "DIALECT", "1")


def spellable(text: Text) -> list[str]:
    """The words that can be spell-checked: letters, so that none is query syntax."""
    return [word for word in text.words if word.isalpha() and len(word) >= SHORTEST_SPELLED]


def _sampled(query: str, buckets: int, first: int = 0) -> str:
    return all_of([query, sample_clause(range(first, first + buckets))]) if buckets < SAMPLE_BUCKETS else query


def _grouped(counted: CountQuery, query: str, bound: Command = ()) -> Command:
    params = Params(list(counted.params))
    group = ("GROUPBY", "1", f"@{counted.group_by}", "REDUCE", "COUNT", "0", "AS", "n")
    limit = ("LIMIT", "0", str(MOST_GROUPS))
    return (
        "FT.AGGREGATE",
        keyspace.PRODUCT_INDEX,
        query or EVERYTHING,
        *NO_TIMEOUT,
        *bound,
        *group,
        *limit,
        *params.arguments(),
    )


def reviews_of(sku: str, params: Params) -> str:
    """A product's reviews, without those that staff has hidden."""
    return f"{tag_any('sku', [sku], params)} {SHOWN_REVIEWS}"


def count_stars(sku: str, *, query: str = "") -> Command:
    """How many of a product's reviews gave how many stars; ``query`` narrows which reviews count."""
    params = Params()
    narrowed = f"{reviews_of(sku, params)}{query}"
    by_stars = ("GROUPBY", "1", "@stars", "REDUCE", "COUNT", "0", "AS", "n")
    return ("FT.AGGREGATE", keyspace.REVIEW_INDEX, narrowed, *by_stars, *params.arguments())
