"""Facet counts: exact where that is cheap, prepared where it repeats, estimated where neither is.

A count costs Redis about a microsecond a product that matches, for each of up to six count queries of a page, and
Redis does one thing at a time. So

- counts prepared in the background are used as long as the catalogue has not changed since;
- else they are exact and made within the request, smallest first, as far as the page's budget goes: its
  exact counts together go over at most ``EXACT_BUDGET`` matches;
- beyond it, prepared counts are shown with their age;
- with nothing prepared yet, a fair sample (whole hash buckets of products) is counted, scaled up and
  said to be an estimate, and exact counts are ordered for a moment later.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Any

import orjson

from catalog import commands, keyspace
from catalog.facets import SAMPLE_BUCKETS, CountQuery, Facet
from catalog.results import Precision
from redismart.redis import replies
from redismart.redis.batch import Batch, Reply

EXACT_BUDGET = 20_000
"""Matches that a page's exact counts may go over: a page without filters has two count queries, so 10,000 products."""

WORTH_PREPARING = 1_000
"""From so many matches on, the counts of a page that everybody opens are prepared: below, they cost next to nothing."""

SAMPLE_TARGET = 8_000
"""Matches that a page's estimated counts go over, all together."""

MOST_BUCKETS = 16
"""Of a sample: reading the lists of more costs as much as counting everything."""

UNKNOWN_BUCKETS = 4
"""Sample buckets to count while nobody knows yet how many products match."""

SIGNIFICANT_DIGITS = 2

MOST_KEPT = 1_000
"""Values of a facet whose prepared counts are kept: no page should have to read megabytes of rare ones."""

Tallies = Mapping[Facet, Counter[str]]


@dataclass(frozen=True, slots=True)
class Rare:
    """What is known of a facet's rarest values: how many there are, and how many products they have."""

    values: int = 0
    products: int = 0


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts by facet value for the facets that one query answers; ``rare`` are values without counts, ``made`` is
    when (epoch seconds) they were, unless that is now."""

    query: CountQuery
    tallies: Tallies
    precision: Precision
    rare: Mapping[Facet, Rare] = field(default_factory=dict)
    made: float | None = None

    @property
    def total(self) -> int:
        """How many products were counted: each has exactly one value of every facet."""
        facet = self.query.answers[0]
        return self.tallies[facet].total() + self.rare.get(facet, Rare()).products

    def completed(self, facet: Facet, counted: Mapping[str, int]) -> "Counts":
        """With counts of some of a facet's rare values."""
        rare = self.rare[facet]
        left = Rare(max(rare.values - len(counted), 0), max(rare.products - sum(counted.values()), 0))
        tallies = {**self.tallies, facet: self.tallies[facet] + Counter(counted)}
        return replace(self, tallies=tallies, rare={**self.rare, facet: left})


@dataclass(frozen=True, slots=True)
class Prepared:
    """Counts made earlier: the catalogue version they belong to, when (epoch seconds), and the counts."""

    version: str
    made: float
    tallies: Tallies
    rare: Mapping[Facet, Rare] = field(default_factory=dict)

    @classmethod
    def trimmed(cls, version: str, made: float, tallies: Tallies) -> "Prepared":
        """Counts of every value, cut to what is worth keeping."""
        kept = {facet: Counter(dict(tally.most_common(MOST_KEPT))) for facet, tally in tallies.items()}
        rare = {
            facet: Rare(len(tally) - len(kept[facet]), tally.total() - kept[facet].total())
            for facet, tally in tallies.items()
            if len(tally) > MOST_KEPT
        }
        return cls(version, made, kept, rare)

    @property
    def counted(self) -> int:
        """How many products there were: each has one value of every facet."""
        facet, tally = next(iter(self.tallies.items()))
        return tally.total() + self.rare.get(facet, Rare()).products

    @classmethod
    def decoded(cls, stored: str | None) -> "Prepared | None":
        if stored is None:
            return None
        facts = orjson.loads(stored)
        tallies = {Facet(name): Counter(counts) for name, counts in facts["tallies"].items()}
        rare = {Facet(name): Rare(*numbers) for name, numbers in facts.get("rare", {}).items()}
        return cls(facts["version"], facts["made"], tallies, rare)

    def encoded(self) -> bytes:
        tallies = {facet.value: dict(tally) for facet, tally in self.tallies.items()}
        rare = {facet.value: (part.values, part.products) for facet, part in self.rare.items()}
        return orjson.dumps({"version": self.version, "made": self.made, "tallies": tallies, "rare": rare})


@dataclass(frozen=True, slots=True)
class Versions:
    """What counts are of: the products as last written, their stock as last told (empty in a shop that has none)."""

    products: str
    stock: str = ""

    def of(self, query: CountQuery) -> str:
        """What must be the same for counts of a query to be so."""
        return f"{self.products}+{self.stock}" if query.moves_with_stock else self.products


def ask_versions(batch: Batch) -> Reply[Versions]:
    """Queue the look-up of what counts are of."""
    names = (keyspace.VERSION, keyspace.STOCK_VERSION)
    return batch.add("MGET", *names, parse=lambda found: Versions(found[0] or "0", found[1] or ""))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A count query of a page: about how many products it goes over, how many exactly where that is known, what was
    prepared, and the values chosen in its facet, which get a count however rare they are."""

    query: CountQuery
    matches: int
    total: int | None = None
    prepared: Prepared | None = None
    selected: Sequence[str] = ()

    def is_prepared(self, versions: Versions) -> bool:
        """Whether exact counts are at hand."""
        return self.prepared is not None and self.prepared.version == versions.of(self.query)


def ask_prepared(batch: Batch, query: CountQuery) -> Reply[Prepared | None]:
    """Queue the look-up of prepared counts."""
    return batch.add("GET", keyspace.facet_counts(query.digest), parse=Prepared.decoded)


def ask(batch: Batch, wanted: Sequence[Wanted], *, versions: Versions) -> list[Reply[Counts]]:
    """A page's counts, each by the cheapest way that is good enough; queues commands only where they are needed."""
    exact = _affordable([each for each in wanted if not each.is_prepared(versions)])
    estimated = sum(each.query not in exact and each.prepared is None for each in wanted)
    target = SAMPLE_TARGET // max(estimated, 1)
    return [
        _ask_exact(batch, each.query) if each.query in exact else _ask_rough(batch, each, versions, target)
        for each in wanted
    ]


def ask_bounded(batch: Batch, query: CountQuery, *, sharing: int) -> Reply[Counts]:
    """Counts of a query of which nobody knows yet how many products match; ``sharing`` such queries share the budget.

    A sample comes along for the case that there are many: the first that match are not a fair one.
    """
    most = max(EXACT_BUDGET // sharing, 1)
    sample = batch.add(*commands.count(query, buckets=UNKNOWN_BUCKETS), parse=replies.groups)

    def parse(reply: list[Any]) -> Counts:
        groups = replies.groups(reply)
        if sum(groups.values()) < most:
            return Counts(query, query.tally(groups), Precision.EXACT)
        return _estimated(query, sample.value, SAMPLE_BUCKETS / UNKNOWN_BUCKETS)

    return batch.add(*commands.count_first(query, most=most), parse=parse)


def rounded(count: float) -> int:
    """An estimate, to as many digits as it deserves."""
    if count < 1:
        return 0
    dropped = max(0, math.floor(math.log10(count)) + 1 - SIGNIFICANT_DIGITS)
    return int(round(count, -dropped))


def _affordable(wanted: Sequence[Wanted]) -> set[CountQuery]:
    """Those whose exact counts fit into the page's budget, smallest first."""
    ordered = sorted(wanted, key=lambda each: each.matches)
    spent = accumulate(each.matches for each in ordered)
    return {each.query for each, so_far in zip(ordered, spent, strict=True) if so_far <= EXACT_BUDGET}


def _ask_rough(batch: Batch, wanted: Wanted, versions: Versions, target: int) -> Reply[Counts]:
    """What was prepared, else an estimate from about ``target`` matches."""
    if wanted.prepared is None:
        return _ask_sampled(batch, wanted, target)
    return _ask_known(batch, wanted, wanted.prepared, versions.of(wanted.query))


def _ask_known(batch: Batch, wanted: Wanted, prepared: Prepared, version: str) -> Reply[Counts]:
    """Prepared counts, and those of selected values that were too rare to be kept."""
    query = wanted.query
    if prepared.version == version:
        counts = Counts(query, prepared.tallies, Precision.EXACT, prepared.rare)
    else:
        counts = Counts(query, prepared.tallies, Precision.STALE, prepared.rare, prepared.made)
    facet = query.answers[0]
    unkept = [value for value in wanted.selected if value not in counts.tallies[facet]] if facet in counts.rare else []
    if not unkept:
        return Reply.known(counts)
    narrowed = query.narrowed(facet, unkept)
    return batch.add(*commands.count(narrowed), parse=lambda reply: counts.completed(facet, replies.groups(reply)))


def _ask_exact(batch: Batch, query: CountQuery) -> Reply[Counts]:
    def parse(reply: list[Any]) -> Counts:
        return Counts(query, query.tally(replies.groups(reply)), Precision.EXACT)

    return batch.add(*commands.count(query), parse=parse)


def _ask_sampled(batch: Batch, wanted: Wanted, target: int) -> Reply[Counts]:
    """Counts scaled up from so many buckets that about ``target`` matches are in them."""
    query, total = wanted.query, wanted.total
    buckets = max(1, min(MOST_BUCKETS, math.ceil(target * SAMPLE_BUCKETS / wanted.matches)))

    def parse(reply: list[Any]) -> Counts:
        groups = replies.groups(reply)
        sampled = sum(groups.values())
        return _estimated(query, groups, total / sampled if total and sampled else SAMPLE_BUCKETS / buckets)

    return batch.add(*commands.count(query, buckets=buckets), parse=parse)


def _estimated(query: CountQuery, groups: Mapping[str, int], factor: float) -> Counts:
    tallies = {
        facet: Counter({value: max(1, rounded(count * factor)) for value, count in tally.items()})
        for facet, tally in query.tally(groups).items()
    }
    return Counts(query, tallies, Precision.ESTIMATED)
