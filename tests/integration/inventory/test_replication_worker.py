"""Replication by real Celery workers: a change in one region is seen in another, whatever happens to them."""

import os
import re
import time
from pathlib import Path

import pytest

from inventory import holds, operations, orders, queries, tasks
from inventory.replication import balancing, recovery
from inventory.results import Line, Operation
from redismart.redis import recorder
from tests.redis_nodes import RedisNodes
from tests.regional.workers import kill, wait_until, worker
from tests.silence import held

REGIONS = ("us", "eu", "ap")


@pytest.fixture
def opened(redis_nodes: RedisNodes) -> None:
    """All regions may sell."""
    for region in REGIONS:
        recovery.open_region(region)


def receive(operation: str, *, region: str = "us", quantity: int = 5) -> None:
    operations.receive(sku="A", location="nyc", quantity=quantity, operation=Operation(operation, region=region))


def on_hand(region: str) -> int:
    return queries.levels(skus=["A"], region=region)["A"].on_hand


def test_a_change_is_shipped_without_waiting_for_the_schedule(opened: None, tmp_path: Path) -> None:
    with worker("us", tmp_path / "log"):
        receive("1")
        wait_until(lambda: on_hand("eu") == on_hand("ap") == 5, tmp_path / "log")


def test_what_changed_while_no_worker_ran_is_shipped_by_the_next(opened: None, tmp_path: Path) -> None:
    receive("1")
    with worker("us", tmp_path / "log"):
        tasks.keep_up.apply_async(kwargs={"region": "us"}, queue=tasks.queue_of("us"))
        wait_until(lambda: on_hand("eu") == 5, tmp_path / "log")


def test_a_killed_worker_and_a_flushed_broker_lose_nothing(
    opened: None, redis_nodes: RedisNodes, tmp_path: Path
) -> None:
    with worker("us", tmp_path / "log") as first:
        receive("1")
        wait_until(lambda: on_hand("eu") == 5, tmp_path / "log")
        kill(first)
    receive("2")
    with redis_nodes.operator(next(node for node in redis_nodes.topology.nodes() if node.app == "cache")) as broker:
        broker.flushall()
    with worker("us", tmp_path / "log"):
        tasks.keep_up.apply_async(kwargs={"region": "us"}, queue=tasks.queue_of("us"))
        wait_until(lambda: on_hand("eu") == on_hand("ap") == 10, tmp_path / "log")


def test_many_changes_order_one_shipping(opened: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "ORDERED_MS", 3_600_000)
    ordered: list[tuple[str, str]] = []
    for number in range(20):
        receive(f"{number}")
        orders.order_all("us", lambda region, peer: ordered.append((region, peer)))
    # Those that the changes themselves had ordered count as well.
    assert len(ordered) <= len(REGIONS) - 1


def test_the_same_task_run_ten_times_changes_nothing_more(opened: None) -> None:
    receive("1")
    for _time in range(10):
        tasks.ship(region="us", peer="eu")
        tasks.compare(region="us")
        tasks.expire_holds(region="us")
        tasks.trim(region="us", keep_days=90)
    assert (on_hand("us"), on_hand("eu")) == (5, 5)


def test_a_restarted_node_is_opened_by_the_schedule(opened: None, redis_nodes: RedisNodes) -> None:
    receive("1")
    tasks.ship(region="us", peer="eu")
    eu = next(node for node in redis_nodes.topology.nodes() if node.name == "inventory-eu")
    with redis_nodes.operator(eu) as operator:
        operator.script_flush()
    receive("2")
    tasks.ship(region="us", peer="eu")
    assert on_hand("eu") == 5
    tasks.keep_up(region="eu")
    tasks.ship(region="us", peer="eu")
    wait_until(
        lambda: (tasks.keep_up(region="us"), tasks.ship(region="us", peer="eu"), on_hand("eu") == 10)[-1],
        Path(os.devnull),
    )


def test_rights_move_to_where_they_are_wanted(opened: None) -> None:
    receive("1", quantity=100)
    tasks.ship(region="us", peer="eu")
    tasks.balance(region="us")
    assert queries.levels(skus=["A"], region="us")["A"].available["us"] == 100
    holds.hold(lines=[Line("nyc", "A", 1)], operation=Operation("wanted", region="eu"))
    tasks.ship(region="eu", peer="us")
    tasks.balance(region="us")
    tasks.ship(region="us", peer="eu")
    available = queries.levels(skus=["A"], region="eu")["A"].available
    assert sum(available.values()) == 99
    assert available["eu"] > 1


def test_rights_to_many_items_move_in_few_round_trips(opened: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(balancing, "ITEMS_PER_TRIP", 10)
    items = [("nyc", f"item-{number}") for number in range(25)]
    for _place, sku in items:
        operations.receive(sku=sku, location="nyc", quantity=100, operation=Operation(sku, region="us"))
    tasks.ship(region="us", peer="eu")
    holds.hold(lines=[Line(*item, 1) for item in items], operation=Operation("wanted", region="eu"))
    tasks.ship(region="eu", peer="us")
    now = int(time.time() * 1000)
    with recorder.recording() as seen:
        moved = balancing.balance(region="us", items=items, operation="share", now=now)
    assert len(seen.trips) == 1 + 2 * 3
    assert moved == sum(queries.levels(skus=[sku], region="us")[sku].available["eu"] for _place, sku in items)
    assert moved > len(items)
    assert balancing.balance(region="us", items=items, operation="again", now=now) == 0


def test_while_the_node_is_silent_the_worker_says_so_in_a_line_and_goes_on_afterwards(
    redis_nodes: RedisNodes, opened: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    receive("1")
    monkeypatch.setenv("REDISMART_PATIENCE", "1")
    with worker("us", log):
        with held(redis_nodes.folder / "inventory-us"):
            for task in (tasks.keep_up, tasks.expire_holds, tasks.balance, tasks.compare):
                task.apply_async(kwargs={"region": "us"}, queue=tasks.queue_of("us"))
            tasks.order_shipping("us", "eu")
            wait_until(lambda: "task_waits" in log.read_text(), log)
        wait_until(lambda: known_in_eu_after_another_order() == 5, log)
    said = log.read_text()
    assert "Traceback" not in said
    assert f"The node at 127.0.0.1:{redis_nodes.topology.base_port + 4} did not answer in time" in said
    assert len(re.findall(r"(?m)^.*task_waits", said)) <= 2


def known_in_eu_after_another_order() -> int:
    tasks.order_shipping("us", "eu")
    return queries.levels(skus=["A"], region="eu")["A"].on_hand
