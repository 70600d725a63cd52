"""A visitor on a keep-alive connection. Does as little as it can: its own work must not count as the shop's."""

import socket
from collections.abc import Mapping
from typing import Self

from redismart.redis.topology import LOOPBACK

PATIENCE_SECONDS = 30.0
CHUNK = 262_144
END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length:"
OK = b" 200 "
NO_HEADERS: Mapping[str, str] = {}


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

    def get(self, address: str, headers: Mapping[str, str] = NO_HEADERS) -> int:
        """Fetch a page and return the bytes of its body. Raises ``PageError`` for any status but 200."""
        return self._answer(address, self._request("GET", address, headers))

    def post(self, address: str, form: bytes, headers: Mapping[str, str]) -> int:
        """As ``get``, after sending a form."""
        described = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(form))}
        return self._answer(address, self._request("POST", address, described | dict(headers)) + form)

    def _answer(self, address: str, request: bytes) -> int:
        self._socket.sendall(request)
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

    def _request(self, method: str, address: str, headers: Mapping[str, str] = NO_HEADERS) -> bytes:
        common = f"Host: {LOOPBACK}:{self._port}\r\nAccept: text/html\r\nAccept-Language: en-US\r\n"
        others = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"{method} {address} HTTP/1.1\r\n{common}{others}\r\n".encode("ascii")

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
