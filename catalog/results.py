"""What a result page is asked for and what it holds. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

import structlog
from pydantic import Field, TypeAdapter

from catalog.facets import AT, NEAR, NOWHERE, CountQuery, Facet, Selection
from catalog.models import Picture
from catalog.search import Text
from redismart.around import Around
from redismart.redis.documents import damage
from redismart.redis.replies import Hits

log = structlog.get_logger(__name__)

PER_PAGE = 16
DEEPEST = 10_000
"""Results past this one are not paged to: nobody reads them, and each costs Redis the whole way there."""


class Sort(StrEnum):
    """The orders of a result list."""

    RELEVANCE = "relevance"
    PRICE_UP = "price"
    PRICE_DOWN = "-price"
    RATING = "rating"
    NEWEST = "newest"
    POPULARITY = "popularity"


SORT_FIELDS: Mapping[Sort, tuple[str, str]] = {
    Sort.PRICE_UP: ("cost", "ASC"),
    Sort.PRICE_DOWN: ("cost", "DESC"),
    Sort.RATING: ("liked", "DESC"),
    Sort.NEWEST: ("created", "DESC"),
    Sort.POPULARITY: ("popularity", "DESC"),
}


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A result page, fully described: every address parses to exactly one.

    ``within`` is the slug path of the category whose page this is; ``expanded`` the facet whose every
    value is shown; ``refused_price`` what was typed as a price and is none; ``left_out`` is how many chosen
    values are more than one search takes. ``around`` is where the visitor is; ``placeless`` says that what is near was
    asked for and nobody knows where.
    """

    text: Text
    selection: Selection = field(default_factory=dict)
    sort: Sort = Sort.RELEVANCE
    page: int = 1
    within: str = ""
    expanded: Facet | None = None
    refused_price: str = ""
    left_out: int = 0
    around: Around | None = None
    placeless: bool = False

    @property
    def filters(self) -> Selection:
        """The selection as searches take it: what is near, by its places."""
        chosen = self.selection.get(Facet.STOCK, ())
        if NEAR not in chosen:
            return self.selection
        places = tuple(f"{AT}{place}" for place in self.places) or (NOWHERE,)
        return {**self.selection, Facet.STOCK: (*(value for value in chosen if value != NEAR), *places)}

    @property
    def places(self) -> tuple[str, ...]:
        """The locations near the visitor, as far as is known."""
        return self.around.places if self.around else ()

    @property
    def order(self) -> tuple[str, str] | None:
        """Field and direction to sort by; None for relevance. Without a text, relevance is popularity."""
        if self.sort is Sort.RELEVANCE and self.text.empty:
            return SORT_FIELDS[Sort.POPULARITY]
        return SORT_FIELDS.get(self.sort)

    @property
    def active(self) -> tuple[Facet, ...]:
        """The facets that have a selection."""
        return tuple(facet for facet, values in self.selection.items() if values)


def pages(total: int) -> int:
    """How many pages a number of results makes: at least one, and none past ``DEEPEST``."""
    return max(1, -(-min(total, DEEPEST) // PER_PAGE))


@dataclass(frozen=True, slots=True)
class Card:
    """A product as lists show it."""

    sku: str
    name: str
    currency: str
    brand: str = ""
    category: str = ""
    price: Decimal | None = None
    list_price: Decimal | None = None
    rating: Annotated[float, Field(ge=0, le=5, allow_inf_nan=False)] | None = None
    rating_count: Annotated[int, Field(ge=0)] = 0
    picture: Picture | None = None

    @classmethod
    def decoded(cls, stored: str | bytes) -> "Card":
        """A card from the JSON that the product stores for it, by this release of the shop or another.

        Raises ``ValueError`` when it is damaged.
        """
        return _CARD.validate_json(stored)

    @classmethod
    def readable(cls, stored: Iterable[str | bytes]) -> "tuple[Card, ...]":
        """The sound ones of some stored cards; damaged ones are logged, and take no others with them."""
        found: list[Card] = []
        for each in stored:
            try:
                found.append(cls.decoded(each))
            except ValueError as error:
                log.warning("card_left_out", length=len(each), reason=damage(error))
        return tuple(found)

    @property
    def reduced(self) -> bool:
        """Whether a higher former price is worth crossing out."""
        return self.price is not None and self.list_price is not None and self.list_price > self.price


_CARD = TypeAdapter(Card)


def cards_of(hits: Hits) -> tuple[Card, ...]:
    """The cards of a page of hits; a product deleted while it was being found has none."""
    return Card.readable(row["card"] for row in hits.rows if row.get("card"))


class Precision(StrEnum):
    """How far the counts of a facet can be trusted."""

    EXACT = "exact"
    STALE = "stale"
    ESTIMATED = "estimated"


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a facet."""

    value: str
    label: str
    count: int
    selected: bool


@dataclass(frozen=True, slots=True)
class FacetGroup:
    """A facet with its values, most useful first.

    ``rest`` says how many products have values that are not among ``options``; ``made`` is when (epoch seconds) the
    counts were made, unless that is now. ``typed`` are chosen price ranges that are not ready-made: they overlap the
    others, so they have no part in the sum. Nor has ``near``: what is in stock near the visitor.
    """

    facet: Facet
    options: tuple[Option, ...]
    precision: Precision
    hidden_values: int = 0
    rest: int = 0
    made: float | None = None
    typed: tuple[str, ...] = ()
    near: Option | None = None

    def after(self, shown: int) -> tuple[int, int]:
        """How many values follow the first few, and how many products have them: with those few, all there are."""
        later = self.options[shown:]
        return len(later) + self.hidden_values, sum(option.count for option in later) + self.rest


@dataclass(frozen=True, slots=True)
class Way:
    """A way out of an empty page: without one facet's filter, so many products are found, or about as many."""

    facet: Facet
    total: int
    precision: Precision = Precision.EXACT


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Everything a result page shows.

    ``relaxed`` says that no product has all the words and ``cards`` have some of them. ``also`` are
    such products shown below a short list. ``suggestion`` is a corrected text that finds ``suggestion_total``.
    ``to_prepare`` are the counts that can be exact a moment later; not all estimates can. ``moved_to`` is where the
    category is now that had this page's address, a slug path.
    """

    request: SearchRequest
    total: int
    page: int
    cards: tuple[Card, ...]
    groups: tuple[FacetGroup, ...]
    relaxed: bool = False
    also: tuple[Card, ...] = ()
    suggestion: str = ""
    suggestion_total: int = 0
    ways: tuple[Way, ...] = ()
    to_prepare: tuple[CountQuery, ...] = ()
    moved_to: str = ""

    @property
    def pages(self) -> int:
        """How many pages can be turned to."""
        return pages(self.total)

    @property
    def in_vain(self) -> bool:
        """Whether the shop has nothing with these words, whatever the filters."""
        asked = self.request
        plain = not asked.text.empty and not asked.active and asked.page == 1
        return plain and (self.relaxed or not self.total)

    @property
    def exact(self) -> bool:
        return all(group.precision is Precision.EXACT for group in self.groups)

    @property
    def partly_exact(self) -> bool:
        return not self.exact and any(group.precision is Precision.EXACT for group in self.groups)

    @property
    def estimated(self) -> bool:
        """Whether counts are mere estimates, some at least."""
        return any(group.precision is Precision.ESTIMATED for group in self.groups)

    @property
    def counted_at(self) -> float | None:
        """When (epoch seconds) the oldest of the counts were made that may not be true any more."""
        stale = (group.made for group in self.groups if group.precision is Precision.STALE)
        return min((made for made in stale if made is not None), default=None)

    @property
    def first(self) -> int:
        """Number of the page's first result, from 1."""
        return (self.page - 1) * PER_PAGE + 1 if self.cards else 0

    @property
    def last(self) -> int:
        return self.first + len(self.cards) - 1 if self.cards else 0
