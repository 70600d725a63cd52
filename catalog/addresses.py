"""Addresses of result pages: every choice on a page is a link that can be shared. Pure."""

from collections.abc import Iterable
from urllib.parse import urlencode

from catalog.facets import Facet
from catalog.pricing import Pricing
from catalog.results import SearchRequest, Sort

EXPANDED = "all"
RECOUNT = "recount"
"""Parameter by which a page asks again for counts that were not exact."""


class Addresses:
    """The address of a result page and of its neighbours. ``path`` is the page's own path."""

    def __init__(self, request: SearchRequest, path: str) -> None:
        self.request = request
        self.path = path

    def page(self, number: int) -> str:
        """The same results, another page."""
        return self._address(page=number)

    def sorted(self, sort: Sort) -> str:
        """The same results in another order, from the first page."""
        return self._address(sort=sort)

    def toggled(self, facet: Facet, value: str) -> str:
        """With one facet value chosen, or not any more."""
        chosen = self.request.selection.get(facet, ())
        others = tuple(other for other in chosen if other != value)
        return self._address(replaced={facet: others if value in chosen else (*chosen, value)})

    def without(self, facet: Facet) -> str:
        """Without any value of one facet."""
        return self._address(replaced={facet: ()})

    def unfiltered(self) -> str:
        """Without any filter."""
        return self._address(replaced=dict.fromkeys(Facet, ()))

    def expanded(self, facet: Facet) -> str:
        """With every value of one facet shown."""
        return _with(self.page(self.request.page), EXPANDED, facet.value)

    def recount(self, attempt: int) -> str:
        """The same results once more, when exact counts may be ready; ``attempt`` keeps a page from asking for ever."""
        expanded = self.request.expanded
        return _with(self.expanded(expanded) if expanded else self.page(self.request.page), RECOUNT, str(attempt))

    def typed_price(self) -> tuple[str, str]:
        """What stands in the two price fields: the first chosen range that is not one of the ready-made."""
        typed = Pricing.current().typed(self.request.selection.get(Facet.PRICE, ()))
        low, _, high = next(iter(typed), "-").partition("-")
        return low, high

    def worded(self, text: str) -> str:
        """Another text, the filters kept."""
        return self._address(text=text)

    def _address(
        self,
        *,
        text: str | None = None,
        sort: Sort | None = None,
        page: int = 1,
        replaced: dict[Facet, tuple[str, ...]] | None = None,
    ) -> str:
        selection = {**self.request.selection, **(replaced or {})}
        order = self.request.sort if sort is None else sort
        pairs = [
            *_pair("q", self.request.text.shown if text is None else text),
            *((facet.value, value) for facet in Facet for value in selection.get(facet, ())),
            *_pair("sort", "" if order is Sort.RELEVANCE else order.value),
            *_pair("page", str(page) if page > 1 else ""),
        ]
        return f"{self.path}?{urlencode(pairs)}" if pairs else self.path


def _with(address: str, name: str, value: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode({name: value})}"


def _pair(name: str, value: str) -> Iterable[tuple[str, str]]:
    return [(name, value)] if value else []
