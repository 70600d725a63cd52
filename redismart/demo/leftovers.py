"""Ends what an interrupted start left running.

Every process that the demo starts carries the folder of its installation in its environment, which its
own children inherit. That mark is the proof that a process is ours; it needs no list that could be stale.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

MARK = "REDISMART_DEMO"
STOP_SECONDS = 10.0
POLL_SECONDS = 0.1


def marked(var: Path) -> list[psutil.Process]:
    """The running processes that a demo of this installation has started."""
    return [process for process in psutil.process_iter() if _mark(process) == str(var)]


def end(var: Path, *, report: Callable[[str], object] = lambda _line: None) -> None:
    """End them all, politely first, and wait until they are gone."""
    found = marked(var)
    if not found:
        return
    report(f"Ending {len(found)} processes of an earlier start: {', '.join(str(process.pid) for process in found)}.")
    _signal(found, psutil.Process.terminate)
    deadline = time.monotonic() + STOP_SECONDS
    while (left := marked(var)) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    _signal(left, psutil.Process.kill)


def runs_shop(pid: int | None) -> bool:
    """Whether a process is one of the project's commands."""
    try:
        return pid is not None and any(part.endswith("manage.py") for part in psutil.Process(pid).cmdline())
    except psutil.Error:
        return False


def _mark(process: psutil.Process) -> str | None:
    # Other people's processes do not show their environment, and some end while we look.
    try:
        return process.environ().get(MARK)
    except (psutil.Error, OSError):
        return None


def _signal(processes: list[psutil.Process], send: Callable[[psutil.Process], None]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            send(process)
