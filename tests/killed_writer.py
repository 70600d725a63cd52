"""A writer that is killed in the middle of a write, as by a power cut: SIGKILL, at an exact command.

``python -m tests.killed_writer products|categories COUNT AFTER`` writes COUNT documents, of which Redis gets
the first AFTER commands.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from tests.redis_nodes import ROOT

ARRIVAL_SECONDS = 0.2
WRITER_SECONDS = 150


def killed(what: str, *, count: int, after: int) -> None:
    """Run the writer until it is killed."""
    command = [sys.executable, "-m", "tests.killed_writer", what, str(count), str(after)]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "redismart.settings"}
    ended = subprocess.run(command, cwd=ROOT, env=environment, timeout=WRITER_SECONDS, check=False)
    assert ended.returncode == -signal.SIGKILL, ended


def products(count: int) -> list[Any]:
    """What the writer of products writes."""
    from tests.catalogues import product

    return [product(f"killed-{number}", categories=("Audio",)) for number in range(count)]


def categories(count: int) -> list[Any]:
    """What the writer of categories writes."""
    from catalog.models import Category

    return [Category.at((f"Shelf {number}",)) for number in range(count)]


def _die_after(commands: int) -> None:
    """Let the next pipeline send so many commands, and give Redis the time to carry them out."""
    from redis.connection import Connection

    pack: Callable[..., Any] = Connection.pack_commands
    send: Callable[..., None] = Connection.send_packed_command

    def pack_some(connection: Connection, queued: Sequence[Any]) -> Any:
        def send_and_die(connection: Connection, packed: Any, check_health: bool = True) -> None:
            send(connection, packed, check_health)
            time.sleep(ARRIVAL_SECONDS)
            os.kill(os.getpid(), signal.SIGKILL)

        Connection.send_packed_command = send_and_die
        return pack(connection, list(queued)[:commands])

    Connection.pack_commands = pack_some


def _write(what: str, count: int, after: int) -> None:
    import django

    django.setup()
    from catalog import operations

    documents = products(count) if what == "products" else categories(count)
    _die_after(after)
    if what == "products":
        operations.save_products(products=documents)
    else:
        operations.save_categories(categories=documents, overwrite=False)


if __name__ == "__main__":
    _write(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
