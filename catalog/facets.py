"""Facets: which there are, the value a product has in each, and how their counts come about. Pure.

Every facet is single-valued: a product is counted under exactly one value, "none" values included, so
the counts of a facet always add up to the number of products found.

``STOCK`` has one value that depends on the visitor, ``NEAR``: in stock at one of some places. Those are products that
are in stock, so it stands beside the sum and not in it, and has a count query of its own.

Counts are disjunctive: a facet's own selection does not shrink its counts. That takes one count query
for the facets without a selection (grouped by one precomputed joint key and summed up here) and one
for each facet with a selection, with only that facet's filter left out.
"""

import hashlib
import math
import zlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache

from redismart.redis.clauses import Params, all_of, any_of, number_between, tag_any


class Facet(StrEnum):
    """The facets, by their names in addresses and in the index."""

    CATEGORY = "category"
    SUB = "sub"
    BRAND = "brand"
    PRICE = "price"
    RATING = "rating"
    STOCK = "stock"


PRODUCT_FACETS: tuple[Facet, ...] = tuple(facet for facet in Facet if facet is not Facet.STOCK)
"""What a product is. How much there is of it others tell, and tell anew (see ``catalog.stocked``)."""

JOINT_FIELD = "joint"
JOINT_FACETS = (Facet.CATEGORY, Facet.SUB, Facet.PRICE, Facet.RATING)
"""Few distinct values each, so one key joins them: grouping by it once halves the cost of five GROUPBYs."""

SEPARATOR = "|"
NO_CATEGORY = "uncategorised"
OTHER_SUB = "~"
NO_BRAND = "~"
NO_PRICE = "other"
NO_RATING = "none"
IN_STOCK, OUT_OF_STOCK = "in", "out"
NEAR = "near"
PLACES_FIELD = "places"
AT = "@"
"""Begins a place among the values of ``STOCK``: no other value does."""

NOWHERE = f"{AT}-"
"""A value that no product has: nothing is near."""

RATING_FLOORS = (4, 3, 2, 1, 0)

PRICE_EDGES = (0, 10, 25, 50, 100, 200, 500, 1000, 2000)
"""Lower edges of the price ranges, in the currency's unit; a hundredfold for currencies without cents."""

SAMPLE_BUCKETS = 64
"""Products are spread over this many buckets by a hash of their SKU: some buckets are a fair sample."""

Selection = Mapping[Facet, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class PriceBands:
    """The price ranges of a currency."""

    edges: tuple[int, ...]

    @classmethod
    def of(cls, *, digits: int) -> "PriceBands":
        scale = 1 if digits else 100
        return cls(tuple(edge * scale for edge in PRICE_EDGES))

    def keys(self) -> tuple[str, ...]:
        """``0-10``, ``10-25`` … ``2000-``, cheapest first."""
        return _price_keys(self.edges)

    def key_for(self, price: Decimal | None) -> str:
        """The range a price falls in, its lower edge included; ``NO_PRICE`` without one."""
        if price is None:
            return NO_PRICE
        return self.keys()[max(bisect_right(self.edges, price) - 1, 0)]


@lru_cache(maxsize=32)
def _price_keys(edges: tuple[int, ...]) -> tuple[str, ...]:
    upper = [str(edge) for edge in edges[1:]] + [""]
    return tuple(f"{low}-{high}" for low, high in zip(edges, upper, strict=True))


def rating_key(rating: float | None) -> str:
    """The star band of a rating: ``4`` for 4.0 to 5.0, down to ``0``; ``NO_RATING`` without one."""
    if rating is None:
        return NO_RATING
    return str(next(floor for floor in RATING_FLOORS if rating >= floor))


def sample_key(sku: str) -> str:
    """The sample bucket of a product: ``00`` to ``63``."""
    return f"{zlib.crc32(sku.encode()) % SAMPLE_BUCKETS:02d}"


def stocked(places: Iterable[str], *, anywhere: bool = False) -> dict[str, str | list[str]]:
    """What the index reads of a product's stock: whether there is any to be sold, and at which locations."""
    return {Facet.STOCK.value: IN_STOCK if anywhere else OUT_OF_STOCK, PLACES_FIELD: sorted(places)}


def joint_key(*, sub: str, price: str, rating: str) -> str:
    """One value that joins those of ``JOINT_FACETS``; the category is the beginning of ``sub``."""
    return SEPARATOR.join((sub, price, rating))


def split_joint(key: str) -> dict[Facet, str]:
    """The values that a joint key joins."""
    sub, price, rating = key.split(SEPARATOR)
    return {Facet.CATEGORY: sub.partition("/")[0], Facet.SUB: sub, Facet.PRICE: price, Facet.RATING: rating}


@dataclass(frozen=True, slots=True)
class CountQuery:
    """One FT.AGGREGATE that counts: its filter, what it groups by, and which facets it answers."""

    query: str
    params: tuple[str, ...]
    group_by: str
    answers: tuple[Facet, ...]

    @property
    def near(self) -> bool:
        """Whether it counts what is in stock at some places, beside the sum."""
        return self.answers == (Facet.STOCK,) and f"@{PLACES_FIELD}:" in self.query

    @property
    def moves_with_stock(self) -> bool:
        """Whether other stock makes other counts. What people type is never in the query's text."""
        told = (f"@{Facet.STOCK.value}:", f"@{PLACES_FIELD}:")
        return self.answers == (Facet.STOCK,) or any(field in self.query for field in told)

    @property
    def digest(self) -> str:
        """Identifies the counts, whoever asks for them."""
        return hashlib.sha256("\0".join((self.query, *self.params, self.group_by)).encode()).hexdigest()[:24]

    def narrowed(self, facet: Facet, values: Iterable[str]) -> "CountQuery":
        """The same counts of only those products that have one of the values."""
        params = Params(list(self.params))
        query = all_of([self.query, tag_any(facet.value, values, params)])
        return replace(self, query=query, params=tuple(params.values))

    def tally(self, groups: Mapping[str, int]) -> dict[Facet, Counter[str]]:
        """Counts by facet value from counts by group."""
        if self.near:
            return {Facet.STOCK: Counter({NEAR: sum(groups.values())})}
        if self.group_by != JOINT_FIELD:
            return {self.answers[0]: Counter(groups)}
        totals: dict[Facet, Counter[str]] = {facet: Counter() for facet in self.answers}
        for key, count in groups.items():
            for facet, value in split_joint(key).items():
                if facet in totals:
                    totals[facet][value] += count
        return totals


def selection_clauses(selection: Selection, params: Params, *, without: Facet | None = None) -> list[str]:
    """A query clause per facet that has selected values, leaving out one facet's if asked."""
    return [_clause(facet, values, params) for facet, values in selection.items() if values and facet is not without]


def count_queries(text: "TextClause", selection: Selection) -> list[CountQuery]:
    """The count queries of a result page, at most one per facet."""
    active = {facet for facet, values in selection.items() if values}
    idle = tuple(facet for facet in JOINT_FACETS if facet not in active)
    queries = [_count_query(text, selection, facet, facet.value, (facet,)) for facet in JOINT_FACETS if facet in active]
    if idle:
        queries.append(_count_query(text, selection, None, JOINT_FIELD, idle))
    queries.append(_count_query(text, selection, Facet.BRAND, Facet.BRAND.value, (Facet.BRAND,)))
    return queries


def stock_queries(text: "TextClause", selection: Selection, places: Iterable[str]) -> list[CountQuery]:
    """The count queries of what is in stock: anywhere, and at one of some places where any are told."""
    anywhere = _count_query(text, selection, Facet.STOCK, Facet.STOCK.value, (Facet.STOCK,))
    if not (told := list(places)):
        return [anywhere]
    params = Params(list(anywhere.params))
    query = all_of([anywhere.query, tag_any(PLACES_FIELD, told, params)])
    return [anywhere, replace(anywhere, query=query, params=tuple(params.values))]


@dataclass(frozen=True, slots=True)
class TextClause:
    """The text part of a query: its RediSearch form and the parameter values it refers to, in order.

    ``unranked`` finds the same products without a thought of which comes first, where that is shorter: counting
    them by it takes a third of the time.
    """

    query: str
    values: tuple[str, ...] = ()
    unranked: str = ""

    @property
    def countable(self) -> str:
        """The form to count by."""
        return self.unranked or self.query


def within(text: TextClause, category: str) -> TextClause:
    """The text part, for products of one category and those below it only."""
    params = Params(list(text.values))
    below = tag_any("paths", [category], params)
    return TextClause(all_of([text.query, below]), tuple(params.values), all_of([text.countable, below]))


def filtered(text: TextClause, selection: Selection) -> tuple[str, Params]:
    """The whole query: text and selected facet values, with its parameters."""
    params = Params(list(text.values))
    return all_of([text.query, *selection_clauses(selection, params)]), params


def countable(text: TextClause, selection: Selection, *, without: Facet | None = None) -> tuple[str, Params]:
    """The whole query for who only counts, leaving out one facet's filter if asked."""
    params = Params(list(text.values))
    return all_of([text.countable, *selection_clauses(selection, params, without=without)]), params


def sample_clause(buckets: Iterable[int]) -> str:
    """Only products in these sample buckets."""
    return f"@sample:{{{'|'.join(f'{bucket:02d}' for bucket in buckets)}}}"


def price_range(value: str) -> tuple[Decimal | None, Decimal | None] | None:
    """Bounds of ``25-50``, ``25-`` or ``-50``; None for anything else, NaN and negatives included."""
    low, dash, high = value.partition("-")
    if not dash or not (low or high):
        return None
    try:
        bounds = [Decimal(part) if part else None for part in (low, high)]
    except InvalidOperation:
        return None
    if any(bound is not None and not (bound.is_finite() and 0 <= bound <= 10**9) for bound in bounds):
        return None
    return (bounds[0], bounds[1])


def _count_query(
    text: TextClause, selection: Selection, without: Facet | None, group_by: str, answers: tuple[Facet, ...]
) -> CountQuery:
    query, params = countable(text, selection, without=without)
    return CountQuery(query, tuple(params.values), group_by, answers)


def _clause(facet: Facet, values: tuple[str, ...], params: Params) -> str:
    if facet is Facet.STOCK:
        return _stock_clause(values, params)
    if facet is not Facet.PRICE:
        return tag_any(facet.value, values, params)
    unpriced = [tag_any(facet.value, [NO_PRICE], params)] if NO_PRICE in values else []
    ranges = _merged_ranges(value for value in values if value != NO_PRICE)
    return any_of([*unpriced, *(number_between("cost", low, high) for low, high in ranges)])


def _stock_clause(values: tuple[str, ...], params: Params) -> str:
    """In stock, out of stock, or at one of some places (``AT`` before each)."""
    places = [value.removeprefix(AT) for value in values if value.startswith(AT)]
    levels = [value for value in values if not value.startswith(AT)]
    told = ((Facet.STOCK.value, levels), (PLACES_FIELD, places))
    return any_of([tag_any(name, wanted, params) for name, wanted in told if wanted])


def _merged_ranges(values: Iterable[str]) -> list[tuple[float | None, float | None]]:
    """The price ranges with those that overlap or touch joined: RediSearch would read each of them whole."""
    merged: list[tuple[float, float]] = []
    for low, high in sorted(_bounds(value) for value in values):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return [(None if low == -math.inf else low, None if high == math.inf else high) for low, high in merged]


def _bounds(value: str) -> tuple[float, float]:
    low, high = price_range(value) or (None, None)
    return -math.inf if low is None else float(low), math.inf if high is None else float(high)
