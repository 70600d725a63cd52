"""Runs lines of the Procfile as the demo does, so that what is measured is what is served."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from honcho.environ import parse_procfile

from bench.browser import Browser, PageError

START_SECONDS = 60.0
STOP_SECONDS = 30.0
POLL_SECONDS = 0.1


class NotStartedError(RuntimeError):
    """A process of the shop did not start; the message says which and shows its last lines."""


@contextmanager
def procfile_line(name: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a line of the Procfile, with everything it starts, until the block ends."""
    commands: dict[str, str] = dict(parse_procfile((settings.BASE_DIR / "Procfile").read_text()).processes)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    with _log(name).open("wb") as log:
        process = subprocess.Popen(
            ["/bin/sh", "-c", commands[name]],
            cwd=settings.BASE_DIR,
            env=os.environ | {"PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # A group of its own: ended as a whole, and not by the Ctrl-C that ends the benchmark.
            start_new_session=True,
        )
        try:
            yield process
        finally:
            _end(process)


@contextmanager
def web_server() -> Iterator[subprocess.Popen[bytes]]:
    """The web server, open. Raises ``NotStartedError``."""
    with _open("web", settings.WEB_PORT) as process:
        yield process


@contextmanager
def live_process() -> Iterator[subprocess.Popen[bytes]]:
    """What tells boards of changes, open. Raises ``NotStartedError``."""
    with _open("live", settings.LIVE_PORT) as process:
        yield process


@contextmanager
def _open(name: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    with procfile_line(name) as process:
        _wait_until_open(process, name, port)
        yield process


def _wait_until_open(process: subprocess.Popen[bytes], name: str, port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with Browser(port) as browser:
                browser.get("/healthz")
        except (OSError, PageError):
            time.sleep(POLL_SECONDS)
        else:
            return
    lines = _log(name).read_text(errors="replace").strip().splitlines()[-10:]
    raise NotStartedError("\n".join([f"The Procfile's {name} did not open. Its last lines:", *lines]))


def _end(process: subprocess.Popen[bytes]) -> None:
    for name in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, name)
            process.wait(STOP_SECONDS)
        except ProcessLookupError:
            process.wait()
            return
        except subprocess.TimeoutExpired:
            continue


def _log(name: str) -> Path:
    folder: Path = settings.VAR / "logs"
    folder.mkdir(exist_ok=True)
    return folder / f"{name}.log"
