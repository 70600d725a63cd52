"""A node that takes connections and does not answer costs a page about a second, and the shop next to nothing."""

import re
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self

import httpx
import pytest
import redis
from django.conf import LazySettings, settings

from redismart.redis import connections
from redismart.redis.breaker import REST_SECONDS, TRIPS_AFTER, NodeSilentError
from redismart.redis.connections import CONNECT_TIMEOUT_SECONDS, PAGE_TIMEOUT_SECONDS, SOCKET_TIMEOUT_SECONDS
from tests.integration.redismart.conftest import Installation
from tests.redis_nodes import RedisNodes
from tests.silence import held, silent_listener, usual_patience

SEARCHES = 24
NEVER = 3_600.0


@pytest.fixture
def silent(settings: LazySettings) -> Iterator[str]:
    with silent_listener() as url, usual_patience():
        yield url
    connections.configure(settings.TOPOLOGY)


def assert_waits_in_vain(client: connections.ShopRedis) -> None:
    with pytest.raises(redis.TimeoutError):
        client.ping()


def test_a_page_waits_a_page_s_time_for_a_silent_node_and_not_once_more(
    silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited_for = []
    connect = redis.Connection._connect

    def counted(connection: redis.Connection) -> object:
        waited_for.append(connection.socket_timeout)
        return connect(connection)

    monkeypatch.setattr(redis.Connection, "_connect", counted)
    started = time.monotonic()
    assert_waits_in_vain(connections.connect(silent, timeout=PAGE_TIMEOUT_SECONDS))
    assert time.monotonic() - started >= PAGE_TIMEOUT_SECONDS
    assert waited_for == [PAGE_TIMEOUT_SECONDS]


def test_a_silent_node_is_not_asked_any_more_for_a_while(silent: str) -> None:
    client = connections.connect(silent, timeout=0.1)
    breaker = client.connection_pool.breaker
    breaker._rest = NEVER
    for _ in range(TRIPS_AFTER):
        assert_waits_in_vain(client)
    with pytest.raises(NodeSilentError):
        client.ping()
    pipeline = client.pipeline()
    pipeline.ping()
    with pytest.raises(NodeSilentError):
        pipeline.execute()
    breaker._clock = lambda: time.monotonic() + NEVER
    assert_waits_in_vain(client)


def test_pages_are_hurried_and_tasks_are_not(redis_nodes: RedisNodes) -> None:
    def patience() -> float:
        return float(connections.client("catalog").connection_pool.connection_kwargs["socket_timeout"])

    with usual_patience():
        assert patience() == SOCKET_TIMEOUT_SECONDS
        with connections.hurried():
            assert patience() == PAGE_TIMEOUT_SECONDS
        assert patience() == SOCKET_TIMEOUT_SECONDS


def test_a_slow_machine_has_more_patience_with_every_node(redis_nodes: RedisNodes) -> None:
    def waits(app: str) -> list[float]:
        options = connections.client(app).connection_pool.connection_kwargs
        return [options["socket_timeout"], options["socket_connect_timeout"]]

    try:
        connections.be_patient(7)
        assert waits("catalog") == [7 * SOCKET_TIMEOUT_SECONDS, 7 * CONNECT_TIMEOUT_SECONDS]
        with connections.hurried(0.2):
            assert waits("catalog") == pytest.approx([1.4, 1.4])
    finally:
        connections.be_patient(settings.PATIENCE)


def test_a_busy_node_is_waited_for(redis_nodes: RedisNodes) -> None:
    """Eight pages at once while something else takes most of a page's time."""
    folder = redis_nodes.folder / "catalog"
    with ThreadPoolExecutor(8) as threads, connections.hurried():
        client = connections.client("catalog")
        client.ping()
        for _ in range(TRIPS_AFTER + 1):
            with held(folder):
                pings = [threads.submit(client.ping) for _ in range(8)]
                time.sleep(PAGE_TIMEOUT_SECONDS * 0.6)
            assert all(ping.result() for ping in pings)


def test_the_shop_answers_while_its_catalogue_is_held_and_recovers_by_itself(installation: Installation) -> None:
    one = {"REDISMART_WEB_WORKERS": "1", "REDISMART_PATIENCE": "1"}
    installation.start_demo(REDISMART_DEMO_CATALOGUE="off", REDISMART_LOG_LEVEL="ERROR", **one)
    with Visitors(installation.url) as visitors:
        assert visitors.ask("/search/?q=lamp").result() == 200
        with held(installation.var / "redis" / "catalog"):
            searches = [visitors.ask("/search/?q=lamp") for _ in range(SEARCHES)]
            health = [visitors.ask("/healthz").result() for _ in range(10)]
            assert {search.result() for search in searches} == {503}
            assert {*health} == {200}
            installation.wait_until(lambda: refusals(installation) == SEARCHES)
            # The node is known to be silent by now: only a probe now and then still waits for it.
            before, started = waits(installation), time.monotonic()
            again = [visitors.ask("/search/?q=lamp") for _ in range(SEARCHES)]
            assert {search.result() for search in again} == {503}
            probes = 2 + (time.monotonic() - started) / REST_SECONDS
            assert visitors.ask("/about/").result() == 200
            installation.wait_until(lambda: refusals(installation) == 2 * SEARCHES)
            assert waits(installation) - before <= probes
        installation.wait_until(lambda: visitors.ask("/search/?q=lamp").result() == 200)


def refusals(installation: Installation) -> int:
    """Pages that were not shown because of the node, as the shop has logged them so far."""
    return installation.output().count("redis_away")


def waits(installation: Installation) -> int:
    """Those of them that had waited for the node."""
    return len(re.findall("redis_away.*did not answer in time", installation.output()))


class Visitors:
    """Many browsers at once, on the pages of one shop."""

    def __init__(self, url: str) -> None:
        limits = httpx.Limits(max_connections=2 * SEARCHES)
        self._browser = httpx.Client(base_url=url, timeout=120, limits=limits)
        self._threads = ThreadPoolExecutor(2 * SEARCHES)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._threads.shutdown()
        self._browser.close()

    def ask(self, address: str) -> Future[int]:
        """The status of the answer, once it has come."""
        return self._threads.submit(lambda: self._browser.get(address).status_code)
