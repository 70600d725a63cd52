"""The whole benchmark, small: real nodes, the real web server and worker, and nothing left of them."""

import gzip
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from itertools import takewhile
from pathlib import Path

import psutil
import pytest

from bench import __main__ as command
from bench.results import Loading, Results
from tests.redis_nodes import ROOT

pytestmark = pytest.mark.timeout(300)

KINDS = {"home", "category", "search", "wide", "filtered", "most filters", "product", "suggest"}
MARK = "redismart-bench-"
DEMO = ROOT / "catalog" / "demo" / "products.jsonl"
RUN_SECONDS, STOP_SECONDS = 250, 100


@contextmanager
def benchmark(arguments: list[str], folder: Path) -> Iterator[subprocess.Popen[str]]:
    """The benchmark, its temporary folders in ``folder``, on the catalogue in ``data`` there or else the demo's."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench", *arguments],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(folder), "REDISMART_TEST_DATA": str(folder / "data")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        # It has ended by now unless the test failed.
        process.terminate()
        process.communicate(timeout=STOP_SECONDS)


def started_in(folder: Path) -> list[str]:
    """Processes that work for a benchmark whose temporary folder is in ``folder``."""
    found = []
    for process in psutil.process_iter():
        try:
            places = (process.environ().get("REDISMART_VAR", ""), process.cwd())
        except psutil.Error:
            continue
        if any(place.startswith(str(folder / MARK)) for place in places):
            found.append(process.name())
    return found


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="rm-") as name:
        yield Path(name)


@pytest.fixture
def data(folder: Path) -> Path:
    """Products that do not ship: the demo's, under another name."""
    packed = folder / "data" / "products" / "products.jsonl.gz"
    packed.parent.mkdir(parents=True)
    packed.write_bytes(gzip.compress(DEMO.read_bytes()))
    return packed


def test_it_measures_every_kind_of_page_beside_bare_redis_and_leaves_nothing(folder: Path, data: Path) -> None:
    figures = folder / "figures.json"
    sections = [word for name in ("load", "pages", "mixed", "cart", "stock") for word in ("--only", name)]
    arguments = ["--sizes", "300", "--clients", "1,2", "--seconds", "0.2", *sections, "--json", str(figures)]
    with benchmark(arguments, folder) as bench:
        output, _ = bench.communicate(timeout=RUN_SECONDS)
    assert bench.returncode == 0, output
    facts = json.loads(figures.read_text())
    assert {row["kind"] for row in facts["rows"] if row["clients"] == 2} == KINDS
    assert all(0 < row["bare"]["p50"] < row["page"]["p50"] for row in facts["rows"] if row["clients"] == 1)
    assert all(1 <= len(row["trips"]) <= 3 for row in facts["rows"])
    assert [row["clients"] for row in facts["rows"] if row["kind"] == "add to cart"] == [1]
    assert [run["clients"] for run in facts["mixed"]] == [1, 2]
    assert facts["loadings"][-1]["products_after"] == 300
    assert 0 < facts["stock"]["operations"] < facts["stock"]["decrements"]
    assert facts["stock"]["lag"]["count"] > 0
    assert facts["stock"]["bytes_per_item"] > 0
    assert {"filtered, estimated", "most filters, estimated"} <= {row["kind"] for row in facts["rows"]}
    assert 0 < facts["loadings"][-1]["peak_mb"] < 400
    assert "round trips ≤ 3" in output
    assert f"The products are those of {data}" in output
    assert "targets met" in output.splitlines()[-1]
    assert started_in(folder) == []
    assert sorted(path.name for path in folder.iterdir()) == ["data", "figures.json"]


def test_it_measures_open_boards_and_the_lag_of_the_catalogue_and_leaves_nothing(folder: Path) -> None:
    figures = folder / "figures.json"
    sections = ["--only", "boards", "--only", "catalogue-lag"]
    arguments = ["--sizes", "300,900", "--seconds", "0.3", "--boards", "2", *sections, "--json", str(figures)]
    with benchmark(arguments, folder) as bench:
        output, _ = bench.communicate(timeout=RUN_SECONDS)
    assert bench.returncode == 0, output
    facts = json.loads(figures.read_text())
    assert facts["boards"]["opened_seconds"] > 0
    states = facts["boards"]["states"]
    assert [(state["boards"], state["changes_per_second"] > 0) for state in states] == [
        (0, False),
        (0, True),
        (2, False),
        (2, True),
    ]
    assert all(state["memory_mb"] > 0 and state["page"]["count"] > 0 for state in states)
    assert [state["arrival"] is not None for state in states] == [False, False, False, True]
    assert states[-1]["messages_per_second"] > 0
    lag = facts["catalogue_lag"]
    assert lag["products"] == 300
    assert lag["document"]["count"] == lag["search"]["count"] > 0
    assert facts["rows"] == facts["mixed"] == []
    assert [loading["products_after"] for loading in facts["loadings"]] == [300]
    assert started_in(folder) == []
    assert sorted(path.name for path in folder.iterdir()) == ["figures.json"]


def test_it_measures_the_nearest_vectors_of_each_index_and_reckons_what_more_would_take(folder: Path) -> None:
    figures = folder / "figures.json"
    arguments = ["--vectors", "1000,2000,4000", "--seconds", "0.1", "--only", "nearest", "--json", str(figures)]
    with benchmark(arguments, folder) as bench:
        output, _ = bench.communicate(timeout=RUN_SECONDS)
    assert bench.returncode == 0, output
    rows = json.loads(figures.read_text())["nearest"]
    numbers = [(row["vectors"], row["index"]) for row in rows]
    assert numbers == [(count, kind) for count in (1_000, 2_000, 4_000, 1_000_000) for kind in ("FLAT", "HNSW")]
    measured, paper = rows[:-2], rows[-2:]
    assert all(0 < row["p50"] <= row["p95"] and row["find"] > 0 and row["megabytes"] > 0 for row in measured)
    assert all(row["recall"] == 1 if row["index"] == "FLAT" else 0.5 < row["recall"] <= 1 for row in measured)
    assert [row["measured"] for row in paper] == [False, False]
    assert all(row["megabytes"] > 1_000 for row in paper)
    assert "~1,000,000" in output


@pytest.mark.parametrize(("section", "moment"), [("pages", "Measuring"), ("boards", "Measuring 2 boards")])
def test_interrupted_it_ends_everything_it_had_started(folder: Path, section: str, moment: str) -> None:
    arguments = ["--sizes", "300", "--seconds", "3", "--boards", "2", "--only", section]
    with benchmark(arguments, folder) as bench:
        assert bench.stdout is not None
        # The web server and the nodes run once it measures, and browsers of boards once those are open.
        before = "".join(takewhile(lambda line: not line.startswith(moment), bench.stdout))
        working = started_in(folder)
        bench.send_signal(signal.SIGINT)
        output, _ = bench.communicate(timeout=STOP_SECONDS)
    assert "redis-server" in working, before
    assert f"The products are those of {DEMO}" in before
    assert "Stopped" in output
    assert bench.returncode == 130
    assert started_in(folder) == []
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(("arguments", "exit_code"), [([], 0), (["--strict"], 1)])
def test_a_missed_target_is_a_failure_when_asked_to(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: list[str], exit_code: int
) -> None:
    slow = Results({}, loadings=[Loading(rows=90_000, products_after=100_000, seconds=90.0, peak_mb=100.0)])
    monkeypatch.setattr(sys, "argv", ["bench", "--json", str(tmp_path / "figures.json"), *arguments])
    monkeypatch.setattr(command, "raise_on_stop_signals", lambda: None)
    monkeypatch.setattr(command, "running_nodes", lambda _place: nullcontext())
    monkeypatch.setattr(command, "_run", lambda _options: slow)
    assert command.main() == exit_code
