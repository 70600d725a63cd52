"""Real Redis nodes for the tests: a port range and a folder of their own for every test process.

The nodes belong to a keeper, a process that ends when its standard input closes. However a test run
dies, its end of that pipe closes with it: no node and no file outlives the run.
"""

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

import redis

from redismart.redis import binaries
from redismart.redis.server import Stack
from redismart.redis.topology import LOOPBACK, OPERATOR, Node, Topology

ROOT = Path(__file__).resolve().parent.parent
REGIONS = ("us", "eu", "ap")
# Below the range from which systems take the ports of outgoing connections.
FIRST_PORT, LAST_PORT, RANGE_SIZE, WEB_PORT, LIVE_PORT, MORE_PORTS = 20_000, 32_000, 40, 20, 30, 34
READY = "ready"
STOP_SECONDS = 150.0
OWN_SETTINGS = frozenset(
    {
        "REDISMART_ENV_FILE",
        "REDISMART_VAR",
        "REDISMART_REDIS_BASE_PORT",
        "REDISMART_PORT",
        "REDISMART_LIVE_PORT",
        "REDISMART_REGIONS",
        "REDISMART_REGION",
        "REDISMART_CATALOG_REPLICAS",
        "REDISMART_PATIENCE",
        # About the tests themselves:
        "REDISMART_TEST_DATA",
        "REDISMART_REQUIRE_BROWSER",
    }
)


class NoFreePortsError(RuntimeError):
    """Every port range is taken."""


class NodesNotStartedError(RuntimeError):
    """The keeper could not start the nodes."""


@dataclass(frozen=True, slots=True)
class PortRange:
    """``RANGE_SIZE`` free ports from ``first`` on, ours while ``lock`` stays open."""

    first: int
    lock: IO[str]

    @property
    def web(self) -> int:
        """The port of the first region's web server, which others follow; the Redis nodes count up from ``first``."""
        return self.first + WEB_PORT

    @property
    def live(self) -> int:
        """The port for a live process."""
        return self.first + LIVE_PORT


def reserve_ports() -> PortRange:
    """Reserve a port range against every other test process on this machine."""
    folder = Path(tempfile.gettempdir()) / "redismart-test-ports"
    folder.mkdir(exist_ok=True)
    for first in range(FIRST_PORT, LAST_PORT, RANGE_SIZE):
        lock = (folder / str(first)).open("w")
        if _locked(lock) and all(_free(port) for port in range(first, first + RANGE_SIZE)):
            return PortRange(first, lock)
        lock.close()
    raise NoFreePortsError(f"No {RANGE_SIZE} free ports between {FIRST_PORT} and {LAST_PORT}.")


def unused_port() -> int:
    """A port of this test process for one more web server. Two on the same would share its visitors unnoticed."""
    first = int(os.environ["REDISMART_PORT"]) + MORE_PORTS - WEB_PORT
    return next(port for port in range(first, first + RANGE_SIZE - MORE_PORTS) if _free(port))


def environment(*, var: Path, ports: PortRange) -> dict[str, str]:
    """The settings of an installation of its own in ``var``."""
    return {
        "REDISMART_ENV_FILE": "",
        "REDISMART_VAR": str(var),
        "REDISMART_REDIS_BASE_PORT": str(ports.first),
        "REDISMART_PORT": str(ports.web),
        "REDISMART_LIVE_PORT": str(ports.live),
        "REDISMART_REGIONS": ",".join(REGIONS),
        "REDISMART_REGION": REGIONS[0],
        # Nodes that most tests do not need; those that do say so.
        "REDISMART_CATALOG_REPLICAS": "false",
        # A badge that is missing because the machine was busy for 0.2 s would fail a test of something else.
        "REDISMART_PATIENCE": "30",
    }


def foreign(name: str) -> bool:
    """Whether an environment variable is a setting of the developer's own shop, which no test may touch."""
    return name.startswith(("REDISMART_", "DATABASE_URL")) and name not in OWN_SETTINGS


def topology(*, var: Path, ports: PortRange) -> Topology:
    """The nodes that ``environment`` leads to."""
    secret = var / "redis" / "secret"
    return Topology(region=REGIONS[0], regions=REGIONS, base_port=ports.first, secret_file=secret)


class RedisNodes:
    """The nodes of one test process, run by a keeper. A context manager."""

    def __init__(self, *, var: Path, ports: PortRange) -> None:
        self.topology = topology(var=var, ports=ports)
        self.folder = var / "redis"
        self._command = [sys.executable, "-m", "tests.redis_nodes", str(var), str(ports.first)]
        self._operators: list[redis.Redis] = []
        self._keeper: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        keeper = subprocess.Popen(
            self._command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # Ctrl-C ends the tests first; the nodes follow when the pipe closes.
            start_new_session=True,
        )
        self._keeper = keeper
        if keeper.stdout is None or keeper.stdout.readline().strip() != READY:
            self.__exit__()
            raise NodesNotStartedError("The Redis nodes of the tests did not start: see the lines above.")
        self._operators = [self.operator(node) for node in self.topology.nodes()]
        return self

    def __exit__(self, *_error: object) -> None:
        for operator in self._operators:
            operator.close()
        if self._keeper is not None:
            self._keeper.communicate(timeout=STOP_SECONDS)

    def operator(self, node: Node) -> redis.Redis:
        """A client with full rights on the node."""
        return redis.Redis.from_url(self.topology.embedded_url(node, user=OPERATOR), decode_responses=True)

    def flush(self) -> None:
        """Empty every node; its indexes go with their documents."""
        for operator in self._operators:
            operator.flushall()


def _keep(var: Path, first_port: int) -> None:
    """Run the nodes until standard input closes, then remove them with their folder."""
    nodes = Topology(region=REGIONS[0], regions=REGIONS, base_port=first_port, secret_file=var / "redis" / "secret")
    stack = Stack(topology=nodes, folder=var / "redis", binaries=binaries.packaged())
    try:
        stack.start()
        print(READY, flush=True)  # noqa: T201
        sys.stdin.read()
    finally:
        stack.stop()
        shutil.rmtree(var, ignore_errors=True)


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


if __name__ == "__main__":
    _keep(Path(sys.argv[1]), int(sys.argv[2]))
