"""A real live process for the tests, and a browser's side of its streams."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings

from tests.redis_nodes import ROOT, foreign

START_SECONDS = 120.0
STOP_SECONDS = 120.0


class LiveNotStartedError(RuntimeError):
    """The live process did not answer in time."""


@contextmanager
def serving(*, log: Path, region: str = "us", port: int | None = None) -> Iterator[tuple[str, int]]:
    """The address and process id of a region's live process while it runs."""
    port = port or settings.LIVE_PORT
    own = {name: value for name, value in os.environ.items() if not foreign(name)}
    with log.open("w") as output:
        process = subprocess.Popen(
            command(port), cwd=ROOT, env=own | {"REDISMART_REGION": region}, stdout=output, stderr=output
        )
        try:
            yield _awaited(f"http://127.0.0.1:{port}", process, log), process.pid
        finally:
            process.terminate()
            process.wait(timeout=STOP_SECONDS)


def command(port: int) -> list[str]:
    """As the Procfile has it."""
    line = next(line for line in (ROOT / "Procfile").read_text().splitlines() if line.startswith("live:"))
    _before, _and, after = line.partition("python -m ")
    words = after.split()
    first, last = words.index("--port"), next(place for place, word in enumerate(words) if word.endswith("))}"))
    return [sys.executable, "-m", *words[:first], "--port", str(port), *words[last + 1 :]]


def _awaited(address: str, process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=10).close()
        except OSError:
            time.sleep(0.1)
        else:
            return address
    raise LiveNotStartedError(f"No answer from {address}. The live process said:\n{log.read_text()[-3000:]}")


@contextmanager
def listening(address: str, ticket: str) -> Iterator[Iterator[dict[str, Any]]]:
    """The messages of a stream, as they come."""
    timeout = httpx.Timeout(60.0)
    with httpx.stream("GET", f"{address}/board", params={"ticket": ticket}, timeout=timeout) as response:
        assert response.status_code == httpx.codes.OK
        assert response.headers["content-type"].startswith("text/event-stream")
        yield (json.loads(line.removeprefix("data: ")) for line in response.iter_lines() if line.startswith("data: "))
