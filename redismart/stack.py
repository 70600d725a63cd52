"""The embedded Redis nodes that the settings describe."""

from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from redismart.redis import binaries
from redismart.redis.server import Stack


def embedded_stack(*, report: Callable[[str], object]) -> Stack:
    """The stack of this installation, not started yet. Raises ``BinariesError``."""
    server = settings.REDIS_SERVER
    found = binaries.installed(Path(server)) if server else binaries.packaged()
    return Stack(topology=settings.TOPOLOGY, folder=settings.VAR / "redis", binaries=found, report=report)
