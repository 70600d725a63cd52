"""What the shop is to reach, and whether it did. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.results import Buying, Embedding, Loading, Mixed, Photos, Results, Row, Stock

LARGE, SMALL = 100_000, 10_000
SLOWEST_PAGE_MS = 100.0
MOST_ABOVE_BARE_MS = {"search": 8.0, "product": 5.0}
MOST_P50_MS = {"add to cart": 10.0, "admin list": 60.0}
CHECKOUT_P50_MS = 60.0
PHOTO_P50_MS, PHOTO_P95_MS = 120.0, 200.0
VECTOR_P50_MS = 60.0
"""Of one photo on one core: half of what a search by photo may take."""

PAGES_PER_SECOND = 200.0
SUGGEST_REDIS_MS = 10.0
MOST_ROUND_TRIPS = 3
"""Two to the catalogue's node, one to that of stock."""

MANY_CLIENTS = 16
LOADED_PER_SECOND = 5_000.0
SHARE_OF_DECR = 0.5
LAG_P50_MS, LAG_P99_MS = 50.0, 250.0
FLAT = 1.2
"""Memory is flat when a load of many rows holds at most so many times what one of few rows does."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One target: what it is, what was measured, and whether that is good enough."""

    target: str
    measured: str
    met: bool

    def __str__(self) -> str:
        return f"{'met   ' if self.met else 'MISSED'}  {self.target}: {self.measured}"


def verdicts(results: Results) -> list[Verdict]:
    """Every target that the run can judge."""
    return [
        *(verdict for row in results.rows for verdict in _of_row(row)),
        *(_throughput(run) for run in results.mixed if run.clients == MANY_CLIENTS),
        *_of_loadings(results.loadings),
        *(_of_checkouts(buying) for buying in results.buying if buying.clients == 1),
        *(verdict for photos in results.photos for verdict in _of_photos(photos)),
        *(_of_stock(results.stock) if results.stock else ()),
        *([_of_embedding(results.embedding)] if results.embedding else ()),
    ]


def _of_photos(photos: Photos) -> Iterator[Verdict]:
    where, took = f"photo search among {photos.vectors:,} vectors ({photos.index})", photos.searches
    yield Verdict(f"{where}, p50 < {PHOTO_P50_MS:g} ms", f"{took.p50:.0f} ms", took.p50 < PHOTO_P50_MS)
    yield Verdict(f"{where}, p95 < {PHOTO_P95_MS:g} ms", f"{took.p95:.0f} ms", took.p95 < PHOTO_P95_MS)


def _of_checkouts(buying: Buying) -> Verdict:
    took = buying.checkouts.p50
    return Verdict(f"whole checkout, p50 < {CHECKOUT_P50_MS:g} ms", f"{took:.1f} ms", took < CHECKOUT_P50_MS)


def _of_embedding(embedding: Embedding) -> Verdict:
    took = embedding.photo.p50
    return Verdict(f"vector of a photo, p50 < {VECTOR_P50_MS:g} ms on one core", f"{took:.1f} ms", took < VECTOR_P50_MS)


def summed_up(found: Sequence[Verdict]) -> str:
    """One line: how many targets were met, and which were not."""
    missed = [verdict.target for verdict in found if not verdict.met]
    met = f"{len(found) - len(missed)} of {len(found)} targets met"
    return f"{met}; missed: {'; '.join(missed)}." if missed else f"{met}."


def _of_row(row: Row) -> Iterator[Verdict]:
    page, bare = row.page, row.bare
    where = f"{row.kind} at {row.products:,} products"
    yield Verdict(f"{where}, round trips ≤ {MOST_ROUND_TRIPS}", str(row.most_trips), row.most_trips <= MOST_ROUND_TRIPS)
    if row.clients > 1:
        return
    if most := MOST_P50_MS.get(row.kind):
        yield Verdict(f"{where}, p50 < {most:g} ms", f"{page.p50:.1f} ms", page.p50 < most)
    if row.products == LARGE:
        yield Verdict(f"{where}, p99 < {SLOWEST_PAGE_MS:g} ms", f"{page.p99:.1f} ms", page.p99 < SLOWEST_PAGE_MS)
    if row.products == SMALL and (most := MOST_ABOVE_BARE_MS.get(row.kind)):
        yield Verdict(f"{where}, p50 ≤ bare Redis + {most:g} ms", f"+ {row.above:.1f} ms", row.above <= most)
    if row.kind == "suggest":
        redis_time = f"p99 {bare.p99:.1f} ms"
        yield Verdict(f"{where}, Redis time < {SUGGEST_REDIS_MS:g} ms", redis_time, bare.p99 < SUGGEST_REDIS_MS)


def _of_loadings(loadings: Sequence[Loading]) -> Iterator[Verdict]:
    for loading in (loading for loading in loadings if loading.products_after == LARGE):
        target = f"loading up to {LARGE:,} products, ≥ {LOADED_PER_SECOND:,.0f} a second"
        yield Verdict(target, f"{loading.per_second:,.0f}", loading.per_second >= LOADED_PER_SECOND)
    if len(loadings) > 1:
        few, many = (choose(loadings, key=lambda loading: loading.rows).peak_mb for choose in (min, max))
        target = f"memory of the loader flat, most rows ≤ {FLAT:g} times fewest"
        yield Verdict(target, f"{many:.0f} MB, {few:.0f} MB", many <= FLAT * few)


def _of_stock(stock: Stock) -> Iterator[Verdict]:
    rate = f"{stock.operations:,.0f} of {stock.decrements:,.0f} a second ({stock.ratio:.2f})"
    yield Verdict(f"stock operations, ≥ {SHARE_OF_DECR:g} of bare DECR", rate, stock.ratio >= SHARE_OF_DECR)
    lag, under = stock.lag, f"replication lag at {stock.changes_per_second} changes/s"
    yield Verdict(f"{under}, p50 < {LAG_P50_MS:g} ms", f"{lag.p50:.1f} ms", lag.p50 < LAG_P50_MS)
    yield Verdict(f"{under}, p99 < {LAG_P99_MS:g} ms", f"{lag.p99:.1f} ms", lag.p99 < LAG_P99_MS)


def _throughput(run: Mixed) -> Verdict:
    target = f"mixed visit of {run.clients} clients at {run.products:,} products, ≥ {PAGES_PER_SECOND:g} pages/s"
    return Verdict(target, f"{run.pages_per_second:.0f}", run.pages_per_second >= PAGES_PER_SECOND)
