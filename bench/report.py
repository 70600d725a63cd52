"""The results as tables to read and as JSON to compare."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from bench.results import (
    BoardsState,
    Buying,
    CatalogueLag,
    Embedding,
    Loading,
    Mixed,
    Nearest,
    Optimising,
    Photos,
    Results,
    Row,
    Stock,
)
from bench.targets import Verdict

Cells = tuple[str, ...]

PAGES_HEAD: Cells = (
    "products", "clients", "page", "p50", "p95", "p99", "per s", "bare p50", "bare p99",
    "bare per s", "ratio", "+ ms", "trips", "commands", "KB",
)  # fmt: skip
MIXED_HEAD: Cells = ("products", "clients", "p50", "p95", "p99", "requests/s", "pages/s", "CPU ms a request")
STOCK_HEAD: Cells = (
    "DECR/s", "operations/s", "ratio", "lag p50", "lag p95", "lag p99", "caught up after s", "bytes an item",
)  # fmt: skip
BOARDS_HEAD: Cells = (
    "boards", "changes/s", "memory MB", "CPU % of a core", "messages/s", "seen p50", "seen p95", "page p50", "page p95",
)  # fmt: skip
CATALOGUE_LAG_HEAD: Cells = (
    "products", "changes/s", "document p50", "document p95", "search p50", "search p95",
)  # fmt: skip
BUYING_HEAD: Cells = ("clients", "p50", "p95", "p99", "checkouts/s", "trips")
PHOTOS_HEAD: Cells = (
    "vectors", "index", "KNN p50", "KNN p95", "recall@10", "search p50", "search p95", "ratio",
)  # fmt: skip
NEAREST_HEAD: Cells = ("vectors", "index", "KNN p50", "KNN p95", "recall@10", "find p50", "index MB", "built s")
OPTIMISING_HEAD: Cells = (
    "products", "locations", "seconds", "items/s", "peak MB", "proposals", "Redis + MB", "after sales s",
)  # fmt: skip
EMBEDDING_HEAD: Cells = ("model", "numbers", "loaded s", "photo p50", "photo p95", "pictures/s")
LOADING_HEAD: Cells = ("rows", "products then", "seconds", "products/s", "loader's peak MB")
NONE = "-"
TEXT_COLUMNS = ("page", "index", "model", "trips", "commands", "CPU ms a request")
KILOBYTE = 1024


def tables(results: Results) -> list[tuple[str, str]]:
    """Titles and Markdown tables, those without rows left out. Columns line up, so they read well as text too."""
    boards, lag, model = results.boards, results.catalogue_lag, results.embedding
    parts = (
        ("Pages beside the same bare Redis commands (ms)", PAGES_HEAD, [_page_cells(row) for row in results.rows]),
        ("All kinds of page mixed", MIXED_HEAD, [_mixed_cells(run) for run in results.mixed]),
        ("Loading", LOADING_HEAD, [_loading_cells(loading) for loading in results.loadings]),
        ("Whole checkouts (ms)", BUYING_HEAD, [_buying_cells(buying) for buying in results.buying]),
        ("Search by photo (ms)", PHOTOS_HEAD, [_photos_cells(photos) for photos in results.photos]),
        ("The nearest vectors (ms; ~ by the curve)", NEAREST_HEAD, [_nearest_cells(each) for each in results.nearest]),
        ("Stock (lag in ms)", STOCK_HEAD, [_stock_cells(results.stock)] if results.stock else []),
        (_boards_title(results), BOARDS_HEAD, [_boards_cells(state) for state in boards.states] if boards else []),
        ("The catalogue's replica (lag in ms)", CATALOGUE_LAG_HEAD, [_catalogue_lag_cells(lag)] if lag else []),
        ("The image model on one core (ms)", EMBEDDING_HEAD, [_embedding_cells(model)] if model else []),
        ("The optimiser, every item due", OPTIMISING_HEAD, [_optimising_cells(each) for each in results.optimising]),
    )
    return [(title, markdown(head, rows)) for title, head, rows in parts if rows]


def markdown(head: Cells, rows: Sequence[Cells]) -> str:
    """A Markdown table whose columns line up, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    left = [name in TEXT_COLUMNS for name in head]
    rule = [("-" * width) if text else ("-" * (width - 1) + ":") for width, text in zip(widths, left, strict=True)]
    return "\n".join(_line(cells, widths, left) for cells in (head, tuple(rule), *rows))


def write_json(results: Results, verdicts: Iterable[Verdict], path: Path) -> None:
    """Everything that was found, and the targets, for other programs."""
    facts = asdict(results) | {"targets": [asdict(verdict) for verdict in verdicts]}
    for shown, row in zip(facts["rows"], results.rows, strict=True):
        shown |= {"ratio": row.ratio, "above_bare_ms": row.above}
    for shown, loading in zip(facts["loadings"], results.loadings, strict=True):
        shown |= {"per_second": loading.per_second}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(facts, indent=2) + "\n")


def _line(cells: Cells, widths: list[int], left: list[bool]) -> str:
    padded = (
        cell.ljust(width) if text else cell.rjust(width) for cell, width, text in zip(cells, widths, left, strict=True)
    )
    return f"| {' | '.join(padded)} |"


def _page_cells(row: Row) -> Cells:
    page, bare = row.page, row.bare
    return (
        f"{row.products:,}", f"{row.clients}", row.kind,
        f"{page.p50:.1f}", f"{page.p95:.1f}", f"{page.p99:.1f}", f"{page.per_second:.0f}",
        f"{bare.p50:.1f}", f"{bare.p99:.1f}", f"{bare.per_second:.0f}",
        f"{row.ratio:.1f}", f"{row.above:.1f}",
        str(row.most_trips), " + ".join(map(str, row.trips)), f"{row.page_bytes / KILOBYTE:.0f}",
    )  # fmt: skip


def _mixed_cells(run: Mixed) -> Cells:
    visits = run.visits
    cpu = ", ".join(f"{name} {milliseconds:.1f}" for name, milliseconds in run.cpu.items())
    return (
        f"{run.products:,}", f"{run.clients}", f"{visits.p50:.1f}", f"{visits.p95:.1f}", f"{visits.p99:.1f}",
        f"{visits.per_second:.0f}", f"{run.pages_per_second:.0f}", cpu,
    )  # fmt: skip


def _loading_cells(loading: Loading) -> Cells:
    return (
        f"{loading.rows:,}", f"{loading.products_after:,}", f"{loading.seconds:.1f}",
        f"{loading.per_second:,.0f}", f"{loading.peak_mb:.0f}",
    )  # fmt: skip


def _optimising_cells(run: Optimising) -> Cells:
    return (
        f"{run.skus:,}", f"{run.locations:,}", f"{run.seconds:.0f}", f"{run.skus * run.locations / run.seconds:,.0f}",
        f"{run.peak_mb:.0f}", f"{run.proposals:,}", f"{run.redis_mb:.0f}", f"{run.again:.1f}",
    )  # fmt: skip


def _buying_cells(buying: Buying) -> Cells:
    took = buying.checkouts
    times = [f"{each:.1f}" for each in (took.p50, took.p95, took.p99)]
    return (f"{buying.clients}", *times, f"{took.per_second:.0f}", f"{buying.trips}")


def _photos_cells(photos: Photos) -> Cells:
    nearest, searches = photos.nearest, photos.searches
    return (
        f"{photos.vectors:,}", photos.index, f"{nearest.p50:.1f}", f"{nearest.p95:.1f}", f"{photos.recall:.2f}",
        f"{searches.p50:.0f}", f"{searches.p95:.0f}", f"{searches.p50 / nearest.p50:.0f}",
    )  # fmt: skip


def _nearest_cells(found: Nearest) -> Cells:
    about = "" if found.measured else "~"
    return (
        f"{about}{found.vectors:,}", found.index, f"{found.p50:.1f}", f"{found.p95:.1f}",
        NONE if found.recall is None else f"{found.recall:.3f}",
        f"{found.find:.1f}", f"{found.megabytes:,.0f}", NONE if found.built is None else f"{found.built:.0f}",
    )  # fmt: skip


def _stock_cells(stock: Stock) -> Cells:
    lag = stock.lag
    return (
        f"{stock.decrements:,.0f}", f"{stock.operations:,.0f}", f"{stock.ratio:.2f}",
        f"{lag.p50:.1f}", f"{lag.p95:.1f}", f"{lag.p99:.1f}", f"{stock.caught_up:.1f}", f"{stock.bytes_per_item:,.0f}",
    )  # fmt: skip


def _boards_title(results: Results) -> str:
    opened = f"opened within {results.boards.opened_seconds:.1f} s; " if results.boards else ""
    return f"The live process with open boards ({opened}changes seen and pages of results in ms)"


def _boards_cells(state: BoardsState) -> Cells:
    page, seen = state.page, state.arrival
    return (
        f"{state.boards}", f"{state.changes_per_second:.0f}", f"{state.memory_mb:.0f}", f"{state.core_share:.0%}",
        f"{state.messages_per_second:,.0f}",
        f"{seen.p50:.0f}" if seen else NONE, f"{seen.p95:.0f}" if seen else NONE, f"{page.p50:.1f}", f"{page.p95:.1f}",
    )  # fmt: skip


def _catalogue_lag_cells(lag: CatalogueLag) -> Cells:
    document, search = lag.document, lag.search
    return (
        f"{lag.products:,}", f"{lag.changes_per_second}",
        f"{document.p50:.1f}", f"{document.p95:.1f}", f"{search.p50:.1f}", f"{search.p95:.1f}",
    )  # fmt: skip


def _embedding_cells(found: Embedding) -> Cells:
    times = (f"{found.photo.p50:.1f}", f"{found.photo.p95:.1f}", f"{found.pictures_per_second:.1f}")
    return (found.model, f"{found.dimension}", f"{found.load_seconds:.1f}", *times)
