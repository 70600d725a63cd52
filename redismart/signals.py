"""Turns the signals that ask a process to stop into an exception, so that ``finally`` puts all in order."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop(BaseException):
    """The process was told to stop. Not an ``Exception``: nothing on the way may swallow it."""


class _Held:
    """Whether stop signals wait, and whether one is waiting."""

    back = False
    arrived = False


def raise_on_stop_signals() -> None:
    """From now on the first stop signal raises ``Stop``; a second does not disturb the orderly end."""
    for name in STOP_SIGNALS:
        signal.signal(name, _raise_stop)


def ignore_stop_signals() -> None:
    """From now on only SIGKILL interrupts this process."""
    for name in STOP_SIGNALS:
        signal.signal(name, signal.SIG_IGN)


@contextmanager
def stop_held_back() -> Iterator[None]:
    """Let ``Stop`` wait until the block is done: between starting a process and knowing of it."""
    _Held.back = True
    try:
        yield
    finally:
        arrived, _Held.back, _Held.arrived = _Held.arrived, False, False
        if arrived:
            raise Stop


def _raise_stop(_signal: int, _frame: FrameType | None) -> None:
    ignore_stop_signals()
    _Held.arrived = _Held.back
    if not _Held.back:
        raise Stop
