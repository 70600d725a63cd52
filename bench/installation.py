"""A shop of the benchmark's own: Redis nodes, web server and worker on free ports, in a temporary folder.

The settings are made before Django reads them, so that nothing of a developer's own shop is touched.
"""

import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from redismart.redis.topology import LOOPBACK

ROOT = Path(__file__).resolve().parent.parent
FIRST_PORT, LAST_PORT, PORTS_NEEDED = 12_000, 19_000, 20
# Rates for the currencies of the catalogues measured, so that their products have comparable prices.
EXCHANGE_RATES = "GBP=1.27,EUR=1.08,INR=0.012"
KEPT = ("REDISMART_TEST_DATA",)
"""About what is measured, not about a shop."""


class NoFreePortsError(RuntimeError):
    """Every range of ports is in use."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the benchmark's shop lives: its folder, and the first of its ports."""

    folder: Path
    first_port: int

    @property
    def web_port(self) -> int:
        return self.first_port + PORTS_NEEDED - 1

    @property
    def live_port(self) -> int:
        return self.web_port - 1

    def environment(self) -> dict[str, str]:
        """The settings of the shop, as environment variables."""
        return {
            "DJANGO_SETTINGS_MODULE": "redismart.settings",
            "REDISMART_ENV_FILE": "",
            "REDISMART_VAR": str(self.folder),
            "REDISMART_REDIS_BASE_PORT": str(self.first_port),
            "REDISMART_PORT": str(self.web_port),
            "REDISMART_LIVE_PORT": str(self.live_port),
            # It would take its part of loading and of pages; what measures a replica starts one.
            "REDISMART_CATALOG_REPLICAS": "false",
            "REDISMART_EXCHANGE_RATES": EXCHANGE_RATES,
            # One visitor fills thousands.
            "REDISMART_GUEST_CARTS": "1000000",
            "REDISMART_LOG_LEVEL": "WARNING",
        }


@contextmanager
def temporary_place() -> Iterator[Place]:
    """A folder that is gone afterwards, and free ports."""
    folder = Path(tempfile.mkdtemp(prefix="redismart-bench-"))
    try:
        yield Place(folder, _free_ports())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running_nodes(place: Place) -> Iterator[None]:
    """The shop's Redis nodes, indexes and static files; Django is set up in this process.

    Raises ``RedisServerError`` and ``BinariesError`` with what to do.
    """
    _set_up_django(place)
    from redismart.redis import connections
    from redismart.stack import embedded_stack

    stack = embedded_stack(report=print)
    stack.start()
    try:
        _prepare()
        yield
    finally:
        connections.close()
        stack.stop()


def wait_until_quiet(*, patience: float = 90.0, window: float = 0.5, idle_share: float = 0.1) -> None:
    """Return once this process's children, Redis nodes above all, have less than ``idle_share`` of a core to do.

    After loading, Redis tidies its indexes and rewrites its log, and the worker prepares counts.
    """
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        before = _seconds_used(psutil.Process().children(recursive=True))
        time.sleep(window)
        after = _seconds_used(psutil.Process().children(recursive=True))
        if after - before < window * idle_share:
            return


def _seconds_used(processes: list[psutil.Process]) -> float:
    return sum(times.user + times.system for times in (process.cpu_times() for process in processes))


def _set_up_django(place: Place) -> None:
    for name in [name for name in os.environ if _is_setting(name)]:
        del os.environ[name]
    os.environ.update(place.environment())
    import django

    django.setup()


def _is_setting(name: str) -> bool:
    return name.startswith(("REDISMART_", "DATABASE_URL")) and name not in KEPT


def _prepare() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    call_command("create_indexes", verbosity=0)


def _free_ports() -> int:
    for first in range(FIRST_PORT, LAST_PORT, PORTS_NEEDED):
        if all(_free(port) for port in range(first, first + PORTS_NEEDED)):
            return first
    raise NoFreePortsError(f"No {PORTS_NEEDED} free ports in a row between {FIRST_PORT} and {LAST_PORT}.")


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
