"""Bars are drawn where they can be seen."""

import os
import pty
import sys
import termios
from collections.abc import Iterator
from io import StringIO
from typing import IO

import pytest

from redismart.management.terminal import draws_bars


@pytest.fixture
def terminal() -> Iterator[IO[str]]:
    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as opened:
        yield opened
    os.close(master)


@pytest.mark.parametrize(("columns", "draws"), [(0, False), (10, False), (80, True)])
def test_a_terminal_needs_room_for_a_bar(
    terminal: IO[str], monkeypatch: pytest.MonkeyPatch, columns: int, draws: bool
) -> None:
    termios.tcsetwinsize(terminal.fileno(), (24, columns))
    monkeypatch.setattr(sys, "stderr", terminal)
    assert draws_bars() is draws


def test_a_file_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", StringIO())
    assert not draws_bars()
