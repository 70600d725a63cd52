"""Installations of their own for the tests that start, break and stop whole ones."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from django.conf import settings

from redismart.redis import binaries
from redismart.redis.server import Stack
from tests.redis_nodes import ROOT, PortRange, environment, reserve_ports, topology

COMMAND_SECONDS = 150.0
ANNOUNCEMENT = "RedisMart is open"
POLL_SECONDS = 0.05


class Installation:
    """A shop in a folder and on ports of its own."""

    def __init__(self, *, var: Path, ports: PortRange) -> None:
        self.var = var
        self.ports = ports
        self.topology = topology(var=var, ports=ports)
        self.started: list[subprocess.Popen[Any]] = []
        self.environment = os.environ | environment(var=var, ports=ports)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports.web}"

    def manage(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run a management command to its end."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment | settings,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )

    def start(self, *arguments: str, **settings: str) -> subprocess.Popen[str]:
        """Start a management command and leave it running; its output is in ``output``."""
        with (self.var / "output").open("a") as output:
            command = subprocess.Popen(
                [sys.executable, "manage.py", *arguments],
                cwd=ROOT,
                env=self.environment | settings,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        self.started.append(command)
        return command

    def output(self) -> str:
        """All that started commands have printed so far."""
        return (self.var / "output").read_text()

    def start_demo(self, **settings: str) -> subprocess.Popen[str]:
        """Start the demo and wait until the shop is open."""
        demo = self.start("demo", **settings)
        said = self.output().count(ANNOUNCEMENT)
        # It answers before it says so.
        self.wait_until(lambda: self.output().count(ANNOUNCEMENT) > said or demo.poll() is not None)
        assert demo.poll() is None, self.output()
        return demo

    def open(self) -> bool:
        """Whether the web server answers."""
        try:
            return httpx.get(f"{self.url}/healthz").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def wait_until(self, condition: Callable[[], object], *, seconds: float = COMMAND_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"not in time; the output so far:\n{self.output()}"
            time.sleep(POLL_SECONDS)

    def processes(self) -> list[psutil.Process]:
        """Every running process of this installation, whoever started it."""
        return [process for process in psutil.process_iter() if self._owns(process)]

    def names(self) -> set[str]:
        """What its running processes are called."""
        found = set()
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                found.add(process.name())
        return found

    def _owns(self, process: psutil.Process) -> bool:
        try:
            running = process.status() != psutil.STATUS_ZOMBIE
            named = process.environ().get("REDISMART_VAR") == str(self.var)
            return running and (named or Path(process.cwd()).is_relative_to(self.var / "redis"))
        except (psutil.Error, OSError):
            return False

    def end(self) -> None:
        """End what a failed test may have left."""
        left = self.processes()
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        for command in self.started:
            command.wait(COMMAND_SECONDS)
        psutil.wait_procs(left, timeout=COMMAND_SECONDS)

    def stack(self) -> Stack:
        """Its Redis nodes, not started yet."""
        return Stack(topology=self.topology, folder=self.var / "redis", binaries=binaries.packaged())


def give_towns(var: Path) -> None:
    """The gazetteer that these tests have written already, if any: writing it takes ten seconds of a core."""
    with suppress(FileNotFoundError):
        shutil.copytree(settings.VAR / "towns", var / "towns")


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """An installation that has never run. Nothing of it survives the test."""
    ports = reserve_ports()
    made = Installation(var=tmp_path.resolve(), ports=ports)
    give_towns(made.var)
    try:
        yield made
    finally:
        made.end()
        ports.lock.close()
