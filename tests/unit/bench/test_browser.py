"""The visitor reads whole pages off a real connection, and says what went wrong otherwise."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from bench.browser import Browser, PageError

Answer = Callable[[], list[bytes]]


def page(body: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 " + status + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body


@pytest.fixture
def server() -> Iterator["Server"]:
    with Server() as started:
        yield started


class Server:
    """Answers each request on one connection with the next prepared pieces; remembers the requests."""

    def __init__(self) -> None:
        self.answers: list[list[bytes]] = []
        self.requests: list[bytes] = []
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "Server":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        connection, _address = self._listener.accept()
        self.connections += 1
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for answer in self.answers:
                self.requests.append(connection.recv(65_536))
                for piece in answer:
                    connection.sendall(piece)


def test_a_page_is_read_to_its_end_however_it_arrives(server: Server) -> None:
    whole = page(b"x" * 1_000)
    server.answers = [[whole[:5], whole[5:60], whole[60:]]]
    with Browser(server.port) as browser:
        assert browser.get("/") == 1_000


def test_several_pages_come_over_one_connection(server: Server) -> None:
    server.answers = [[page(b"first")], [page(b"")], [page(b"third page")]]
    with Browser(server.port) as browser:
        assert [browser.get("/"), browser.get("/search/?q=a"), browser.get("/product/1/")] == [5, 0, 10]
    assert server.connections == 1
    assert [request.split(b" ", 2)[1] for request in server.requests] == [b"/", b"/search/?q=a", b"/product/1/"]


def test_a_page_that_is_not_found_is_an_error_with_its_address_and_status(server: Server) -> None:
    server.answers = [[page(b"gone", status=b"404 Not Found")]]
    with Browser(server.port) as browser, pytest.raises(PageError, match=r"/product/none/.*404 Not Found"):
        browser.get("/product/none/")


def test_a_connection_that_is_closed_half_way_is_an_error(server: Server) -> None:
    server.answers = [[b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"]]
    with Browser(server.port) as browser, pytest.raises(PageError, match="closed the connection"):
        browser.get("/")


def test_a_page_of_unknown_length_is_an_error(server: Server) -> None:
    server.answers = [[b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"]]
    with Browser(server.port) as browser, pytest.raises(PageError, match="Content-Length"):
        browser.get("/")


def test_a_form_is_sent_with_its_headers(server: Server) -> None:
    server.answers = [[page(b"done")]]
    with Browser(server.port) as browser:
        assert browser.post("/cart/add/", b"sku=lamp", {"Cookie": "cart=x"}) == 4
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /cart/add/ HTTP/1.1\r\n")
    assert {b"Cookie: cart=x", b"Content-Length: 8"} <= set(head.splitlines())
    assert body == b"sku=lamp"
