"""The first stop signal becomes an exception, at a moment when it does no harm."""

import os
import signal
from collections.abc import Iterator

import pytest

from redismart.signals import STOP_SIGNALS, Stop, raise_on_stop_signals, stop_held_back


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    before = {name: signal.getsignal(name) for name in STOP_SIGNALS}
    raise_on_stop_signals()
    yield
    for name, handler in before.items():
        signal.signal(name, handler)


@pytest.mark.parametrize("name", STOP_SIGNALS, ids=lambda name: name.name)
def test_a_stop_signal_raises_once_and_the_next_is_ignored(name: signal.Signals) -> None:
    with pytest.raises(Stop):
        os.kill(os.getpid(), name)
    for again in STOP_SIGNALS:
        os.kill(os.getpid(), again)


def test_no_handler_of_exceptions_swallows_a_stop() -> None:
    assert not issubclass(Stop, Exception)


def test_a_stop_waits_until_the_held_block_is_done() -> None:
    done = []

    def start_something() -> None:
        with stop_held_back():
            os.kill(os.getpid(), signal.SIGTERM)
            done.append("the rest of the block")

    with pytest.raises(Stop):
        start_something()
    assert done == ["the rest of the block"]


def test_a_held_block_without_a_signal_just_runs() -> None:
    with stop_held_back():
        pass
    with pytest.raises(Stop):
        os.kill(os.getpid(), signal.SIGTERM)
