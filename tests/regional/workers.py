"""Celery's processes of a region, as the Procfile runs them, on the real broker."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from inventory import tasks
from tests.redis_nodes import ROOT

PATIENCE_SECONDS = 150.0
QUIET = ("--loglevel", "WARNING")
ALONE = ("--without-gossip", "--without-mingle")

Process = subprocess.Popen[bytes]


@contextmanager
def worker(region: str, log: Path, *, changed: str = "") -> Iterator[Process]:
    """``changed``: what is done to it before it starts, in Python; ``app`` is Celery's."""
    options = ["--queues", tasks.queue_of(region), "--pool", "threads", "--concurrency", "4"]
    with _celery(region, ["worker", *QUIET, *options, *ALONE], log, changed) as process:
        yield process


@contextmanager
def beat(region: str, log: Path) -> Iterator[Process]:
    """Orders what the schedule says."""
    with _celery(region, ["beat", *QUIET, "--schedule", f"{log}-schedule", "--pidfile="], log, "") as process:
        yield process


def wait_until(condition: Callable[[], object], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


def kill(process: Process) -> None:
    process.kill()
    process.wait(PATIENCE_SECONDS)


@contextmanager
def _celery(region: str, arguments: list[str], log: Path, changed: str) -> Iterator[Process]:
    code = f"from redismart.celery import app\n{changed}\napp.start({['--quiet', *arguments]!r})"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "redismart.settings", "REDISMART_REGION": region},
            stdout=output,
            stderr=output,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)
