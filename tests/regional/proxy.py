"""A TCP proxy on loopback that does to a link what networks do: refuse, swallow one direction, delay."""

import socket
import threading
import time
from contextlib import suppress
from enum import StrEnum
from typing import Self

from redismart.redis.topology import LOOPBACK

CHUNK = 65_536
POLL_SECONDS = 0.2


class Mode(StrEnum):
    """What becomes of a link's traffic."""

    PASS = "pass"
    REFUSE = "refuse"
    SWALLOW_REQUESTS = "swallow requests"
    SWALLOW_REPLIES = "swallow replies"


class Proxy:
    """Forwards connections to a port. A context manager."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.mode = Mode.PASS
        self.delay = 0.0
        self._closed = False
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def set(self, mode: Mode, *, delay: float = 0.0) -> None:
        """From now on; connections made before end when links are refused or healed."""
        before, self.mode, self.delay = self.mode, mode, delay
        if mode is Mode.REFUSE or before is not Mode.PASS:
            self._drop()

    def close(self) -> None:
        self._closed = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._drop()

    def _drop(self) -> None:
        with self._guard:
            connections, self._open = self._open, set()
        for connection in connections:
            _end(connection)

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            if self.mode is Mode.REFUSE:
                _end(client)
                continue
            try:
                server = socket.create_connection((LOOPBACK, self.target))
            except OSError:
                _end(client)
                continue
            with self._guard:
                self._open |= {client, server}
            for source, sink, swallowed in (
                (client, server, Mode.SWALLOW_REQUESTS),
                (server, client, Mode.SWALLOW_REPLIES),
            ):
                threading.Thread(target=self._pump, args=(source, sink, swallowed), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, swallowed: Mode) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK):
                if self.delay:
                    time.sleep(self.delay)
                if self.mode is not swallowed:
                    sink.sendall(data)
        with self._guard:
            self._open -= {source, sink}
        _end(source)
        _end(sink)


def _end(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
