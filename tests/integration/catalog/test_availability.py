"""What the shop does while one of its Redis nodes is away."""

import dataclasses
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client
from django_redis import get_redis_connection

from catalog import counting, tasks, tree
from redismart import orders
from redismart.redis import connections
from redismart.redis.breaker import TRIPS_AFTER, Breaker
from tests.redis_nodes import RedisNodes
from tests.silence import held, silent_listener, usual_patience

NOWHERE = "redis://127.0.0.1:1/0"
NEVER = 3_600.0
ADDRESSES = ["/", "/search/?q=lamp", "/category/audio/", "/product/lamp/", "/suggest/?q=lamp"]


@pytest.fixture
def _catalogue_away(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(tree, "cache", tree.TreeCache())
    connections.configure(dataclasses.replace(settings.TOPOLOGY, external={"catalog": NOWHERE}))
    yield
    connections.configure(settings.TOPOLOGY)


@pytest.fixture
def _stock_away(settings: LazySettings) -> Iterator[None]:
    connections.configure(dataclasses.replace(settings.TOPOLOGY, external={"inventory-us": NOWHERE}))
    yield
    connections.configure(settings.TOPOLOGY)


@pytest.fixture
def _catalogue_silent(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(tree, "cache", tree.TreeCache())
    with silent_listener() as url, usual_patience():
        connections.configure(dataclasses.replace(settings.TOPOLOGY, external={"catalog": url}))
        yield
    connections.configure(settings.TOPOLOGY)


@pytest.fixture
def _few_exact_counts(redis_stack: RedisNodes, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every page has estimates, and orders exact counts as if nobody had done so before."""
    monkeypatch.setattr(counting, "EXACT_BUDGET", 10)
    monkeypatch.setattr(tasks, "_ordered", {})
    orders.try_again()
    yield
    orders.try_again()


@pytest.fixture
def _hasty_cache(settings: LazySettings) -> None:
    """A cache as pages have it, which waits a moment for its node, and once it was silent does without it for long."""
    usual = settings.CACHES["default"]
    hasty = f"{usual['LOCATION']}?socket_timeout=0.3&socket_connect_timeout=0.3"
    settings.CACHES = {"default": usual | {"LOCATION": hasty}}
    get_redis_connection("default").connection_pool.breaker._rest = NEVER


@pytest.fixture
def silences(monkeypatch: pytest.MonkeyPatch) -> list[Breaker]:
    """Whose node was waited for in vain, once for each time."""
    found: list[Breaker] = []
    timed_out = Breaker._timed_out

    def noted(breaker: Breaker, asked: float) -> None:
        found.append(breaker)
        timed_out(breaker, asked)

    monkeypatch.setattr(Breaker, "_timed_out", noted)
    return found


@pytest.fixture
def _cache_away(settings: LazySettings) -> None:
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": NOWHERE}}


@pytest.mark.usefixtures("_catalogue_away")
@pytest.mark.parametrize("address", ADDRESSES)
def test_pages_that_need_the_node_say_so_and_when_to_try_again(visitor: Client, address: str) -> None:
    response = visitor.get(address)
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "Back in a moment" in response.content.decode()


@pytest.mark.usefixtures("_catalogue_away")
@pytest.mark.parametrize(("address", "status"), [("/about/", 200), ("/healthz", 200), ("/no/such/page/", 404)])
def test_other_pages_go_on(visitor: Client, address: str, status: int) -> None:
    assert visitor.get(address).status_code == status


@pytest.mark.usefixtures("_catalogue_silent")
def test_pages_wait_a_moment_for_a_silent_node_and_then_say_so_at_once(
    visitor: Client, silences: list[Breaker]
) -> None:
    with connections.hurried():
        connections.client("catalog").connection_pool.breaker._rest = NEVER
    for address in ADDRESSES:
        assert visitor.get(address).status_code == 503
    assert len(silences) == TRIPS_AFTER < len(ADDRESSES)
    assert patience_with("catalog") == {connections.PAGE_TIMEOUT_SECONDS}


def patience_with(app: str) -> set[float]:
    """For how long anybody here has waited for an app's node: tasks do for longer, as pages once did."""
    return {
        client.connection_pool.connection_kwargs["socket_timeout"]
        for (of, _region, _patience), client in connections._clients.items()
        if of == app
    }


@pytest.mark.usefixtures("_catalogue_silent")
def test_the_readiness_check_waits_no_longer_than_a_page(visitor: Client) -> None:
    assert visitor.get("/readyz").json()["redis"]["catalog"] == "TimeoutError"
    assert patience_with("catalog") == {connections.PAGE_TIMEOUT_SECONDS}


@pytest.mark.usefixtures("_stock_away")
def test_without_a_node_that_pages_do_without_the_shop_is_ready_and_says_what_it_needs(visitor: Client) -> None:
    response = visitor.get("/readyz")
    assert response.status_code == 200
    told = response.json()
    assert (told["ready"], told["needed"], told["redis"]["inventory"]) == (True, ["catalog"], "ConnectionError")


@pytest.mark.django_db
@pytest.mark.usefixtures("_stock_away")
@pytest.mark.parametrize("address", ["/inventory/", "/inventory/lamp/"])
def test_the_stock_s_own_pages_say_that_it_is_away(visitor: Client, address: str) -> None:
    visitor.force_login(User.objects.create_superuser("root"))
    assert visitor.get(address).status_code == 503


@pytest.mark.usefixtures("_catalogue_away")
def test_the_readiness_check_names_the_node(visitor: Client) -> None:
    response = visitor.get("/readyz")
    assert response.status_code == 503
    assert [app for app, state in response.json()["redis"].items() if state != "ok"] == ["catalog"]


def test_the_readiness_check_passes_when_all_nodes_answer(visitor: Client) -> None:
    assert visitor.get("/readyz").json()["ready"]


@pytest.mark.django_db
@pytest.mark.usefixtures("empty_catalogue", "_cache_away")
def test_staff_stay_signed_in_without_the_cache(visitor: Client) -> None:
    visitor.force_login(User.objects.create_user("keeper", is_staff=True))
    response = visitor.get("/")
    assert response.status_code == 200
    assert 'id="debug-view"' in response.content.decode()


@pytest.mark.usefixtures("generated_catalogue", "_few_exact_counts")
def test_pages_with_estimates_wait_for_a_held_cache_node_once_at_most(
    visitor: Client, redis_stack: RedisNodes, silences: list[Breaker], monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []
    publish = orders._publish

    def counted(task: Any, **order: Any) -> None:
        tries.append(task)
        publish(task, **order)

    monkeypatch.setattr(orders, "_publish", counted)
    monkeypatch.setattr(orders, "REST_SECONDS", NEVER)
    visitor.get("/search/")
    before = len(tries)
    with held(redis_stack.folder / "cache"), usual_patience():
        for number in range(3):
            assert visitor.get(f"/search/?rating={number + 1}").status_code == 200
    assert len(tries) == before + 1
    assert silences == []


@pytest.mark.usefixtures("generated_catalogue", "_few_exact_counts")
def test_counts_that_could_not_be_ordered_are_ordered_later(
    visitor: Client, redis_stack: RedisNodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", NOWHERE)
    assert visitor.get("/search/").status_code == 200
    monkeypatch.delenv("CELERY_BROKER_WRITE_URL")
    orders.try_again()
    assert visitor.get("/search/").status_code == 200
    cache = next(node for node in redis_stack.topology.nodes() if node.app == "cache")
    with redis_stack.operator(cache) as operator:
        assert operator.llen("cache:celery:counts") > 0


@pytest.mark.django_db
@pytest.mark.usefixtures("empty_catalogue", "_hasty_cache")
def test_staff_wait_for_a_held_cache_node_once_at_most(
    visitor: Client, redis_stack: RedisNodes, silences: list[Breaker]
) -> None:
    visitor.force_login(User.objects.create_user("keeper", is_staff=True))
    with held(redis_stack.folder / "cache"):
        for _ in range(3):
            response = visitor.get("/")
            assert 'id="debug-view"' in response.content.decode()
    assert len(silences) == 1


@pytest.mark.usefixtures("_catalogue_away")
def test_every_line_about_a_failed_request_has_its_id(visitor: Client) -> None:
    seen: list[object] = []

    class Listener(logging.Handler):
        def emit(self, _record: logging.LogRecord) -> None:
            seen.append(structlog.contextvars.get_contextvars().get("request_id"))

    listener = Listener()
    loggers = [logging.getLogger(name) for name in ("django.request", "redismart.web.availability")]
    for logger in loggers:
        logger.addHandler(listener)
    try:
        visitor.get("/", headers={"X-Request-ID": "ask-for-a-lamp"})
    finally:
        for logger in loggers:
            logger.removeHandler(listener)
    assert seen == ["ask-for-a-lamp"] * 2
