"""Nodes that do not answer: a listener that takes connections and says nothing, and a server that is held."""

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from django.conf import settings

from redismart.redis import connections
from redismart.redis.topology import LOOPBACK


@contextmanager
def silent_listener() -> Iterator[str]:
    """The URL of something that accepts every connection and never answers."""
    taken: list[socket.socket] = []
    with socket.create_server((LOOPBACK, 0), backlog=128) as listener:
        threading.Thread(target=_take, args=(listener, taken), daemon=True).start()
        yield f"redis://{LOOPBACK}:{listener.getsockname()[1]}/0"
        listener.shutdown(socket.SHUT_RDWR)
    for connection in taken:
        connection.close()


@contextmanager
def usual_patience() -> Iterator[None]:
    """Inside the block this process gives up on a silent node as soon as a shop does, not as late as other tests."""
    connections.be_patient(1)
    try:
        yield
    finally:
        connections.be_patient(settings.PATIENCE)


@contextmanager
def held(node_folder: Path) -> Iterator[None]:
    """Stop the clock of an embedded node's process inside the block: the system goes on taking its connections."""
    process = psutil.Process(int((node_folder / "redis.pid").read_text()))
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def _take(listener: socket.socket, taken: list[socket.socket]) -> None:
    with suppress(OSError):
        while True:
            taken.append(listener.accept()[0])
