"""The first round trip of a search: what it asks, and what its replies say of how to go on."""

from collections.abc import Iterable
from dataclasses import dataclass

from catalog import commands, counting, facets, moved, search, tree
from catalog.counting import Counts, Wanted
from catalog.facets import SAMPLE_BUCKETS, CountQuery, Facet, TextClause
from catalog.results import DEEPEST, PER_PAGE, SearchRequest, Way
from catalog.spelling import Spelling
from redismart.redis import replies
from redismart.redis.batch import Batch, Reply


@dataclass(frozen=True, slots=True)
class FirstTrip:
    """What was asked and the replies."""

    request: SearchRequest
    text: TextClause
    asked: list[CountQuery]
    hits: Reply[replies.Hits]
    sampled: dict[Facet, Reply[int]]
    prepared: dict[str, Reply[counting.Prepared | None]]
    versions: Reply[counting.Versions]
    tree_version: Reply[str]
    moved_to: Reply[str]
    spelling: Spelling

    @classmethod
    def ask(cls, batch: Batch, request: SearchRequest) -> "FirstTrip":
        text = scoped(search.all_words(request.text), request)
        asked = count_queries(text, request)
        return cls(
            request=request,
            text=text,
            asked=asked,
            hits=ask_hits(batch, text, request, page=request.page),
            sampled={facet: _ask_sampled_total(batch, text, request, without=facet) for facet in request.active},
            prepared={query.digest: counting.ask_prepared(batch, query) for query in asked},
            versions=counting.ask_versions(batch),
            tree_version=tree.cache.ask_version(batch),
            # After the version: who reads of an older tree still finds the category in that.
            moved_to=moved.ask(batch, request.within) if request.within else Reply.known(""),
            spelling=Spelling.ask(batch, request.text),
        )

    @property
    def total(self) -> int:
        return self.hits.value.total

    @property
    def counted(self) -> list[CountQuery]:
        """The counts that the page is to show: none of stock in a shop that has not told of any."""
        return [query for query in self.asked if self.versions.value.stock or query.answers != (Facet.STOCK,)]

    @property
    def nothing_exact(self) -> bool:
        """No product has all the words, so that those with some are the best there is."""
        return not self.total and not self.request.text.empty

    def leaves_out(self, query: CountQuery) -> Facet | None:
        """The facet whose filter a count query does without."""
        (facet, *others) = query.answers
        return None if others or facet not in self.sampled else facet

    def matches(self, query: CountQuery) -> int:
        """About how many products a count query goes over: more than are found when it leaves a filter out."""
        facet = self.leaves_out(query)
        return self.total if facet is None else max(self.total, self.sampled[facet].value)

    def wanted(self, query: CountQuery) -> Wanted:
        """A count query with all that is known of it."""
        counts_all = self.leaves_out(query) is None and not query.near
        return Wanted(
            query,
            matches=self.matches(query),
            total=self.total if counts_all else None,
            prepared=self.prepared[query.digest].value,
            selected=self.request.selection.get(query.answers[0], ()),
        )

    def ways(self, counts: Iterable[Counts]) -> tuple[Way, ...]:
        """Ways out of an empty page, by the counts that leave a facet's filter out."""
        told = [part for part in counts if not part.query.near]
        found = {facet: part for part in told if (facet := self.leaves_out(part.query)) is not None}
        return tuple(
            Way(facet, found[facet].total, found[facet].precision)
            for facet in self.request.active
            if facet in found and found[facet].total
        )


def count_queries(text: TextClause, request: SearchRequest) -> list[CountQuery]:
    """All count queries that a result page may need."""
    filters = request.filters
    return [*facets.count_queries(text, filters), *facets.stock_queries(text, filters, request.places)]


def scoped(text: TextClause, request: SearchRequest) -> TextClause:
    """A text part within the category whose page asks, if one does."""
    return facets.within(text, request.within) if request.within else text


def ask_hits(batch: Batch, text: TextClause, request: SearchRequest, *, page: int) -> Reply[replies.Hits]:
    """Queue the search of a page (from 1) under the request's filters, in its order."""
    offset = (min(page, DEEPEST // PER_PAGE) - 1) * PER_PAGE
    return batch.add(*commands.hits(text, request.filters, order=request.order, offset=offset), parse=replies.hits)


def ask_total(batch: Batch, text: TextClause, request: SearchRequest) -> Reply[int]:
    """Queue how many products a text part finds under the request's filters."""
    return batch.add(*commands.total(text, request.filters), parse=replies.total)


def _ask_sampled_total(batch: Batch, text: TextClause, request: SearchRequest, *, without: Facet) -> Reply[int]:
    """About how many products there are without a facet's filter, from one sample bucket: a true total costs as much
    as the hits, and a page may need five."""
    command = commands.total(text, request.filters, without=without, buckets=1)
    return batch.add(*command, parse=lambda reply: replies.total(reply) * SAMPLE_BUCKETS)
