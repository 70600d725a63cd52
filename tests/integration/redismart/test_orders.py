"""A page that orders work waits a moment for the broker at most, and after a failure not at all for a while."""

from collections.abc import Iterator
from typing import Any

import pytest

from catalog.tasks import rebuild_suggestions
from redismart import orders
from tests.redis_nodes import RedisNodes
from tests.silence import held, silent_listener, usual_patience

QUEUE = "cache:celery:default"
NOWHERE = "redis://127.0.0.1:1/0"


class Broker:
    """How this process asks its broker: the clock, and the patience of every try."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.tries: list[dict[str, Any]] = []

    def monotonic(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def _no_earlier_failure() -> Iterator[None]:
    orders.try_again()
    yield
    orders.try_again()


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    """Its clock moves only when told to."""
    found, app = Broker(), rebuild_suggestions.app
    connect = app.connection_for_write

    def connection_for_write(**options: Any) -> Any:
        found.tries.append(options["transport_options"])
        return connect(**options)

    monkeypatch.setattr(orders, "time", found)
    monkeypatch.setattr(app, "connection_for_write", connection_for_write)
    return found


def order() -> bool:
    return orders.order(rebuild_suggestions, payload={}, expires=60)


def cache_operator(nodes: RedisNodes) -> Any:
    return nodes.operator(next(node for node in nodes.topology.nodes() if node.app == "cache"))


def test_an_order_arrives_in_its_queue(redis_nodes: RedisNodes) -> None:
    assert order()
    with cache_operator(redis_nodes) as operator:
        assert operator.llen(QUEUE) == 1


@pytest.mark.parametrize("away", ["silent", "refused"])
def test_a_broker_that_is_away_costs_one_short_wait_and_then_nothing(
    away: str, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    with silent_listener() as silent, usual_patience():
        monkeypatch.setenv("CELERY_BROKER_WRITE_URL", silent if away == "silent" else NOWHERE)
        assert not any(order() for _time in range(4))
    (only,) = broker.tries
    assert only["socket_timeout"] == only["socket_connect_timeout"] == orders.PUBLISH_SECONDS
    assert only["max_retries"] == 0


def test_a_held_broker_gets_orders_again_once_it_answers(redis_nodes: RedisNodes, broker: Broker) -> None:
    assert order()
    with held(redis_nodes.folder / "cache"), usual_patience():
        assert not order()
    assert not order()
    assert len(broker.tries) == 2
    broker.now += orders.REST_SECONDS
    assert order()


def test_a_full_broker_takes_no_order_and_no_page_with_it(redis_nodes: RedisNodes) -> None:
    with cache_operator(redis_nodes) as operator:
        usual = operator.config_get("maxmemory")
        operator.config_set("maxmemory", 1)
        try:
            assert not order()
        finally:
            operator.config_set("maxmemory", usual["maxmemory"])
