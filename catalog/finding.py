"""Finds products: one search, in at most two round trips.

The first brings the hits, about how many there are with each facet's filter left out, counts that were prepared
earlier, and corrections of misspelt words. What it says decides the second: facet counts by the cheapest way that is
good enough, products that come close when few or none match, and whether a correction finds anything.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from catalog import by_sku, counting, search, tree
from catalog.counting import Counts
from catalog.facets import CountQuery, Facet, TextClause
from catalog.first_trip import FirstTrip, ask_hits, ask_total, count_queries, scoped
from catalog.grouping import group
from catalog.models import Product
from catalog.results import PER_PAGE, Card, Precision, SearchPage, SearchRequest, cards_of, pages
from catalog.search import Text
from catalog.tree import Tree
from redismart.redis import replies
from redismart.redis.batch import Batch, Reply

FEW_RESULTS = 8
"""With fewer, a correction that finds more is offered."""


def search_page(*, request: SearchRequest) -> tuple[SearchPage, Tree]:
    """A result page and the category tree that names its categories."""
    batch = Batch.reading(Product.app)
    first = FirstTrip.ask(batch, request)
    batch.run()
    page = _closest(first, batch) if first.nothing_exact else _found(first, batch)
    return replace(page, moved_to=first.moved_to.value), tree.cache.current()


def matched_page(
    *, request: SearchRequest, skus: Sequence[str], tallies: Mapping[Facet, Counter[str]]
) -> tuple[SearchPage, Tree]:
    """A result page of products that somebody else has found, in their order, with their counts. Two round trips."""
    number = min(request.page, pages(len(skus)))
    batch = Batch.reading(Product.app)
    cards = by_sku.ask_cards(batch, skus[(number - 1) * PER_PAGE : number * PER_PAGE])
    version = tree.cache.ask_version(batch)
    batch.run()
    renewed = tree.cache.ask_tree(batch, version=version.value)
    batch.run()
    known = tree.cache.current(renewed)
    groups = group([_counted(facet, tally) for facet, tally in tallies.items()], request, known)
    return SearchPage(request=request, total=len(skus), page=number, cards=cards.value, groups=groups), known


def _counted(facet: Facet, tally: Counter[str]) -> Counts:
    return Counts(CountQuery("", (), facet.value, (facet,)), {facet: tally}, Precision.EXACT)


def _found(first: FirstTrip, batch: Batch) -> SearchPage:
    request, number = first.request, min(first.request.page, pages(first.total))
    renewed = tree.cache.ask_tree(batch, version=first.tree_version.value)
    turned = first.hits if number == request.page else ask_hits(batch, first.text, request, page=number)
    counts = _ask_counts(batch, first, first.counted)
    correction = _Correction.ask(batch, first, found=first.total)
    close = _ask_close(batch, first)
    batch.run()
    made = [reply.value for reply in counts]
    cards = cards_of(turned.value)
    return SearchPage(
        request=request,
        total=first.total,
        page=number,
        cards=cards,
        groups=group(made, request, tree.cache.current(renewed), total=first.total),
        also=_also(request, cards, close.value) if close else (),
        suggestion=correction.text,
        suggestion_total=correction.total,
        ways=first.ways(made) if not first.total else (),
        to_prepare=_imprecise(made),
    )


def _also(request: SearchRequest, cards: tuple[Card, ...], close: replies.Hits) -> tuple[Card, ...]:
    """Products to follow a short list; none where a SKU was typed and found."""
    shown = {card.sku for card in cards}
    if request.text.shown.casefold() in {sku.casefold() for sku in shown}:
        return ()
    return tuple(card for card in cards_of(close) if card.sku not in shown)


def _closest(first: FirstTrip, batch: Batch) -> SearchPage:
    """Products that have the words as beginnings, else some of the words.

    Both are asked for at once: only the reply says whether there are any of the first, and there is no third
    round trip.
    """
    request = first.request
    correction = _Correction.ask(batch, first, found=0)
    wanted = Text.parse(f"{correction.offered} {request.text.shown}")
    renewed = tree.cache.ask_tree(batch, version=first.tree_version.value)
    # Without its own filter a facet may have products with all the words; what a sample shows is there for certain.
    others = [query for query in first.counted if first.leaves_out(query)]
    unsure = [query for query in first.counted if not first.matches(query)]
    exact = dict(zip(others, _ask_counts(batch, first, others), strict=True))
    begun = _Near.ask(batch, first, search.beginnings(request.text), unsure)
    close = _Near.ask(batch, first, search.some_words(wanted), unsure)
    batch.run()
    near = begun if begun.total else close
    made = [
        _best_counts([asked[query] for asked in (exact, begun.counts, close.counts) if query in asked])
        for query in first.counted
    ]
    beyond = request.page > pages(near.total)
    return SearchPage(
        request=request,
        total=near.total,
        page=1 if beyond else request.page,
        cards=cards_of((near.opening if beyond else near.hits).value),
        groups=group(made, request, tree.cache.current(renewed)),
        relaxed=near is close,
        suggestion=correction.text if near is close else "",
        suggestion_total=correction.total,
        ways=first.ways(reply.value for reply in exact.values()),
        # Others stay estimates: the first round trip cannot know that it should ask for prepared ones.
        to_prepare=_imprecise([part for part in made if part.query in first.counted]),
    )


@dataclass(frozen=True, slots=True)
class _Near:
    """Products that do not have every word as it was typed: their first page, the one asked for, and counts by the
    count query that they stand in for."""

    opening: Reply[replies.Hits]
    hits: Reply[replies.Hits]
    counts: dict[CountQuery, Reply[Counts]]

    @classmethod
    def ask(cls, batch: Batch, first: FirstTrip, clause: TextClause, unsure: Sequence[CountQuery]) -> "_Near":
        request, text = first.request, scoped(clause, first.request)
        hits = ask_hits(batch, text, request, page=request.page)
        opening = hits if request.page == 1 else ask_hits(batch, text, request, page=1)
        counted = zip(first.asked, count_queries(text, request), strict=True)
        # Two clauses come close, beginnings and some words.
        sharing = 2 * len(unsure)
        counts = {
            exact: counting.ask_bounded(batch, query, sharing=sharing) for exact, query in counted if exact in unsure
        }
        return cls(opening, hits, counts)

    @property
    def total(self) -> int:
        return self.hits.value.total


def _best_counts(asked: Sequence[Reply[Counts]]) -> Counts:
    """The counts of what choosing another value would show: products with all the words if that brings any,
    then those with the beginnings, then those that come close."""
    return next((reply.value for reply in asked if reply.value.total), asked[-1].value)


@dataclass(frozen=True, slots=True)
class _Correction:
    """A correction of the search text, worth offering only when it finds more under the same filters."""

    offered: str
    reply: Reply[int] | None
    found: int

    @classmethod
    def ask(cls, batch: Batch, first: FirstTrip, *, found: int) -> "_Correction":
        offered = search.corrected(first.request.text, first.spelling.misspelt) if found < FEW_RESULTS else ""
        if not offered:
            return cls("", None, found)
        text = scoped(search.all_words(Text.parse(offered)), first.request)
        return cls(offered, ask_total(batch, text, first.request), found)

    @property
    def total(self) -> int:
        return self.reply.value if self.reply else 0

    @property
    def text(self) -> str:
        return self.offered if self.total > self.found else ""


def _ask_counts(batch: Batch, first: FirstTrip, queries: Sequence[CountQuery]) -> list[Reply[Counts]]:
    return counting.ask(batch, [first.wanted(query) for query in queries], versions=first.versions.value)


def _ask_close(batch: Batch, first: FirstTrip) -> Reply[replies.Hits] | None:
    """Products with some of the words, to follow a list that does not fill its first page."""
    request = first.request
    if request.page > 1 or len(request.text.words) <= 1 or not 0 < first.total < PER_PAGE:
        return None
    return ask_hits(batch, scoped(search.some_words(request.text), request), request, page=1)


def _imprecise(counts: list[Counts]) -> tuple[CountQuery, ...]:
    return tuple(part.query for part in counts if part.precision is not Precision.EXACT)
