"""How visits are made and timed."""

import threading
import time
from collections import Counter

import pytest

from bench import measuring
from bench.browser import PageError

ADDRESSES = ["/", "/search/", "/product/1/"]
PATIENCE_SECONDS = 60.0


def test_pages_and_bare_commands_are_taken_in_turns_at_the_same_addresses() -> None:
    visited: list[tuple[str, str]] = []
    measuring.alternating(
        lambda address: visited.append(("page", address)),
        lambda address: visited.append(("bare", address)),
        ADDRESSES,
        seconds=0.01,
    )
    pairs = list(zip(visited[::2], visited[1::2], strict=True))
    assert all(first[1] == second[1] and {first[0], second[0]} == {"page", "bare"} for first, second in pairs)


@pytest.mark.parametrize("addresses", [ADDRESSES, ADDRESSES[:2], ADDRESSES[:1]])
def test_neither_pages_nor_bare_commands_always_go_first_at_an_address(addresses: list[str]) -> None:
    visited: list[tuple[str, str]] = []
    measuring.alternating(
        lambda address: visited.append((address, "page")),
        lambda address: visited.append((address, "bare")),
        addresses,
        seconds=0.02,
    )
    first = Counter(visited[::2])
    assert all(abs(first[address, "page"] - first[address, "bare"]) <= 1 for address in addresses)


def test_every_address_is_visited_however_short_the_time() -> None:
    visited: list[str] = []
    measuring.alternating(visited.append, lambda _address: None, ADDRESSES, seconds=0.001)
    assert {*visited} == {*ADDRESSES}


class Clock:
    """Stands still but for those who sleep."""

    def __init__(self) -> None:
        self.now = 5.0

    def perf_counter(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """What ``bench.measuring`` takes the time from."""
    found = Clock()
    monkeypatch.setattr(measuring, "time", found)
    return found


def test_slow_pages_end_after_a_bounded_overtime(clock: Clock) -> None:
    visits, _bare = measuring.alternating(
        lambda _address: clock.sleep(0.02), lambda _address: None, ["/"] * 1_000, seconds=0.02
    )
    assert len(visits) <= measuring.OVERTIME + 1


def test_durations_are_in_milliseconds(clock: Clock) -> None:
    pages, bare = measuring.alternating(lambda _address: clock.sleep(0.02), lambda _address: None, ["/"], seconds=0.05)
    assert pages == pytest.approx([20.0] * 3)
    assert bare == [0.0] * 3


class Meeting:
    """Clients whose first visits last until all of them are inside at once."""

    def __init__(self, clients: int) -> None:
        self._all_inside = threading.Barrier(clients)
        self._begun = threading.local()
        self.first: list[str] = []

    def visit(self, address: str) -> None:
        if not getattr(self._begun, "yet", False):
            self._begun.yet = True
            self.first.append(address)
            self._all_inside.wait(PATIENCE_SECONDS)


def test_several_clients_visit_at_the_same_time() -> None:
    meeting = Meeting(4)
    run = measuring.together([meeting.visit] * 4, ADDRESSES, seconds=0.05)
    assert len(meeting.first) == 4
    assert len(run.milliseconds) >= 4


def test_clients_begin_at_different_addresses() -> None:
    meeting = Meeting(3)
    measuring.together([meeting.visit] * 3, ADDRESSES, seconds=0.05)
    assert sorted(meeting.first) == sorted(ADDRESSES)


def test_a_page_that_fails_ends_the_run_with_its_error() -> None:
    def fails(address: str) -> None:
        raise PageError(f"{address} was answered with 500.")

    with pytest.raises(PageError, match="500"):
        measuring.together([fails, lambda _address: time.sleep(0.01)], ADDRESSES, seconds=30)


def test_no_thread_is_left_behind() -> None:
    before = threading.active_count()
    measuring.together([lambda _address: time.sleep(0.01)] * 8, ADDRESSES, seconds=0.05)
    assert threading.active_count() == before


def test_a_pace_is_even_and_whoever_falls_behind_makes_it_good(clock: Clock) -> None:
    moments = []
    for number in measuring.paced(6, per_second=4):
        moments.append(clock.now - 5.0)
        if number == 1:
            clock.now += 0.625
    assert moments == [0.0, 0.25, 0.875, 0.875, 1.0, 1.25]
