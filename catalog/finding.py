"""Finds products: one search, in at most two round trips.

The first brings the hits, how many there are with each facet's filter left out, counts that were prepared
earlier, and corrections of misspelt words. What it says decides the second: facet counts by the cheapest way that is
good enough, products that come close when few or none match, and whether a correction finds anything.
"""

from dataclasses import dataclass

from catalog import commands, counting, facets, keyspace, search, tree
from catalog.counting import Counts
from catalog.facets import CountQuery, Facet, TextClause
from catalog.grouping import group
from catalog.models import Product
from catalog.results import DEEPEST, PER_PAGE, Card, Precision, SearchPage, SearchRequest, Way, cards_of, pages
from catalog.search import Text
from catalog.tree import Tree
from redismart.redis import replies
from redismart.redis.batch import Batch, Reply

FEW_RESULTS = 8
"""With fewer, a correction that finds more is offered."""

NEAR, FAR, FEW_WORDS = 1, 2, 2
"""Typos a word: looking two away costs ten times as much as one, so only few words get it."""


def search_page(*, request: SearchRequest) -> tuple[SearchPage, Tree]:
    """A result page and the category tree that names its categories."""
    batch = Batch(Product.db())
    first = _First.ask(batch, request)
    batch.run()
    page = _closest(first, batch) if first.nothing_exact else _found(first, batch)
    return page, tree.cache.current()


@dataclass(frozen=True, slots=True)
class _First:
    """The first round trip: what was asked and the replies."""

    request: SearchRequest
    text: TextClause
    counted: list[CountQuery]
    hits: Reply[replies.Hits]
    totals: dict[Facet, Reply[int]]
    prepared: dict[str, Reply[counting.Prepared | None]]
    version: Reply[str]
    tree_version: Reply[str]
    corrections: Reply[dict[str, list[str]]] | None

    @classmethod
    def ask(cls, batch: Batch, request: SearchRequest) -> "_First":
        text = _scoped(search.all_words(request.text), request)
        counted = facets.count_queries(text, request.selection)
        return cls(
            request=request,
            text=text,
            counted=counted,
            hits=_ask_hits(batch, text, request, page=request.page),
            totals={facet: _ask_total(batch, text, request, without=facet) for facet in request.active},
            prepared={query.digest: counting.ask_prepared(batch, query) for query in counted},
            version=batch.add("GET", keyspace.VERSION, parse=lambda version: version or "0"),
            tree_version=tree.cache.ask_version(batch),
            corrections=_ask_corrections(batch, request.text),
        )

    @property
    def total(self) -> int:
        return self.hits.value.total

    @property
    def nothing_exact(self) -> bool:
        """No product has all the words, so that those with some are the best there is."""
        return not self.total and not self.request.text.empty

    def matches(self, query: CountQuery) -> int:
        """How many products a count query goes over: more than are found when it leaves a filter out."""
        (facet, *others) = query.answers
        return self.total if others or facet not in self.totals else self.totals[facet].value

    def ways(self) -> tuple[Way, ...]:
        return tuple(Way(facet, reply.value) for facet, reply in self.totals.items() if reply.value)


def _found(first: _First, batch: Batch) -> SearchPage:
    request, number = first.request, min(first.request.page, pages(first.total))
    renewed = tree.cache.ask_tree(batch, version=first.tree_version.value)
    turned = first.hits if number == request.page else _ask_hits(batch, first.text, request, page=number)
    counts = [_ask_counts(batch, first, query) for query in first.counted]
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
        ways=first.ways() if not first.total else (),
        to_prepare=_imprecise(made),
    )


def _also(request: SearchRequest, cards: tuple[Card, ...], close: replies.Hits) -> tuple[Card, ...]:
    """Products to follow a short list; none where a SKU was typed and found."""
    shown = {card.sku for card in cards}
    if request.text.shown.casefold() in {sku.casefold() for sku in shown}:
        return ()
    return tuple(card for card in cards_of(close) if card.sku not in shown)


def _closest(first: _First, batch: Batch) -> SearchPage:
    """Products that have the words as beginnings, else some of the words.

    Both are asked for at once: only the reply says whether there are any of the first, and there is no third
    round trip.
    """
    request = first.request
    correction = _Correction.ask(batch, first, found=0)
    wanted = Text.parse(f"{correction.offered} {request.text.shown}")
    renewed = tree.cache.ask_tree(batch, version=first.tree_version.value)
    begun = _Near.ask(batch, first, search.beginnings(request.text))
    close = _Near.ask(batch, first, search.some_words(wanted))
    exact = [_ask_counts(batch, first, query) if first.matches(query) else None for query in first.counted]
    batch.run()
    near = begun if begun.total else close
    made = [_best_counts(*options) for options in zip(exact, begun.counts, close.counts, strict=True)]
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
        ways=first.ways(),
        # Others stay estimates: the first round trip cannot know that it should ask for prepared ones.
        to_prepare=_imprecise([part for part in made if part.query in first.counted]),
    )


@dataclass(frozen=True, slots=True)
class _Near:
    """Products that do not have every word as it was typed: their first page, the one asked for, and counts."""

    opening: Reply[replies.Hits]
    hits: Reply[replies.Hits]
    counts: list[Reply[Counts] | None]

    @classmethod
    def ask(cls, batch: Batch, first: _First, clause: TextClause) -> "_Near":
        request, text = first.request, _scoped(clause, first.request)
        hits = _ask_hits(batch, text, request, page=request.page)
        opening = hits if request.page == 1 else _ask_hits(batch, text, request, page=1)
        counted = zip(first.counted, facets.count_queries(text, request.selection), strict=True)
        counts = [
            None if first.matches(exact) else _ask_bounded(batch, first, query, text, hits) for exact, query in counted
        ]
        return cls(opening, hits, counts)

    @property
    def total(self) -> int:
        return self.hits.value.total


def _best_counts(exact: Reply[Counts] | None, begun: Reply[Counts] | None, close: Reply[Counts] | None) -> Counts:
    """The counts of what choosing another value would show: products with all the words if that brings any,
    then those with the beginnings, then those that come close."""
    if exact is not None:
        return exact.value
    asked = [reply.value for reply in (begun, close) if reply is not None]
    return next((counts for counts in asked if any(tally.total() for tally in counts.tallies.values())), asked[-1])


def _ask_bounded(
    batch: Batch, first: _First, query: CountQuery, text: TextClause, hits: Reply[replies.Hits]
) -> Reply[Counts]:
    (facet, *others) = query.answers
    if others or facet not in first.totals:
        return counting.ask_bounded(batch, query, matches=lambda: hits.value.total)
    total = _ask_total(batch, text, first.request, without=facet)
    return counting.ask_bounded(batch, query, matches=lambda: total.value)


@dataclass(frozen=True, slots=True)
class _Correction:
    """A correction of the search text, worth offering only when it finds more under the same filters."""

    offered: str
    reply: Reply[int] | None
    found: int

    @classmethod
    def ask(cls, batch: Batch, first: _First, *, found: int) -> "_Correction":
        known = first.corrections.value if first.corrections and found < FEW_RESULTS else {}
        offered = search.corrected(first.request.text, known)
        if not offered:
            return cls("", None, found)
        text = _scoped(search.all_words(Text.parse(offered)), first.request)
        return cls(offered, _ask_total(batch, text, first.request), found)

    @property
    def total(self) -> int:
        return self.reply.value if self.reply else 0

    @property
    def text(self) -> str:
        return self.offered if self.total > self.found else ""


def _scoped(text: TextClause, request: SearchRequest) -> TextClause:
    return facets.within(text, request.within) if request.within else text


def _ask_hits(batch: Batch, text: TextClause, request: SearchRequest, *, page: int) -> Reply[replies.Hits]:
    offset = (min(page, DEEPEST // PER_PAGE) - 1) * PER_PAGE
    return batch.add(*commands.hits(text, request.selection, order=request.order, offset=offset), parse=replies.hits)


def _ask_total(batch: Batch, text: TextClause, request: SearchRequest, *, without: Facet | None = None) -> Reply[int]:
    return batch.add(*commands.total(text, request.selection, without=without), parse=replies.total)


def _ask_counts(batch: Batch, first: _First, query: CountQuery) -> Reply[Counts]:
    return counting.ask(
        batch,
        query,
        matches=first.matches(query),
        prepared=first.prepared[query.digest].value,
        version=first.version.value,
        selected=first.request.selection.get(query.answers[0], ()),
    )


def _ask_close(batch: Batch, first: _First) -> Reply[replies.Hits] | None:
    """Products with some of the words, to follow a list that does not fill its first page."""
    request = first.request
    if request.page > 1 or len(request.text.words) <= 1 or not 0 < first.total < PER_PAGE:
        return None
    return _ask_hits(batch, _scoped(search.some_words(request.text), request), request, page=1)


def _ask_corrections(batch: Batch, text: Text) -> Reply[dict[str, list[str]]] | None:
    words = commands.spellable(text)
    if not words:
        return None
    distance = FAR if len(words) <= FEW_WORDS else NEAR
    return batch.add(*commands.spellcheck(words, distance=distance), parse=replies.corrections)


def _imprecise(counts: list[Counts]) -> tuple[CountQuery, ...]:
    return tuple(part.query for part in counts if part.precision is not Precision.EXACT)
