"""A node that cannot serve the shop is refused before it does harm, with its setting and what to do."""

import dataclasses
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import redis
from django.conf import LazySettings
from django.core.checks import CheckMessage
from django.core.management import CommandError, call_command

from redismart import checks
from redismart.redis import binaries, connections
from redismart.redis.topology import LOOPBACK
from tests.integration.redismart.conftest import COMMAND_SECONDS, Installation
from tests.silence import silent_listener

READY_SECONDS = 60.0


@pytest.fixture
def bare_server(installation: Installation) -> Iterator[str]:
    """The URL of a redis-server without any module and without a password."""
    port = installation.ports.first + 10
    command = [
        str(binaries.packaged().server),
        "--port",
        str(port),
        "--bind",
        LOOPBACK,
        "--save",
        "",
        "--appendonly",
        "no",
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=installation.var) as server:
        wait_for(port)
        yield f"redis://{LOOPBACK}:{port}/0"
        server.terminate()


def wait_for(port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    answered = False
    with redis.Redis(LOOPBACK, port) as client:
        while not answered and time.monotonic() < deadline:
            with suppress(redis.ConnectionError):
                answered = client.ping()


@pytest.fixture
def place(settings: LazySettings) -> Iterator["Place"]:
    """Places apps elsewhere for the length of a test."""
    usual = settings.TOPOLOGY
    yield Place(settings)
    connections.configure(usual)


class Place:
    def __init__(self, settings: LazySettings) -> None:
        self._settings = settings

    def __call__(self, **external: str) -> list[CheckMessage]:
        placed = {name.replace("_", "-"): url for name, url in external.items()}
        self._settings.TOPOLOGY = dataclasses.replace(self._settings.TOPOLOGY, external=placed)
        connections.configure(self._settings.TOPOLOGY)
        return checks.redis_nodes(databases=["default"])


def test_the_embedded_nodes_pass() -> None:
    assert checks.redis_nodes(databases=["default"]) == []


def test_commands_without_a_database_do_not_ask_redis(place: Place) -> None:
    place(catalog="redis://127.0.0.1:1/0")
    assert checks.redis_nodes(databases=None) == []


def test_a_node_that_is_away_is_named_with_its_setting(place: Place) -> None:
    [problem] = place(purchasing="redis://127.0.0.1:1/0")
    assert problem.id == "redismart.E001"
    assert checks.may_pass(problem)
    assert "purchasing cannot be reached" in checks.sentence(problem)
    assert "REDISMART_REDIS_PURCHASING_URL" in checks.sentence(problem)
    assert ".." not in checks.sentence(problem)
    assert "make demo" not in checks.sentence(problem)


def test_the_setting_of_the_region_is_named_where_it_is_the_one_in_use(place: Place) -> None:
    [problem] = place(inventory_us="redis://127.0.0.1:1/0")
    assert "REDISMART_REDIS_INVENTORY_US_URL" in checks.sentence(problem)


def test_a_replica_that_is_away_is_a_warning_since_the_primary_answers(place: Place) -> None:
    [problem] = place(catalog_us="redis://127.0.0.1:1/0")
    assert problem.id == "redismart.W001"
    assert "REDISMART_REDIS_CATALOG_US_URL" in checks.sentence(problem)


@pytest.mark.parametrize("credentials", ["catalog:wrong@", "stranger:wrong@", ""])
def test_a_wrong_user_or_password_is_told_apart_and_never_shown(place: Place, credentials: str) -> None:
    port = next(node.port for node in connections.topology().nodes() if node.name == "catalog")
    [problem] = place(catalog=f"redis://{credentials}{LOOPBACK}:{port}/0")
    assert problem.id == "redismart.E002"
    assert not checks.may_pass(problem)
    assert "REDISMART_REDIS_CATALOG_URL" in checks.sentence(problem)
    assert "wrong@" not in checks.sentence(problem)


def test_missing_modules_are_named(place: Place, bare_server: str) -> None:
    problems = place(catalog=bare_server)
    assert [problem.id for problem in problems] == ["redismart.E004", "redismart.E005"]
    assert all("REDISMART_REDIS_CATALOG_URL" in checks.sentence(problem) for problem in problems)


def test_an_app_without_documents_needs_no_module(place: Place, bare_server: str) -> None:
    assert place(cache=bare_server) == []


def test_an_app_that_is_not_searched_needs_no_search_module(place: Place, bare_server: str) -> None:
    assert [problem.id for problem in place(purchasing=bare_server)] == ["redismart.E004"]


def test_something_that_is_not_redis_is_refused(place: Place) -> None:
    with ThreadingHTTPServer((LOOPBACK, 0), BaseHTTPRequestHandler) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        [problem] = place(catalog=f"redis://{LOOPBACK}:{web.server_port}/0")
        web.shutdown()
    assert problem.id == "redismart.E001"


def test_an_old_server_is_refused(place: Place, bare_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "OLDEST_SERVER", (99, 0))
    [problem] = place(cache=bare_server)[:1]
    assert problem.id == "redismart.E003"
    assert "REDISMART_REDIS_CACHE_URL" in checks.sentence(problem)


def test_another_region_s_node_that_is_away_is_a_warning_and_stops_nobody(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    [problem] = place(inventory_eu="redis://127.0.0.1:1/0")
    assert problem.id == "redismart.W001"
    assert not problem.is_serious()
    assert "inventory in eu cannot be reached" in checks.sentence(problem)
    assert "REDISMART_REDIS_INVENTORY_EU_URL" in checks.sentence(problem)
    call_command("wait_for_redis", seconds=30)
    assert "REDISMART_REDIS_INVENTORY_EU_URL" in capsys.readouterr().err


def test_another_region_that_is_silent_does_not_hold_up_the_start(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    connect = connections.connect

    def patient(url: str, *, timeout: float) -> connections.ShopRedis:
        waits.extend([timeout] if url == silent else [])
        return connect(url, timeout=timeout)

    with silent_listener() as silent:
        monkeypatch.setattr(connections, "connect", patient)
        [problem] = place(inventory_eu=silent, catalog_eu=silent)
    assert waits == [checks.ELSEWHERE_SECONDS]
    assert problem.id == "redismart.W001"
    assert "inventory in eu, catalog in eu" in checks.sentence(problem)
    assert "REDISMART_REDIS_INVENTORY_EU_URL, REDISMART_REDIS_CATALOG_EU_URL" in checks.sentence(problem)


def test_another_region_s_node_without_its_modules_is_an_error(place: Place, bare_server: str) -> None:
    problems = place(catalog_eu=bare_server, inventory_ap=bare_server)
    assert [problem.id for problem in problems] == ["redismart.E004", "redismart.E005"]
    assert all("REDISMART_REDIS_CATALOG_EU_URL" in checks.sentence(problem) for problem in problems)


def test_another_region_s_node_that_is_too_old_is_an_error(
    place: Place, bare_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "version_number", lambda _version: (7, 0))
    old = [problem for problem in place(inventory_eu=bare_server) if "inventory in eu" in checks.sentence(problem)]
    assert [problem.id for problem in old] == ["redismart.E003", "redismart.E004", "redismart.E005"]
    assert all(problem.is_serious() for problem in old)


def test_a_wrong_password_in_another_region_is_an_error(place: Place) -> None:
    port = next(node.port for node in connections.topology().nodes() if node.name == "inventory-eu")
    [problem] = place(inventory_eu=f"redis://inventory:wrong@{LOOPBACK}:{port}/0")
    assert problem.id == "redismart.E002"
    assert "REDISMART_REDIS_INVENTORY_EU_URL" in checks.sentence(problem)


def test_a_url_with_an_option_that_does_not_exist_is_an_error_in_any_region(place: Place) -> None:
    [problem] = place(inventory_eu="redis://127.0.0.1:1/0?sokcet_timeout=1")
    assert problem.id == "redismart.E006"
    assert not checks.may_pass(problem)
    assert "sokcet_timeout" in checks.sentence(problem)


def test_a_server_that_several_apps_and_regions_share_is_asked_once(
    place: Place, bare_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    connect = connections.connect

    def listening(url: str, *, timeout: float) -> connections.ShopRedis:
        asked.append(url)
        return connect(url, timeout=timeout)

    monkeypatch.setattr(connections, "connect", listening)
    problems = place(**dict.fromkeys(("cache", "purchasing", "inventory"), bare_server))
    assert asked.count(bare_server) == 1
    assert [problem.id for problem in problems] == ["redismart.E004", "redismart.E005"]
    assert "cache, purchasing, inventory" in checks.sentence(problems[0])


@pytest.fixture
def _no_second_look(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_seconds: float) -> None:
        raise AssertionError("It waits.")

    monkeypatch.setattr(time, "sleep", refused)


@pytest.mark.usefixtures("_no_second_look")
def test_waiting_ends_at_once_when_all_is_well() -> None:
    call_command("wait_for_redis", seconds=30)


def test_waiting_gives_up_in_time_and_says_for_what(place: Place) -> None:
    place(imagesearch="redis://127.0.0.1:1/0")
    with pytest.raises(CommandError, match="REDISMART_REDIS_IMAGESEARCH_URL"):
        call_command("wait_for_redis", seconds=0.5)


@pytest.mark.usefixtures("_no_second_look")
def test_waiting_does_not_wait_for_what_will_not_pass(place: Place, bare_server: str) -> None:
    place(catalog=bare_server)
    with pytest.raises(CommandError, match="JSON module"):
        call_command("wait_for_redis", seconds=30)


def test_waiting_lasts_until_the_nodes_are_up(installation: Installation) -> None:
    waiting = installation.start("wait_for_redis")
    stack = installation.stack()
    stack.start()
    assert waiting.wait(COMMAND_SECONDS) == 0
    stack.stop()
