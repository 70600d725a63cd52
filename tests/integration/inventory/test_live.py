"""The live process tells open boards of changes within a blink, reads once for all of them, and ends cleanly."""

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from django.core import signing

from inventory import holds, operations
from inventory.live import application, tickets
from inventory.replication import links, shipping
from inventory.results import Line, Operation
from tests import live_process
from tests.integration.inventory.conftest import Store
from tests.redis_nodes import RedisNodes

ORIGIN = "http://shop.test"
LAMP = ("s1", "lamp")
PATIENCE_SECONDS = 60.0
BOARDS = 300
MEGABYTES_NO_SOCKET_KEEPS = 10

Message = dict[str, Any]


@pytest.fixture(scope="module")
def live(redis_stack: RedisNodes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """The address and process id of the live process of region us."""
    with live_process.serving(log=tmp_path_factory.mktemp("live") / "log") as served:
        yield served


@pytest.fixture(autouse=True)
def _indexed(search_indexes: RedisNodes) -> None:
    """Names of places are found in an index."""


@pytest.fixture
def stocked() -> None:
    receive("first", 10)


def receive(operation: str, quantity: int, *, sku: str = "lamp", region: str = "us", why: str = "a delivery") -> None:
    told = Operation(operation, who="ada", why=why, region=region)
    operations.receive(sku=sku, location="s1", quantity=quantity, operation=told)


def ticket(*items: tuple[str, str]) -> str:
    return tickets.issue(items=items or [LAMP], origin=ORIGIN)


def until(messages: Iterator[Message], condition: Callable[[Message], object]) -> Message:
    return next(message for message in messages if condition(message))


def rows(message: Message) -> dict[str, Any]:
    return {row["sku"]: row for row in message["rows"]}


def available(message: Message, region: str = "us") -> int | None:
    row = rows(message).get("lamp")
    return row["available"][region] if row else None


@pytest.mark.usefixtures("stocked")
def test_a_new_board_is_told_all_it_shows(live: tuple[str, int]) -> None:
    with live_process.listening(live[0], ticket()) as messages:
        whole = until(messages, lambda message: message["whole"] and message["events"])
        assert rows(whole)["lamp"] == {
            "location": "s1",
            "sku": "lamp",
            "on_hand": 10,
            "available": {"us": 10, "eu": 0, "ap": 0},
            "held": 0,
            "low": False,
        }
        assert [(event["who"], event["why"], event["region"]) for event in whole["events"]] == [
            ("ada", "a delivery", "us")
        ]


@pytest.mark.usefixtures("stocked")
def test_a_count_is_told_with_its_figure_and_its_difference(live: tuple[str, int]) -> None:
    with live_process.listening(live[0], ticket()) as messages:
        until(messages, lambda message: message["whole"])
        operations.count(sku="lamp", location="s1", counted=8, operation=Operation("counting"))
        told = (event for message in messages for event in message["events"])
        event = next(event for event in told if event["kind"] == "count")
        assert (event["counted"], event["quantity"]) == (8, -2)


def test_an_event_names_its_place(live: tuple[str, int], placed: Store) -> None:
    placed("s1", name="Airport")
    with live_process.listening(live[0], ticket()) as messages:
        receive("known", 1)
        assert place_of(messages, "known") == "Airport"
        placed("s1", name="Old airport")
        receive("renamed", 1)
        assert place_of(messages, "renamed") == "Old airport"


def place_of(messages: Iterator[Message], operation: str) -> str:
    told = (event for message in messages for event in message["events"])
    return str(next(event["place"] for event in told if event["operation"] == operation))


@pytest.mark.usefixtures("stocked")
def test_a_change_is_told_to_a_board_that_is_open(live: tuple[str, int]) -> None:
    with live_process.listening(live[0], ticket()) as messages:
        until(messages, lambda message: message["whole"])
        holds.hold(lines=[Line("s1", "lamp", 3)], operation=Operation("basket"))
        told = until(messages, lambda message: available(message) == 7)
        assert rows(told)["lamp"]["held"] == 3
        last = told["events"] or until(messages, lambda message: message["events"])["events"]
        assert last[-1]["kind"] == "hold"


@pytest.mark.usefixtures("stocked")
def test_what_another_region_did_is_told_once_it_is_shipped(live: tuple[str, int]) -> None:
    with live_process.listening(live[0], ticket()) as messages:
        until(messages, lambda message: message["whole"])
        receive("there", 5, region="eu")
        shipping.ship(source="eu", peer="us")
        told = until(messages, lambda message: rows(message).get("lamp", {}).get("on_hand") == 15)
        assert rows(told)["lamp"]["available"]["eu"] == 5


def test_links_are_told_each_second(live: tuple[str, int]) -> None:
    with live_process.listening(live[0], ticket()) as messages:
        first = until(messages, lambda message: message.get("links"))
        assert {link["peer"] for link in first["links"]} == {"eu", "ap"}
        links.cut(region="us", peer="eu")
        until(messages, lambda message: any(link["said"] == "cut in us" for link in message.get("links", [])))


def test_changes_of_a_moment_are_told_together(live: tuple[str, int]) -> None:
    with live_process.listening(live[0], ticket()) as messages:
        until(messages, lambda message: message["whole"])
        started = time.monotonic()
        for number in range(200):
            receive(f"many-{number}", 1)
        heard = 0
        for message in messages:
            heard += bool(message["rows"])
            if message["rows"] and message["rows"][-1]["on_hand"] == 200:
                break
        assert heard <= 12 * (time.monotonic() - started) + 2


def test_a_board_is_not_told_of_what_it_does_not_show(live: tuple[str, int]) -> None:
    with live_process.listening(live[0], ticket(("s1", "rug"))) as messages:
        until(messages, lambda message: message["whole"])
        receive("unseen", 1)
        receive("seen", 1, sku="rug")
        assert set(rows(until(messages, lambda message: message["rows"] and message["rows"][0]["on_hand"]))) == {"rug"}


def test_only_the_page_that_got_the_ticket_may_read_the_stream(live: tuple[str, int]) -> None:
    with httpx.stream("GET", f"{live[0]}/board", params={"ticket": ticket()}) as response:
        assert response.headers["access-control-allow-origin"] == ORIGIN
        assert response.headers["cache-control"] == "no-store"


def test_without_a_good_ticket_there_is_no_stream(live: tuple[str, int]) -> None:
    for bad in ("", "nonsense", signing.dumps({"items": []}, salt="another")):
        assert httpx.get(f"{live[0]}/board", params={"ticket": bad}).status_code == 403


def test_an_old_ticket_is_refused(live: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    long_ago = time.time() - tickets.SECONDS - 5
    with monkeypatch.context() as patched:
        patched.setattr(time, "time", lambda: long_ago)
        old = ticket()
    assert httpx.get(f"{live[0]}/board", params={"ticket": old}).status_code == 403


@pytest.mark.parametrize("path", ["/", "/inventory/", "/board/x"])
def test_there_is_nothing_else_to_see(live: tuple[str, int], path: str) -> None:
    assert httpx.get(f"{live[0]}{path}").status_code == 404


def connect(address: str, given: str) -> socket.socket:
    parts = httpx.URL(address)
    opened = socket.create_connection((parts.host, parts.port or 80), timeout=PATIENCE_SECONDS)
    head = f"GET /live/board?ticket={given} HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n"
    opened.sendall(head.encode())
    return opened


@pytest.mark.usefixtures("stocked")
def test_hundreds_of_boards_hear_of_a_change(live: tuple[str, int]) -> None:
    opened = [connect(live[0], ticket()) for _board in range(BOARDS)]
    for each in opened:
        heard(each, b'"whole":true')
    receive("for-all", 7)
    for each in opened:
        heard(each, b'"on_hand":17')
    for each in opened:
        each.close()


def heard(opened: socket.socket, words: bytes) -> None:
    text = b""
    while words not in text:
        received = opened.recv(65_536)
        assert received, "the stream ended"
        text += received


def test_a_board_that_takes_nothing_costs_no_memory(live: tuple[str, int]) -> None:
    process = psutil.Process(live[1])
    family = [process, *process.children(recursive=True)]
    opened = [connect(live[0], ticket()) for _board in range(50)]
    for each in opened:
        heard(each, b'"whole":true')
    before = sum(each.memory_info().rss for each in family)
    for number in range(1_000):
        receive(f"unread-{number}", 1)
    assert sum(each.memory_info().rss for each in family) - before < 30_000_000
    for each in opened:
        each.close()


def test_a_board_that_takes_nothing_for_long_is_dropped(live: tuple[str, int]) -> None:
    with connect(live[0], ticket()) as slow, live_process.listening(live[0], ticket()) as messages:
        heard(slow, b'"whole":true')
        for number in range(MEGABYTES_NO_SOCKET_KEEPS):
            receive(f"unread-{number}", 1, why="x" * 1_000_000)
            until(messages, lambda message: message["events"])
        # Links are told once a second by the live process's own clock.
        ticks = (message for message in messages if message.get("links"))
        for _second in range(int(application.SLOW_SECONDS) + 2):
            next(ticks)
        receive("last", 1)
        assert ends_without(slow, b'"on_hand":%d' % (MEGABYTES_NO_SOCKET_KEEPS + 1))


def ends_without(opened: socket.socket, words: bytes) -> bool:
    text = b""
    while received := opened.recv(65_536):
        text = text[-len(words) :] + received
        if words in text:
            return False
    return True


def test_it_ends_when_told_to_however_many_boards_are_open(redis_nodes: RedisNodes, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with live_process.serving(log=log, port=redis_nodes.topology.base_port + 12) as (address, pid):
        opened = [connect(address, ticket()) for _board in range(20)]
        for each in opened:
            heard(each, b'"whole":true')
        psutil.Process(pid).terminate()
        # Each stream ends, long before it would have by itself.
        assert PATIENCE_SECONDS < application.LONGEST_SECONDS / 2
        for each in opened:
            while each.recv(65_536):
                pass
            each.close()
    assert "Traceback" not in log.read_text()


def test_the_procfile_runs_it() -> None:
    assert "inventory.live.application:application" in live_process.command(1)
