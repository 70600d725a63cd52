"""Facet counts: exact where that is cheap, prepared where it repeats, estimated where neither is.

A count costs Redis about four microseconds a product that matches, and Redis does one thing at a time. So

- counts prepared in the background are used as long as the catalogue has not changed since;
- else up to ``EXACT_LIMIT`` matches, counts are exact and made within the request;
- above it, prepared counts are shown with their age;
- with nothing prepared yet, a fair sample (whole hash buckets of products) is counted, scaled up and
  said to be an estimate, and exact counts are ordered for a moment later.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from catalog import commands, keyspace
from catalog.facets import SAMPLE_BUCKETS, CountQuery, Facet
from catalog.results import Precision
from redismart.redis import replies
from redismart.redis.batch import Batch, Reply

EXACT_LIMIT = 10_000
WORTH_PREPARING = 1_000
"""From so many matches on, the counts of a page that everybody opens are prepared: below, they cost next to nothing."""

SAMPLE_TARGET = 4_000
UNKNOWN_BUCKETS = 8
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
    """Counts by facet value for the facets that one query answers; ``rare`` are values without counts."""

    query: CountQuery
    tallies: Tallies
    precision: Precision
    rare: Mapping[Facet, Rare] = field(default_factory=dict)

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


def ask_prepared(batch: Batch, query: CountQuery) -> Reply[Prepared | None]:
    """Queue the look-up of prepared counts."""
    return batch.add("GET", keyspace.facet_counts(query.digest), parse=Prepared.decoded)


def ask(
    batch: Batch,
    query: CountQuery,
    *,
    matches: int,
    prepared: Prepared | None,
    version: str,
    selected: Sequence[str] = (),
) -> Reply[Counts]:
    """Counts by the cheapest way that is good enough; queues a command only when one is needed.

    ``selected`` are the values chosen in the query's facet: they get a count however rare they are.
    """
    if prepared is not None and prepared.version == version:
        counts = Counts(query, prepared.tallies, Precision.EXACT, prepared.rare)
        return _with_selected(batch, counts, selected)
    if matches <= EXACT_LIMIT:
        return batch.add(*commands.count(query), parse=lambda reply: _exact(query, reply))
    if prepared is not None:
        return _with_selected(batch, Counts(query, prepared.tallies, Precision.STALE, prepared.rare), selected)
    buckets = max(1, min(SAMPLE_BUCKETS, math.ceil(SAMPLE_TARGET * SAMPLE_BUCKETS / matches)))
    return batch.add(*commands.count(query, buckets=buckets), parse=lambda reply: _estimated(query, reply, matches))


def ask_bounded(batch: Batch, query: CountQuery, *, matches: Callable[[], int]) -> Reply[Counts]:
    """Counts of a query whose number of matches is known once the same batch has run.

    A sample comes along for the case that there are many: the first that match are not a fair one.
    """
    sample = batch.add(*commands.count(query, buckets=UNKNOWN_BUCKETS), parse=list)

    def parse(reply: list[Any]) -> Counts:
        found = matches()
        return _exact(query, reply) if found <= EXACT_LIMIT else _estimated(query, sample.value, found)

    return batch.add(*commands.count_first(query, most=EXACT_LIMIT), parse=parse)


def rounded(count: float) -> int:
    """An estimate, to as many digits as it deserves."""
    if count < 1:
        return 0
    dropped = max(0, math.floor(math.log10(count)) + 1 - SIGNIFICANT_DIGITS)
    return int(round(count, -dropped))


def _with_selected(batch: Batch, counts: Counts, selected: Sequence[str]) -> Reply[Counts]:
    """Known counts, and those of selected values that were too rare to be kept."""
    facet = counts.query.answers[0]
    unkept = [value for value in selected if value not in counts.tallies[facet]] if facet in counts.rare else []
    if not unkept:
        return Reply.known(counts)
    narrowed = counts.query.narrowed(facet, unkept)
    return batch.add(*commands.count(narrowed), parse=lambda reply: counts.completed(facet, replies.groups(reply)))


def _exact(query: CountQuery, reply: list[Any]) -> Counts:
    return Counts(query, query.tally(replies.groups(reply)), Precision.EXACT)


def _estimated(query: CountQuery, reply: list[Any], matches: int) -> Counts:
    groups = replies.groups(reply)
    factor = matches / max(1, sum(groups.values()))
    tallies = {
        facet: Counter({value: max(1, rounded(count * factor)) for value, count in tally.items()})
        for facet, tally in query.tally(groups).items()
    }
    return Counts(query, tallies, Precision.ESTIMATED)
