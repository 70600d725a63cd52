"""A visitor on a keep-alive connection. Does as little as it can: its own work must not count as the shop's."""

import socket
from typing import Self

from redismart.redis.topology import LOOPBACK

PATIENCE_SECONDS = 30.0
CHUNK = 262_144
END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length:"
OK = b" 200 "


class PageError(RuntimeError):
    """The shop did not answer with a page; the message says which and what came instead."""


class Browser:
    """One connection to the web server. A context manager; not for several threads at once."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket = self._connect()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._socket.close()

    def get(self, address: str) -> int:
        """Fetch a page and return the bytes of its body. Raises ``PageError`` for any status but 200."""
        self._socket.sendall(self._request(address))
        head, body = self._head(address)
        if OK not in head[:16]:
            raise PageError(f"{address} was answered with {head.splitlines()[0].decode('latin-1')!r}.")
        length = self._length(head, address)
        missing = length - len(body)
        while missing > 0:
            missing -= len(self._receive(address))
        return length

    def _connect(self) -> socket.socket:
        connection = socket.create_connection((LOOPBACK, self._port), timeout=PATIENCE_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _request(self, address: str) -> bytes:
        host = f"{LOOPBACK}:{self._port}"
        return f"GET {address} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\nAccept-Language: en-US\r\n\r\n".encode(
            "ascii"
        )

    def _head(self, address: str) -> tuple[bytes, bytes]:
        received = b""
        while END_OF_HEAD not in received:
            received += self._receive(address)
        head, _, body = received.partition(END_OF_HEAD)
        return head, body

    def _length(self, head: bytes, address: str) -> int:
        found = next((line for line in head.splitlines() if line.lower().startswith(LENGTH)), None)
        if found is None:
            raise PageError(f"{address} came without a Content-Length: the benchmark reads whole pages only.")
        return int(found[len(LENGTH) :])

    def _receive(self, address: str) -> bytes:
        received = self._socket.recv(CHUNK)
        if not received:
            raise PageError(f"The web server closed the connection instead of answering {address}.")
        return received
