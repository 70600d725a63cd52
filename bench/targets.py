"""What the shop is to reach, and whether it did. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.results import Mixed, Row

LARGE, SMALL = 100_000, 10_000
SLOWEST_PAGE_MS = 100.0
MOST_ABOVE_BARE_MS = {"search": 8.0, "product": 5.0}
PAGES_PER_SECOND = 200.0
SUGGEST_REDIS_MS = 10.0
MOST_ROUND_TRIPS = 2
MANY_CLIENTS = 16


@dataclass(frozen=True, slots=True)
class Verdict:
    """One target: what it is, what was measured, and whether that is good enough."""

    target: str
    measured: str
    met: bool

    def __str__(self) -> str:
        return f"{'met   ' if self.met else 'MISSED'}  {self.target}: {self.measured}"


def verdicts(*, rows: Sequence[Row], mixed: Sequence[Mixed]) -> list[Verdict]:
    """Every target that the run can judge."""
    return [verdict for row in rows for verdict in _of_row(row)] + [
        _throughput(run) for run in mixed if run.clients == MANY_CLIENTS
    ]


def _of_row(row: Row) -> Iterator[Verdict]:
    page, bare = row.page, row.bare
    where = f"{row.kind} at {row.products:,} products"
    yield Verdict(f"{where}, round trips ≤ {MOST_ROUND_TRIPS}", str(row.most_trips), row.most_trips <= MOST_ROUND_TRIPS)
    if row.clients > 1:
        return
    if row.products == LARGE:
        yield Verdict(f"{where}, p99 < {SLOWEST_PAGE_MS:g} ms", f"{page.p99:.1f} ms", page.p99 < SLOWEST_PAGE_MS)
    if row.products == SMALL and (most := MOST_ABOVE_BARE_MS.get(row.kind)):
        yield Verdict(f"{where}, p50 ≤ bare Redis + {most:g} ms", f"+ {row.above:.1f} ms", row.above <= most)
    if row.kind == "suggest":
        redis_time = f"p99 {bare.p99:.1f} ms"
        yield Verdict(f"{where}, Redis time < {SUGGEST_REDIS_MS:g} ms", redis_time, bare.p99 < SUGGEST_REDIS_MS)


def _throughput(run: Mixed) -> Verdict:
    target = f"mixed visit of {run.clients} clients at {run.products:,} products, ≥ {PAGES_PER_SECOND:g} pages/s"
    return Verdict(target, f"{run.pages_per_second:.0f}", run.pages_per_second >= PAGES_PER_SECOND)
