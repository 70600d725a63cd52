"""A cache node on a Unix socket serves cache and queues alike."""

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from redismart.redis import binaries
from tests.integration.redismart.conftest import Installation

PASSWORD = "p/w@1"
# In a process of its own: those of the tests may talk to this machine's addresses only.
USE_BOTH = """
from django.core.cache import cache
from django_redis import get_redis_connection
from catalog.tasks import rebuild_suggestions
cache.set("lamp", "on")
rebuild_suggestions.apply_async()
client = get_redis_connection()
print(cache.get("lamp"), client.llen("cache:celery:default"), client.connection_pool.connection_kwargs["db"])
"""


@pytest.fixture
def socket_path(installation: Installation) -> Iterator[Path]:
    """The socket of a redis-server that listens nowhere else. Such paths must be short."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "redis.sock"
        server = str(binaries.packaged().server)
        command = [server, "--port", "0", "--unixsocket", str(path), "--save", "", "--dir", folder]
        with subprocess.Popen([*command, "--requirepass", PASSWORD], stdout=subprocess.DEVNULL) as node:
            try:
                installation.wait_until(path.exists)
                yield path
            finally:
                node.terminate()


def test_cache_and_queues_work_over_a_unix_socket(socket_path: Path, installation: Installation) -> None:
    url = f"unix://:p%2Fw%401@{socket_path}?db=2"
    used = installation.manage("shell", "--no-imports", "-c", USE_BOTH, REDISMART_REDIS_CACHE_URL=url)
    assert used.stdout.split() == ["on", "1", "2"], used.stderr
