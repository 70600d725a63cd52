"""The breaker trips on silence, not on slowness, and lets one probe through at a time."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from redis.exceptions import ConnectionError as NodeConnectionError
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as NodeTimeoutError

from redismart.redis.breaker import Breaker, NodeSilentError

TIMEOUT = 1.0
REST = 2.0


class Node:
    """A node behind a breaker, on a clock that moves only when told to."""

    def __init__(self) -> None:
        self.now = 100.0
        self.asked = 0
        self.breaker = Breaker(trips_after=3, rest=REST, clock=lambda: self.now)

    def ask(self, answer: Callable[[], None] = lambda: None) -> None:
        with self.breaker.guarding():
            self.asked += 1
            answer()

    def silence(self, times: int = 1) -> None:
        for _ in range(times):
            with suppress(NodeTimeoutError):
                self.ask(self.no_answer)

    def no_answer(self) -> None:
        self.now += TIMEOUT
        raise NodeTimeoutError

    def rests(self) -> bool:
        before = self.asked
        with suppress(NodeSilentError):
            self.ask()
        return self.asked == before


@pytest.fixture
def node() -> Node:
    return Node()


def refused() -> None:
    raise NodeConnectionError


def wrong() -> None:
    raise ResponseError


def test_some_time_outs_in_a_row_trip_it(node: Node) -> None:
    node.silence(3)
    with pytest.raises(NodeSilentError):
        node.ask()
    assert node.asked == 3


def test_fewer_do_not(node: Node) -> None:
    node.silence(2)
    assert not node.rests()


@pytest.mark.parametrize("error", [None, refused, wrong])
def test_any_answer_starts_the_count_again(node: Node, error: Callable[[], None] | None) -> None:
    node.silence(2)
    with suppress(NodeConnectionError, ResponseError):
        node.ask(error or (lambda: None))
    node.silence(2)
    assert not node.rests()


def test_a_slow_command_of_a_node_that_answers_others_does_not_count(node: Node) -> None:
    def others_are_answered() -> None:
        node.now += TIMEOUT
        node.ask()
        raise NodeTimeoutError

    for _ in range(10):
        with suppress(NodeTimeoutError):
            node.ask(others_are_answered)
    assert not node.rests()


def test_an_answer_from_just_before_the_silence_does_not_hide_it(node: Node) -> None:
    three = (node.breaker.guarding() for _ in range(3))
    with suppress(NodeTimeoutError), next(three), next(three), next(three):
        node.ask()
        node.no_answer()
    assert node.rests()


def test_after_its_rest_it_is_asked_again_by_one_command_only(node: Node) -> None:
    node.silence(3)
    node.now += REST

    def meanwhile() -> None:
        assert node.rests()
        node.no_answer()

    with pytest.raises(NodeTimeoutError):
        node.ask(meanwhile)
    assert node.asked == 4
    assert node.rests()


def test_a_probe_that_is_answered_ends_the_rest(node: Node) -> None:
    node.silence(3)
    node.now += REST
    assert not node.rests()
    assert not node.rests()


def test_a_probe_that_never_tells_does_not_close_it_for_ever(node: Node) -> None:
    node.silence(3)
    node.now += REST
    with suppress(KeyboardInterrupt):
        node.ask(lambda: (_ for _ in ()).throw(KeyboardInterrupt))
    assert node.rests()
    node.now += REST
    assert not node.rests()
