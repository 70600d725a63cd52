"""Turns counts into the facet groups that a page shows. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from catalog import facets
from catalog.counting import Counts, Rare
from catalog.facets import NEAR, Facet
from catalog.pricing import Pricing
from catalog.results import FacetGroup, Option, Precision, SearchRequest
from catalog.tree import Tree

MOST_OPTIONS, MOST_EXPANDED = 60, 2_000
"""Values of a facet on a page, and of the one a visitor asked to see whole; others are counted in ``rest``."""

NO_BRAND_LABEL = "No brand"
LEVEL_LABELS = {facets.IN_STOCK: "In stock", facets.OUT_OF_STOCK: "Out of stock"}


def group(
    counts: Sequence[Counts], request: SearchRequest, tree: Tree, *, total: int | None = None
) -> tuple[FacetGroup, ...]:
    """The facet groups in the order in which they are shown.

    ``total`` is how many products were found, where that is known exactly: a value chosen alone has as many,
    also when a sample missed it.
    """
    parts = {facet: part for part in counts if not part.query.near for facet in part.tallies}
    groups = tuple(_group(facet, parts[facet], request, tree, total) for facet in Facet if facet in parts)
    return tuple(_with_near(each, counts, request, total) if each.facet is Facet.STOCK else each for each in groups)


def _with_near(stock: FacetGroup, counts: Sequence[Counts], request: SearchRequest, total: int | None) -> FacetGroup:
    """With what is in stock near the visitor, as exact as the worst of both counts; without, where nobody knows."""
    if request.around is None:
        return stock
    found = next((part for part in counts if part.query.near), None)
    selected = request.selection.get(Facet.STOCK, ()) == (NEAR,)
    count = found.tallies[Facet.STOCK][NEAR] if found else 0
    count = total if selected and total is not None else count
    near = Option(NEAR, "", count, NEAR in request.selection.get(Facet.STOCK, ()))
    if found is None or found.precision is Precision.EXACT:
        return replace(stock, near=near)
    made = min((each for each in (stock.made, found.made) if each is not None), default=None)
    worst = Precision.ESTIMATED if Precision.ESTIMATED in (stock.precision, found.precision) else Precision.STALE
    return replace(stock, near=near, precision=worst, made=made)


def _group(facet: Facet, part: Counts, request: SearchRequest, tree: Tree, total: int | None) -> FacetGroup:
    tally, rare = part.tallies[facet], part.rare.get(facet, Rare())
    chosen = request.selection.get(facet, ())
    selected = tuple(value for value in chosen if value != NEAR)
    if total is not None and part.precision is Precision.ESTIMATED and len(chosen) == len(selected) == 1:
        tally = Counter({**tally, selected[0]: total})
    ordered = _ordered(facet, tally, selected)
    most = MOST_EXPANDED if request.expanded is facet else MOST_OPTIONS
    options = (Option(value, label(facet, value, tree), tally[value], value in selected) for value in ordered[:most])
    hidden = ordered[most:]
    rest = sum(tally[value] for value in hidden) + rare.products
    typed = Pricing.current().typed(selected) if facet is Facet.PRICE else ()
    return FacetGroup(facet, tuple(options), part.precision, len(hidden) + rare.values, rest, part.made, typed)


def _ordered(facet: Facet, tally: Counter[str], selected: tuple[str, ...]) -> list[str]:
    """Selected values first where there may be many, then the most frequent; ranges in their own order."""
    if facet is Facet.PRICE:
        bands = [*Pricing.current().bands.keys(), facets.NO_PRICE]
        return [value for value in bands if tally[value] or value in selected]
    if facet is Facet.RATING:
        return [
            value for value in (*map(str, facets.RATING_FLOORS), facets.NO_RATING) if tally[value] or value in selected
        ]
    if facet is Facet.STOCK:
        return [value for value in (facets.IN_STOCK, facets.OUT_OF_STOCK) if tally[value] or value in selected]
    values = {*tally, *selected}
    return sorted(values, key=lambda value: (value not in selected, -tally[value], value))


def label(facet: Facet, value: str, tree: Tree) -> str:
    """What a value is called. Price ranges and ratings are worded by the page, in the visitor's locale."""
    if facet in (Facet.CATEGORY, Facet.SUB):
        return tree.label(value)
    if facet is Facet.BRAND and value == facets.NO_BRAND:
        return NO_BRAND_LABEL
    return LEVEL_LABELS.get(value, value) if facet is Facet.STOCK else value
