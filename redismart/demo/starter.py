"""Notices that ``make``, having started the demo, was itself told to stop.

Ctrl-C in a terminal reaches every process. A signal sent to make alone does not: make then waits for its
command to end, and tells it nothing.
"""

import os
import signal
from pathlib import Path

import psutil

MAKES = ("make", "gmake")


class Starter:
    """The process that started this one."""

    def __init__(self) -> None:
        self._pid = os.getppid()
        self._is_make = _name(self._pid) in MAKES

    def wants_an_end(self) -> bool:
        """Whether it is a make that has ended, or that waits for our end to give in to an interrupt."""
        return self._is_make and (os.getppid() != self._pid or _holds_back(self._pid, signal.SIGINT))


def _name(pid: int) -> str:
    try:
        return psutil.Process(pid).name()
    except psutil.Error:
        return ""


def _holds_back(pid: int, name: signal.Signals) -> bool:
    """Whether a process blocks a signal, as its handler does while it runs. Known on Linux only."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return False
    blocked = next((int(line.split()[1], 16) for line in lines if line.startswith("SigBlk:")), 0)
    return bool(blocked >> (name - 1) & 1)
