"""A page that orders work waits a moment for the broker at most, and after a failure not at all for a while."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from catalog.tasks import rebuild_suggestions
from redismart import orders
from tests.redis_nodes import RedisNodes
from tests.silence import held, silent_listener

QUEUE = "cache:celery:default"
NOWHERE = "redis://127.0.0.1:1/0"
SLACK_SECONDS = 0.2


@pytest.fixture(autouse=True)
def _no_earlier_failure() -> Iterator[None]:
    orders.try_again()
    yield
    orders.try_again()


def timed_order() -> tuple[bool, float]:
    started = time.monotonic()
    taken = orders.order(rebuild_suggestions, payload={}, expires=60)
    return taken, time.monotonic() - started


def cache_operator(nodes: RedisNodes) -> Any:
    return nodes.operator(next(node for node in nodes.topology.nodes() if node.app == "cache"))


def test_an_order_arrives_in_its_queue(redis_nodes: RedisNodes) -> None:
    assert timed_order()[0]
    with cache_operator(redis_nodes) as operator:
        assert operator.llen(QUEUE) == 1


@pytest.mark.parametrize("away", ["silent", "refused"])
def test_a_broker_that_is_away_costs_one_short_wait_and_then_nothing(
    away: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with silent_listener() as silent:
        monkeypatch.setenv("CELERY_BROKER_WRITE_URL", silent if away == "silent" else NOWHERE)
        taken, seconds = timed_order()
        assert not taken
        assert seconds < orders.PUBLISH_SECONDS + SLACK_SECONDS
        assert all(seconds < 0.05 for _taken, seconds in (timed_order() for _ in range(3)))


def test_a_held_broker_gets_orders_again_once_it_answers(
    redis_nodes: RedisNodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders, "REST_SECONDS", 0.5)
    assert timed_order()[0]
    with held(redis_nodes.folder / "cache"):
        taken, seconds = timed_order()
        assert not taken
        assert seconds < orders.PUBLISH_SECONDS + SLACK_SECONDS
    assert not timed_order()[0]
    time.sleep(orders.REST_SECONDS)
    assert timed_order()[0]


def test_a_full_broker_takes_no_order_and_no_page_with_it(redis_nodes: RedisNodes) -> None:
    with cache_operator(redis_nodes) as operator:
        usual = operator.config_get("maxmemory")
        operator.config_set("maxmemory", 1)
        try:
            assert not timed_order()[0]
        finally:
            operator.config_set("maxmemory", usual["maxmemory"])
