"""What the counts of every result page promise, checked against Redis itself.

Every facet is single-valued, so its counts add up to the products found without that facet's own filter, and
choosing a value brings exactly as many products as its count said.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from catalog import finding
from catalog.facets import Facet
from catalog.results import FacetGroup, Precision, SearchPage, SearchRequest
from catalog.search import Text

Chosen = Mapping[Facet, tuple[str, ...]]

NOTHING: Chosen = {}


def request_for(query: str, chosen: Chosen = NOTHING) -> SearchRequest:
    return SearchRequest(text=Text.parse(query), selection=dict(chosen))


def found(request: SearchRequest) -> SearchPage:
    return finding.search_page(request=request)[0]


def choosing(request: SearchRequest, facet: Facet, *values: str) -> SearchRequest:
    """The same request with these values of one facet instead of what it had."""
    others = {other: chosen for other, chosen in request.selection.items() if other is not facet}
    return replace(request, selection=others | ({facet: values} if values else {}))


def counts(group: FacetGroup) -> dict[str, int]:
    return {option.value: option.count for option in group.options}


def group_of(page: SearchPage, facet: Facet) -> FacetGroup:
    return next(group for group in page.groups if group.facet is facet)


def telling(group: FacetGroup) -> Iterator[str]:
    """The most and the least frequent value, and one between: enough to tell, and soon done."""
    values = [option.value for option in group.options if option.count]
    yield from {values[0], values[len(values) // 2], values[-1]} if values else ()


def check_sums(request: SearchRequest, page: SearchPage) -> None:
    for group in page.groups:
        without = found(choosing(request, group.facet)).total
        assert group.precision is Precision.EXACT
        assert sum(counts(group).values()) + group.rest == without, group.facet


def check_choices(request: SearchRequest, page: SearchPage) -> None:
    for group in page.groups:
        for value in telling(group):
            chosen = found(choosing(request, group.facet, value))
            assert chosen.total == counts(group)[value], (group.facet, value)
            # What was chosen in a facet does not change that facet's own counts.
            unchanged = group_of(chosen, group.facet)
            shown = counts(unchanged).keys() & counts(group).keys()
            assert all(counts(unchanged)[other] == counts(group)[other] for other in shown), group.facet
            assert sum(counts(unchanged).values()) + unchanged.rest == sum(counts(group).values()) + group.rest


def check_unions(request: SearchRequest, page: SearchPage) -> None:
    for group in page.groups:
        values = sorted(telling(group))
        both = found(choosing(request, group.facet, *values))
        assert both.total == (sum(counts(group)[value] for value in values) if values else both.total), group.facet


def check(request: SearchRequest) -> None:
    page = found(request)
    check_sums(request, page)
    check_choices(request, page)
    check_unions(request, page)
