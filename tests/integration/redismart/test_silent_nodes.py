"""A node that takes connections and does not answer costs a page about a second, and the shop next to nothing."""

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self

import httpx
import pytest
import redis
from django.conf import LazySettings

from redismart.redis import connections
from redismart.redis.breaker import REST_SECONDS, TRIPS_AFTER, NodeSilentError
from redismart.redis.connections import PAGE_TIMEOUT_SECONDS, SOCKET_TIMEOUT_SECONDS
from tests.integration.redismart.conftest import Installation
from tests.redis_nodes import RedisNodes
from tests.silence import held, silent_listener

SEARCHES = 24
SLACK_SECONDS = 0.5
BUSY_SLACK_SECONDS = 2.0
"""What a loaded machine may take for two dozen error pages, beyond the waiting."""


@pytest.fixture
def silent(settings: LazySettings) -> Iterator[str]:
    with silent_listener() as url:
        yield url
    connections.configure(settings.TOPOLOGY)


def seconds_of_a_ping(client: connections.ShopRedis, error: type[Exception]) -> float:
    started = time.monotonic()
    with pytest.raises(error):
        client.ping()
    return time.monotonic() - started


def test_a_page_waits_a_page_s_time_for_a_silent_node_and_not_once_more(silent: str) -> None:
    client = connections.connect(silent, timeout=PAGE_TIMEOUT_SECONDS)
    waited = seconds_of_a_ping(client, redis.TimeoutError)
    assert PAGE_TIMEOUT_SECONDS <= waited < PAGE_TIMEOUT_SECONDS + SLACK_SECONDS


def test_a_silent_node_is_not_asked_any_more_for_a_while(silent: str) -> None:
    client = connections.connect(silent, timeout=0.1)
    for _ in range(TRIPS_AFTER):
        seconds_of_a_ping(client, redis.TimeoutError)
    assert seconds_of_a_ping(client, NodeSilentError) < 0.05
    pipeline = client.pipeline()
    pipeline.ping()
    with pytest.raises(NodeSilentError):
        pipeline.execute()
    time.sleep(REST_SECONDS)
    seconds_of_a_ping(client, redis.TimeoutError)


def test_pages_are_hurried_and_tasks_are_not(redis_nodes: RedisNodes) -> None:
    def patience() -> float:
        return float(connections.client("catalog").connection_pool.connection_kwargs["socket_timeout"])

    assert patience() == SOCKET_TIMEOUT_SECONDS
    with connections.hurried():
        assert patience() == PAGE_TIMEOUT_SECONDS
    assert patience() == SOCKET_TIMEOUT_SECONDS


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
    installation.start_demo(REDISMART_DEMO_CATALOGUE="off", REDISMART_LOG_LEVEL="ERROR")
    with Visitors(installation.url) as visitors:
        assert visitors.ask("/search/?q=lamp").result().status == 200
        with held(installation.var / "redis" / "catalog"):
            searches = [visitors.ask("/search/?q=lamp") for _ in range(SEARCHES)]
            time.sleep(0.2)
            health = [visitors.ask("/healthz").result() for _ in range(10)]
            assert {search.result().status for search in searches} == {503}
            assert longest(searches) < 2 * PAGE_TIMEOUT_SECONDS + BUSY_SLACK_SECONDS
            assert {answer.status for answer in health} == {200}
            assert statistics.median(answer.seconds for answer in health) < PAGE_TIMEOUT_SECONDS / 4
            # The node is known to be silent by now: only a probe still waits for it.
            again = [visitors.ask("/search/?q=lamp") for _ in range(SEARCHES)]
            assert {search.result().status for search in again} == {503}
            assert statistics.median(search.result().seconds for search in again) < PAGE_TIMEOUT_SECONDS
            assert visitors.ask("/about/").result().status == 200
        recovery = REST_SECONDS + BUSY_SLACK_SECONDS
        installation.wait_until(lambda: visitors.ask("/search/?q=lamp").result().status == 200, seconds=recovery)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a visitor got, and after how many seconds."""

    status: int
    seconds: float


class Visitors:
    """Many browsers at once, on the pages of one shop."""

    def __init__(self, url: str) -> None:
        limits = httpx.Limits(max_connections=2 * SEARCHES)
        self._browser = httpx.Client(base_url=url, timeout=60, limits=limits)
        self._threads = ThreadPoolExecutor(2 * SEARCHES)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._threads.shutdown()
        self._browser.close()

    def ask(self, address: str) -> Future[Answer]:
        return self._threads.submit(self._answer, address)

    def _answer(self, address: str) -> Answer:
        started = time.monotonic()
        status = self._browser.get(address).status_code
        return Answer(status, time.monotonic() - started)


def longest(asked: list[Future[Answer]]) -> float:
    return max(each.result().seconds for each in asked)
