"""From an address's parameters to a search request. Anything at all parses; nonsense is left out."""

import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any, Protocol

from catalog import facets
from catalog.addresses import EXPANDED
from catalog.facets import IN_STOCK, NEAR, OUT_OF_STOCK, Facet
from catalog.results import DEEPEST, PER_PAGE, SearchRequest, Sort
from catalog.search import Text
from redismart.around import Around

MOST_VALUES = 16
"""Of one facet: Redis reads the list of each whole, and nobody compares more."""

MOST_CHARACTERS = 3_000
"""Of all values together: every link on the page repeats them."""
LONGEST_VALUE = 300
LONGEST_NUMBER = 18
LAST_PAGE = DEEPEST // PER_PAGE
PRICE_FIELDS = ("price_min", "price_max")
PRICE_BEFORE = "price_before"
"""The range that stood in the price fields when the form was shown; it has a box of its own to take it away."""
LONGEST_AMOUNT = 30
SIGNS = re.compile(r"[\s$€£¥₹]")
THOUSANDS = re.compile(r"(?<=\d)[.,](?=\d{3}(?!\d))")
AMOUNT = re.compile(r"\d{1,9}(\.\d{1,2})?", re.ASCII)
LEVELS = {IN_STOCK, OUT_OF_STOCK, NEAR}
RATINGS = {*map(str, facets.RATING_FLOORS), facets.NO_RATING}


class Parameters(Protocol):
    """An address's parameters, as Django's ``QueryDict`` has them."""

    def get(self, key: str, default: Any = ..., /) -> Any: ...

    def getlist(self, key: str, /) -> Any: ...


def search_request(
    parameters: Parameters, *, within: str = "", around: Around | None = None, among: Collection[Facet] = tuple(Facet)
) -> SearchRequest:
    """The request that an address describes.

    ``within`` is the category whose page it is, ``around`` where the visitor is; it has no facets but those ``among``.
    """
    chosen = {facet: values for facet, values in _chosen(parameters).items() if facet in among}
    placeless = around is None and NEAR in chosen.get(Facet.STOCK, ())
    if placeless:
        chosen[Facet.STOCK] = tuple(value for value in chosen[Facet.STOCK] if value != NEAR)
    selection = _bounded(chosen)
    return SearchRequest(
        text=Text.parse(parameters.get("q", "")),
        selection=selection,
        left_out=sum(map(len, chosen.values())) - sum(map(len, selection.values())),
        sort=_sort(parameters.get("sort", "")),
        page=_page(parameters.get("page", "")),
        within=within,
        refused_price=_refused(parameters),
        expanded=_facet(parameters.get(EXPANDED, "")),
        around=around,
        placeless=placeless,
    )


def _chosen(parameters: Parameters) -> dict[Facet, tuple[str, ...]]:
    chosen = {facet: _values(facet, parameters.getlist(facet.value)) for facet in Facet}
    chosen[Facet.PRICE] = _with_typed(chosen[Facet.PRICE], parameters)
    return chosen


def _with_typed(chosen: tuple[str, ...], parameters: Parameters) -> tuple[str, ...]:
    """Chosen price ranges and the typed one, which takes the place of the one that was typed before.

    Fields left as they were say nothing: then the box of that range decides.
    """
    typed, before = _typed_range(parameters), parameters.get(PRICE_BEFORE, "")
    if typed == before:
        return chosen
    kept = [value for value in chosen if value != before]
    # First: whoever types a range means it, however many others are ticked.
    return tuple(dict.fromkeys((typed, *kept) if typed else kept))


def _bounded(chosen: Mapping[Facet, tuple[str, ...]]) -> Mapping[Facet, tuple[str, ...]]:
    """The chosen values, as many as one search takes and as far as they fit into an address."""
    room, kept = MOST_CHARACTERS, {}
    for facet, values in chosen.items():
        fitting = []
        for value in values[:MOST_VALUES]:
            room -= len(value)
            if room >= 0:
                fitting.append(value)
        if fitting:
            kept[facet] = tuple(fitting)
    return kept


def _values(facet: Facet, given: list[str]) -> tuple[str, ...]:
    usable = (value for value in given if 0 < len(value) <= LONGEST_VALUE and value.isprintable())
    valid = (value for value in usable if _valid(facet, value))
    ordered = map(_in_order, valid) if facet is Facet.PRICE else valid
    return tuple(dict.fromkeys(ordered))


def _in_order(value: str) -> str:
    """A price range with its lower bound first, as its author meant it: ``100-50`` is ``50-100``."""
    low, high = facets.price_range(value) or (None, None)
    return f"{abs(high):f}-{low:f}" if low is not None and high is not None and low > high else value


def _valid(facet: Facet, value: str) -> bool:
    if facet is Facet.PRICE:
        return value == facets.NO_PRICE or facets.price_range(value) is not None
    known = {Facet.RATING: RATINGS, Facet.STOCK: LEVELS}
    return facet not in known or value in known[facet]


def _typed_range(parameters: Parameters) -> str:
    """The range from the two price fields, which a form sends apart from the ready-made ranges; in either order."""
    bounds = [_amount(parameters.get(name, "")) for name in PRICE_FIELDS]
    if all(bounds):
        bounds.sort(key=Decimal)
    value = "-".join(bounds)
    return value if facets.price_range(value) else ""


def _refused(parameters: Parameters) -> str:
    """What was typed into a price field and is no amount."""
    typed = (parameters.get(name, "").strip()[:LONGEST_AMOUNT] for name in PRICE_FIELDS)
    return next((text for text in typed if text and not _amount(text)), "")


def _amount(typed: str) -> str:
    """An amount as people write it, ``$1,299.50`` or ``59,90 €``, as plain digits; empty when it is none."""
    bare = SIGNS.sub("", typed[:LONGEST_AMOUNT])
    plain = THOUSANDS.sub("", bare).replace(",", ".")
    return plain if AMOUNT.fullmatch(plain) else ""


def _sort(given: str) -> Sort:
    return Sort(given) if given in {*Sort} else Sort.RELEVANCE


def _facet(given: str) -> Facet | None:
    return Facet(given) if given in {*Facet} else None


def _page(given: str) -> int:
    if not (given.isascii() and given.isdigit() and len(given) <= LONGEST_NUMBER):
        return 1
    return min(max(int(given), 1), LAST_PAGE)
