"""A real broker delivers tasks to real workers twice, late, out of order, or not at all: the stock stays the same."""

import random
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from inventory import fence, keyspace, tasks
from inventory.replication import recovery
from tests.redis_nodes import REGIONS, RedisNodes
from tests.regional.stock import SKU, assert_sound, known, receive, sell
from tests.regional.workers import PATIENCE_SECONDS, beat, wait_until, worker
from tests.regional.world import everything_exchanged

QUEUE = tasks.queue_of("us")
WAITING, UNACKNOWLEDGED = f"cache:celery:{QUEUE}", "cache:celery:unacked"
DYING = """
import os, signal
from inventory.replication import shipping
shipping._remember = lambda *_arguments: os.kill(os.getpid(), signal.SIGKILL)
"""
IMPATIENT = """
app.conf.broker_transport_options |= {
    "visibility_timeout": 1, "unacked_restore_interval": 1, "unacked_restore_throttle": 1
}
"""


@pytest.fixture
def broker(redis_nodes: RedisNodes) -> Iterator[redis.Redis]:
    """The broker's node, beside regions that may sell."""
    for region in REGIONS:
        recovery.open_region(region)
    with redis_nodes.operator(next(node for node in redis_nodes.topology.nodes() if node.app == "cache")) as operator:
        yield operator


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


def nothing_left(broker: redis.Redis) -> bool:
    return not broker.llen(WAITING) and not broker.hlen(UNACKNOWLEDGED)


def test_killed_between_telling_and_acknowledging_it_comes_again_after_the_visibility_timeout(
    broker: redis.Redis, log: Path
) -> None:
    # Ordered already: the change itself orders nothing, and the only task is ours.
    fence.node("us").mset({keyspace.ordered(peer): 1 for peer in ("eu", "ap")})
    receive("us", 5)
    task = tasks.ship.apply_async(kwargs={"region": "us", "peer": "eu"}, queue=QUEUE)
    with worker("us", log, changed=DYING) as process:
        assert process.wait(PATIENCE_SECONDS) == -signal.SIGKILL, log.read_text()
    assert known("eu").on_hand == 5
    assert any(task.id in message for message in broker.hvals(UNACKNOWLEDGED))
    with worker("us", log, changed=IMPATIENT):
        wait_until(lambda: nothing_left(broker), log)
    assert fence.node("us").hget(keyspace.link("eu"), "contact"), "it did not come again"
    bucket = keyspace.bucket_of(SKU)
    assert fence.node("eu").xlen(keyspace.log_of(bucket, "us")) == fence.node("us").xlen(keyspace.log(bucket))
    assert known("eu") == known("us")
    assert_sound(*REGIONS)


def test_all_of_them_ten_times_in_any_order_by_two_workers(broker: redis.Redis, log: Path) -> None:
    receive("us", 50)
    receive("eu", 20)
    sell("us", 7)
    regional = (tasks.keep_up, tasks.compare, tasks.expire_holds, tasks.balance)
    orders: list[tuple[Any, dict[str, Any]]] = [(task, {"region": "us"}) for task in regional]
    orders += [(tasks.ship, {"region": "us", "peer": peer}) for peer in ("eu", "ap")]
    orders += [(tasks.trim, {"region": "us", "keep_days": 90})]
    for task, details in random.sample(orders * 10, len(orders) * 10):
        task.apply_async(kwargs=details, queue=QUEUE)
    with worker("us", log), worker("us", log):
        while not nothing_left(broker):
            # A late task knows nothing of what was shipped since.
            fence.node("us").delete(keyspace.cursors("eu"), keyspace.cursors("ap"))
    everything_exchanged(REGIONS)
    assert {known(region).on_hand for region in REGIONS} == {63}
    assert sum(known("ap").available(region) for region in REGIONS) == 63
    assert_sound(*REGIONS)


def test_what_a_flushed_broker_lost_is_ordered_again_by_the_schedule(broker: redis.Redis, log: Path) -> None:
    receive("us", 5)
    wait_until(lambda: broker.llen(WAITING), log)
    broker.flushall()
    with worker("us", log), beat("us", log):
        wait_until(lambda: known("eu").on_hand == known("ap").on_hand == 5, log)
        # All of them run, and think that their queues are still there.
        broker.flushall()
        receive("us", 10)
        wait_until(lambda: known("eu").on_hand == known("ap").on_hand == 15, log)
    assert_sound(*REGIONS)
