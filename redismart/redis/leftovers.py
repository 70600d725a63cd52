"""Finds Redis nodes that an interrupted start left running, and who holds a port.

A process is only ever ended on proof that it is ours: its id was written down when it was started, and
it is a Redis server that works in the folder of that very node.
"""

import time
from pathlib import Path

import psutil

PID_FILE = "redis.pid"
STOP_SECONDS = 60.0
POLL_SECONDS = 0.05


def record(folder: Path, pid: int) -> None:
    """Write down which process serves the node in ``folder``."""
    (folder / PID_FILE).write_text(str(pid))


def find(folder: Path) -> psutil.Process | None:
    """The process that still serves the node in ``folder``, if any."""
    try:
        process = psutil.Process(int((folder / PID_FILE).read_text()))
        ours = Path(process.cwd()) == folder.resolve() and "redis" in process.name()
    except (OSError, ValueError, psutil.Error):
        return None
    return process if ours else None


def end(process: psutil.Process) -> None:
    """End a node in an orderly way, its last writes on disk; after a minute, at once."""
    try:
        process.terminate()
        if not gone(process, seconds=STOP_SECONDS):
            process.kill()
            gone(process, seconds=STOP_SECONDS)
    except psutil.NoSuchProcess:
        return


def gone(process: psutil.Process, *, seconds: float) -> bool:
    """Wait until a process that may not be a child of ours is gone; whether it was in time."""
    deadline = time.monotonic() + seconds
    while runs(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def runs(process: psutil.Process) -> bool:
    """Whether a process is more than an entry that its parent has not collected yet, which can take long."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def port_user(port: int) -> str:
    """The program that listens on a port, as far as this user may know: ``nginx (process 812)``."""
    try:
        listening = [each for each in psutil.net_connections(kind="tcp") if each.status == psutil.CONN_LISTEN]
        pid = next(each.pid for each in listening if each.laddr and each.laddr.port == port)
        return f"{psutil.Process(pid).name()} (process {pid})" if pid else "another program"
    except (StopIteration, psutil.Error):
        return "another program"
