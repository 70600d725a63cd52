"""One demo at a time on an installation's folder, whatever became of the one before."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

from redismart.demo import leftovers
from redismart.redis import leftovers as node_leftovers
from redismart.redis.server import AlreadyRunningError, exclusive

HANDOVER_SECONDS = 15.0
STOP_SECONDS = 90.0
POLL_SECONDS = 0.1


@contextmanager
def held(var: Path, *, report: Callable[[str], object]) -> Iterator[None]:
    """Hold the installation, after ending what an interrupted start left running.

    Raises ``AlreadyRunningError`` when it is in use.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(exclusive(var / "redis"))
        except AlreadyRunningError as error:
            if leftovers.runs_shop(error.pid):
                raise
            # The holder is gone; processes it had forked still keep its lock.
            leftovers.end(var, report=report)
            stack.enter_context(_patiently(var / "redis"))
        leftovers.end(var, report=report)
        yield


@contextmanager
def _patiently(folder: Path) -> Iterator[None]:
    deadline = time.monotonic() + HANDOVER_SECONDS
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(exclusive(folder))
                break
            except AlreadyRunningError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(POLL_SECONDS)
        yield


def stop(var: Path, *, report: Callable[[str], object]) -> None:
    """Stop whatever runs on the installation: the demo in order, or what an interrupted one left."""
    try:
        with exclusive(var / "redis"):
            pass
    except AlreadyRunningError as error:
        if error.pid is not None and leftovers.runs_shop(error.pid):
            report(f"Stopping process {error.pid}.")
            os.kill(error.pid, signal.SIGTERM)
            node_leftovers.gone(psutil.Process(error.pid), seconds=STOP_SECONDS)
    with held(var, report=report):
        end_nodes(var, report=report)


def end_nodes(var: Path, *, report: Callable[[str], object]) -> None:
    """End the Redis nodes that an interrupted start left running."""
    for record in sorted((var / "redis").glob(f"*/{node_leftovers.PID_FILE}")):
        process = node_leftovers.find(record.parent)
        if process is not None:
            report(f"Ending Redis node {record.parent.name} (process {process.pid}) of an earlier start.")
            node_leftovers.end(process)
