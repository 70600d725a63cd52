"""Tables for people, JSON for programs."""

import json
from pathlib import Path

from bench import report
from bench.results import (
    Boards,
    BoardsState,
    CatalogueLag,
    Embedding,
    Loading,
    Mixed,
    Nearest,
    Optimising,
    Results,
    Row,
)
from bench.targets import verdicts
from bench.timings import Summary

PAGE = Summary(p50=6.0, p95=8.0, p99=9.5, count=100, per_second=160.0)
BARE = Summary(p50=1.5, p95=2.0, p99=3.0, count=100, per_second=600.0)
ROW = Row(products=10_000, clients=1, kind="search", page=PAGE, bare=BARE, page_bytes=40_960, trips=(6, 2))
MIXED = Mixed(products=10_000, clients=16, visits=PAGE, pages_per_second=136.0, cpu={"redis": 1.25, "web": 3.5})
LOADING = Loading(rows=9_000, products_after=10_000, seconds=1.5, peak_mb=151.6)
QUIET = BoardsState(0, 0.0, memory_mb=118.2, core_share=0.004, messages_per_second=0.0, page=PAGE, arrival=None)
BUSY = BoardsState(500, 99.8, memory_mb=170.6, core_share=0.21, messages_per_second=3_500.0, page=PAGE, arrival=PAGE)
BOARDS = Boards(3.14, (QUIET, BUSY))
LAG = CatalogueLag(10_000, 50, document=BARE, search=PAGE)
NEAREST = [
    Nearest(100_000, "FLAT", 9.5, 11.0, find=15.0, megabytes=204.8, recall=1.0, built=0.4),
    Nearest(1_000_000, "FLAT", 95.0, 110.0, find=130.0, megabytes=2_048.0, measured=False),
]
MODEL = Embedding("efficientnet-lite2", 512, load_seconds=0.72, photo=PAGE, pictures_per_second=23.4)
RUN = Optimising(
    skus=100_000, locations=50, seconds=250.0, peak_mb=400.4, proposals=1_000_000, redis_mb=900.0, again=3.21
)
RESULTS = Results(
    {"cores": 2},
    [ROW],
    [MIXED],
    [LOADING],
    boards=BOARDS,
    catalogue_lag=LAG,
    embedding=MODEL,
    optimising=[RUN],
    nearest=NEAREST,
)


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_a_page_stands_beside_its_bare_commands_with_ratio_and_difference() -> None:
    head, _rule, row = next(table for title, table in report.tables(RESULTS) if "Pages" in title).splitlines()
    shown = dict(zip(cells(head), cells(row), strict=True))
    assert (shown["p50"], shown["bare p50"], shown["ratio"], shown["+ ms"]) == ("6.0", "1.5", "4.0", "4.5")
    assert (shown["trips"], shown["commands"], shown["KB"]) == ("2", "6 + 2", "40")


def test_open_boards_stand_below_the_same_page_without_any() -> None:
    title, table = next(part for part in report.tables(RESULTS) if "boards" in part[0])
    assert "opened within 3.1 s" in title
    head, _rule, quiet, busy = table.splitlines()
    assert cells(quiet) == ["0", "0", "118", "0%", "0", "-", "-", "6.0", "8.0"]
    shown = dict(zip(cells(head), cells(busy), strict=True))
    assert (shown["boards"], shown["changes/s"], shown["CPU % of a core"]) == ("500", "100", "21%")
    assert (shown["messages/s"], shown["seen p50"], shown["seen p95"]) == ("3,500", "6", "8")


def test_the_lag_of_a_replica_is_told_of_the_document_and_of_the_search() -> None:
    (table,) = (table for title, table in report.tables(RESULTS) if "replica" in title)
    assert cells(table.splitlines()[-1]) == ["10,000", "50", "1.5", "2.0", "6.0", "8.0"]


def test_the_image_model_is_told_by_name_with_what_a_photo_and_a_catalogue_take() -> None:
    (table,) = (table for title, table in report.tables(RESULTS) if "image model" in title)
    assert cells(table.splitlines()[-1]) == ["efficientnet-lite2", "512", "0.7", "6.0", "8.0", "23.4"]


def test_what_is_only_reckoned_of_the_nearest_vectors_is_marked() -> None:
    (table,) = (table for title, table in report.tables(RESULTS) if "nearest" in title)
    measured, paper = map(cells, table.splitlines()[2:])
    assert measured == ["100,000", "FLAT", "9.5", "11.0", "1.000", "15.0", "205", "0"]
    assert paper == ["~1,000,000", "FLAT", "95.0", "110.0", "-", "130.0", "2,048", "-"]


def test_the_optimiser_is_told_by_items_with_its_memory_and_what_sales_cost_it() -> None:
    (table,) = (table for title, table in report.tables(RESULTS) if "optimiser" in title)
    head, _rule, row = table.splitlines()
    shown = dict(zip(cells(head), cells(row), strict=True))
    assert (shown["products"], shown["locations"], shown["seconds"], shown["items/s"]) == (
        "100,000",
        "50",
        "250",
        "20,000",
    )
    assert (shown["peak MB"], shown["proposals"], shown["after sales s"]) == ("400", "1,000,000", "3.2")


def test_the_columns_of_a_table_line_up() -> None:
    for _title, table in report.tables(RESULTS):
        bars = [[place for place, letter in enumerate(line) if letter == "|"] for line in table.splitlines()]
        assert all(places == bars[0] for places in bars)


def test_a_table_without_rows_is_left_out() -> None:
    assert [title for title, _table in report.tables(Results({}, loadings=[LOADING]))] == ["Loading"]


def test_the_json_file_has_everything_the_tables_show(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "bench.json"
    report.write_json(RESULTS, verdicts(RESULTS), path)
    facts = json.loads(path.read_text())
    assert facts["machine"] == {"cores": 2}
    assert facts["rows"][0]["page"]["p99"] == 9.5
    assert facts["rows"][0]["ratio"] == 4.0
    assert facts["rows"][0]["above_bare_ms"] == 4.5
    assert facts["loadings"][0]["per_second"] == 6_000
    assert facts["mixed"][0]["cpu"]["web"] == 3.5
    assert {target["met"] for target in facts["targets"]} == {True, False}
