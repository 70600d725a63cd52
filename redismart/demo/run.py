"""From nothing to an open shop, and back in order."""

import socket
from collections.abc import Callable

from django.conf import settings

from redismart.demo import installation, regions
from redismart.demo.errors import DemoError
from redismart.demo.preparation import prepare
from redismart.demo.processes import Shop
from redismart.redis import leftovers
from redismart.redis.topology import LOOPBACK
from redismart.stack import embedded_stack


def run(*, say: Callable[[str], object]) -> None:
    """Run the whole shop until told to stop. ``say`` prints a line.

    Raises ``DemoError``, ``BinariesError``, ``RedisServerError`` or ``CommandError``, each with what to do;
    whatever happens, nothing is left running.
    """
    with installation.held(settings.VAR, report=say):
        _require_ports()
        stack = embedded_stack(report=say)
        say("Starting the Redis nodes.")
        try:
            stack.start()
            prepare(say=say)
            Shop(stack=stack, say=say).run()
        finally:
            stack.stop()


def _require_ports() -> None:
    _require_ports_apart()
    for region in regions.served():
        _require_port(region.port, of=f"the web server of region {region.name}", setting="REDISMART_PORT", other=8080)
        live = f"the live process of region {region.name}"
        _require_port(region.live_port, of=live, setting="REDISMART_LIVE_PORT", other=8090)


def _require_ports_apart() -> None:
    """All are looked for before any is started: none would see another take its port."""
    served = regions.served()
    live = {region.live_port: region.name for region in served}
    if both := next((region for region in served if region.port in live), None):
        raise DemoError(
            f"Port {both.port} is wanted by the web server of region {both.name} and by the live process of region "
            f"{live[both.port]}: set REDISMART_LIVE_PORT and REDISMART_PORT at least {len(served)} apart."
        )
    web = {port for region in served for port in (region.port, region.live_port)}
    if taken := next((node for node in settings.TOPOLOGY.nodes() if node.port in web), None):
        raise DemoError(
            f"Port {taken.port} is wanted by Redis node {taken.name} and by a web server: "
            "set REDISMART_REDIS_BASE_PORT, REDISMART_PORT and REDISMART_LIVE_PORT further apart."
        )


def _require_port(port: int, *, of: str, setting: str, other: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            message = (
                f"Port {port} of {of} is used by {leftovers.port_user(port)}: "
                f"stop that program, or choose another port, such as `{setting}={other} make demo`."
            )
            raise DemoError(message) from None
