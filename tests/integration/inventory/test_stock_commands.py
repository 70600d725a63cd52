"""The commands of stock and replication: what they do, and what they say when they cannot."""

from io import StringIO
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.management import CommandError, call_command

from inventory import fence, keyspace, operations, queries
from inventory.replication import recovery, shipping
from inventory.results import Operation
from tests.integration.inventory.conftest import Store
from tests.redis_nodes import RedisNodes


@pytest.fixture(autouse=True)
def _opened(search_indexes: RedisNodes, placed: Store) -> None:
    for region in fence.regions():
        recovery.open_region(region)
    placed("nyc", region="us")
    placed("ams", region="eu")


def run(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=out, **options)
    return out.getvalue()


def failing(*arguments: str, **options: Any) -> tuple[str, int]:
    out = StringIO()
    with pytest.raises(CommandError) as raised:
        call_command(*arguments, stdout=out, stderr=out, **options)
    return f"{out.getvalue()}{raised.value}", raised.value.returncode


def rows(path: Path, *rows: dict[str, Any]) -> str:
    path.write_bytes(b"\n".join(map(orjson.dumps, rows)))
    return str(path)


def on_hand(sku: str, region: str = "us") -> int:
    return queries.levels(skus=[sku], region=region)[sku].on_hand


def test_stock_is_loaded_at_the_region_of_its_location_and_never_twice(tmp_path: Path) -> None:
    path = rows(
        tmp_path / "stock.jsonl",
        {"sku": "A", "location": "nyc", "on_hand": 5},
        {"sku": "A", "location": "ams", "on_hand": "7"},
        {"sku": "B", "location": "nyc", "on_hand": 0},
    )
    assert "3 items stocked, 0 had stock already" in run("load_stock", path)
    assert (on_hand("A"), on_hand("A", "eu")) == (5, 7)
    operations.count(sku="A", location="nyc", counted=2, operation=Operation("sold"))
    assert "0 items stocked, 3 had stock already" in run("load_stock", path)
    assert on_hand("A") == 2
    assert "3 items stocked" in run("load_stock", path, recount=True)
    assert on_hand("A") == 5


def test_wrong_rows_are_reported_and_the_others_loaded(tmp_path: Path) -> None:
    path = rows(
        tmp_path / "stock.jsonl",
        {"sku": "A", "location": "nowhere", "on_hand": 5},
        {"sku": "", "location": "nyc", "on_hand": 5},
        {"sku": "C", "location": "nyc", "on_hand": -1},
        {"sku": "D", "location": "nyc", "on_hand": 1},
    )
    report = tmp_path / "report.jsonl"
    said, code = failing("load_stock", path, report=report)
    assert code == 1
    assert "3 rows were rejected" in said
    assert [orjson.loads(line)["line"] for line in report.read_bytes().splitlines()] == [1, 2, 3]
    assert on_hand("D") == 1


def reasons(report: Path) -> list[tuple[int, str, str, str]]:
    told = map(orjson.loads, report.read_bytes().splitlines())
    return [(each["line"], each["kind"], each["field"], each["reason"]) for each in told]


def test_an_empty_or_unprintable_field_is_said_to_be_that(tmp_path: Path) -> None:
    path, report = tmp_path / "stock.csv", tmp_path / "report.jsonl"
    path.write_text("sku,location,on_hand\n,nyc,1\nA,,1\nA\x07B,nyc,1\n")
    failing("load_stock", str(path), report=report)
    assert reasons(report) == [
        (2, "rejected", "sku", "is empty"),
        (3, "rejected", "location", "is empty"),
        (4, "rejected", "sku", "has characters that cannot be printed"),
    ]


@pytest.mark.parametrize("recount", [True, False])
def test_of_two_rows_of_one_item_the_first_counts_and_the_report_says_so(tmp_path: Path, recount: bool) -> None:
    row = {"sku": "A", "location": "nyc", "on_hand": 5}
    path, report = rows(tmp_path / "stock.jsonl", row, row | {"location": "ams"}, row | {"on_hand": 7}), tmp_path / "r"
    assert "2 items stocked" in run("load_stock", path, recount=recount, report=report)
    assert reasons(report) == [(3, "note", "sku", "stands in an earlier row at nyc too: that one counts")]
    assert queries.levels(skus=["A"])["A"].locations["nyc"].on_hand == 5


@pytest.mark.parametrize("content", [None, "", "nonsense", '{"name": "Lamp"}', "[1]"])
def test_products_that_cannot_be_read_are_one_line(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "products.jsonl"
    if content is not None:
        path.write_text(content)
    said, code = failing("load_stock", demo=path)
    assert code == 2
    assert "products.jsonl" in said
    assert "Errno" not in said


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    path = rows(tmp_path / "stock.jsonl", {"sku": "A", "location": "nyc", "on_hand": 5})
    assert "1 rows are in order" in run("load_stock", path, dry_run=True)
    assert on_hand("A") == 0


@pytest.mark.parametrize("content", ["", "sku,on_hand\nA,1\n", "\x00\x01"])
def test_a_file_that_is_no_stock_is_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "stock.csv").write_text(content)
    said, code = failing("load_stock", str(tmp_path / "stock.csv"))
    assert code == 2
    assert "stock.csv" in said


def test_links_are_told_with_an_exit_code() -> None:
    said, code = failing("replication_status")
    assert code == 1
    assert "us → eu" in said
    assert "never" in said
    for source in fence.regions():
        for peer in (peer for peer in fence.regions() if peer != source):
            shipping.ship(source=source, peer=peer)
    assert "live" in run("replication_status")
    told = orjson.loads(run("replication_status", region="us", json=True))
    assert {link["peer"] for link in told} == {"eu", "ap"}
    assert all(isinstance(link["lag_ms"], int) and isinstance(link["contact_age_ms"], int) for link in told)


@pytest.mark.parametrize("command", ["replication_status", "reconcile", "simulate_sales"])
def test_an_unknown_region_is_named_with_those_there_are(command: str) -> None:
    said, _code = failing(command, region="mars")
    assert "There is no region 'mars': use one of us, eu, ap." in said


def test_a_joined_region_knows_everything() -> None:
    operations.receive(sku="A", location="nyc", quantity=3, operation=Operation("1"))
    assert "is up to date and may sell" in run("join_region", "ap")
    assert on_hand("A", "ap") == 3


def test_drift_is_found_told_and_mended() -> None:
    operations.receive(sku="A", location="nyc", quantity=3, operation=Operation("1"))
    assert "The stock of region us is as it must be." in run("reconcile", region="us")
    fence.node("us").hset(keyspace.levels("A"), "oh|nyc", 99)
    said, code = failing("reconcile", region="us")
    assert code == 1
    assert "99" in said
    said, code = failing("reconcile", region="us", repair=True)
    assert code == 1
    assert "mended" in said
    assert "as it must be" in run("reconcile", region="us")
    assert on_hand("A") == 3


def test_simulated_sales_are_real_ones() -> None:
    operations.receive(sku="A", location="nyc", quantity=1_000, operation=Operation("1"))
    assert "sold" in run("simulate_sales", region="us", rate=50.0, seconds=0.5, seed=1)
    assert on_hand("A") < 1_000


def test_without_stock_there_is_nothing_to_simulate() -> None:
    said, _code = failing("simulate_sales", region="us", seconds=0.1)
    assert "has no stock: load some" in said
