"""A report lists every problem, counts rows, and is told in the same words by every command."""

from pathlib import Path

import orjson
import pytest

from redismart.loading import report
from redismart.loading.problems import note, rejected
from redismart.loading.report import FIRST_SHOWN, Report

SOURCE = Path("rows.jsonl")


def test_a_row_with_several_faults_is_one_rejected_row(tmp_path: Path) -> None:
    told = Report(tmp_path / "report.jsonl", key_field="id")
    for each in (
        rejected(1, field="city", reason="is missing"),
        note(1, field="id", reason="is odd"),
        rejected(1, field="country", reason="is missing"),
        rejected(2, reason="is not valid JSON"),
    ):
        told.add(SOURCE, each)
    told.add(Path("more.jsonl"), rejected(2, reason="is not valid JSON"))
    told.close()
    assert told.rejected == 3
    assert told.path is not None
    assert [orjson.loads(line)["line"] for line in told.path.read_bytes().splitlines()] == [1, 1, 1, 2, 2]


def test_the_first_problems_are_told_and_where_all_of_them_are(tmp_path: Path) -> None:
    told, said, warned = Report(tmp_path / "report.jsonl", key_field="id"), list[str](), list[str]()
    for position in range(FIRST_SHOWN + 5):
        told.add(SOURCE, rejected(position, field="city", reason="is missing"))
    told.close()
    told.tell(say=said.append, warn=warned.append)
    assert warned == [f"rows.jsonl line {position}: city is missing" for position in range(FIRST_SHOWN)]
    assert said == [f"Report: {told.path}"]


def test_without_problems_there_is_nothing_to_tell(tmp_path: Path) -> None:
    said = list[str]()
    Report(tmp_path / "report.jsonl", key_field="id").tell(say=said.append, warn=said.append)
    assert said == []


@pytest.mark.parametrize(
    ("asked", "dry_run", "path"),
    [
        (None, False, Path("reports/load-stock.jsonl")),
        (None, True, None),
        (Path("mine.jsonl"), False, Path("mine.jsonl")),
        (Path("mine.jsonl"), True, Path("mine.jsonl")),
    ],
)
def test_a_dry_run_writes_only_the_report_it_is_asked_for(asked: Path | None, dry_run: bool, path: Path | None) -> None:
    assert report.place(asked, folder=Path("reports"), name="stock", dry_run=dry_run) == path
