"""From nothing to an open shop, and back in order."""

import socket
from collections.abc import Callable

from django.conf import settings

from redismart.demo import installation, regions
from redismart.demo.errors import DemoError
from redismart.demo.preparation import prepare
from redismart.demo.processes import Shop
from redismart.demo.regions import Region
from redismart.redis import leftovers
from redismart.redis.topology import LOOPBACK
from redismart.stack import embedded_stack


def run(*, say: Callable[[str], object]) -> None:
    """Run the whole shop until told to stop. ``say`` prints a line.

    Raises ``DemoError``, ``BinariesError``, ``RedisServerError`` or ``CommandError``, each with what to do;
    whatever happens, nothing is left running.
    """
    with installation.held(settings.VAR, report=say):
        _require_web_ports()
        stack = embedded_stack(report=say)
        say("Starting the Redis nodes.")
        try:
            stack.start()
            prepare(say=say)
            Shop(stack=stack, say=say).run()
        finally:
            stack.stop()


def _require_web_ports() -> None:
    for region in regions.served():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, region.port))
            except OSError:
                raise DemoError(_port_taken(region)) from None


def _port_taken(region: Region) -> str:
    user = leftovers.port_user(region.port)
    return (
        f"Port {region.port} of the web server of region {region.name} is used by {user}: "
        f"stop that program, or choose another port, such as `REDISMART_PORT=8080 make demo`."
    )
