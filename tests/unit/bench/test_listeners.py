"""The browsers of open boards, against a live process played by the test."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bench.audience import AudienceError, opened

OPENED = b"HTTP/1.0 200 OK\r\ncontent-type: text/event-stream\r\n\r\nretry: 1000\n\n"
WHOLE = b'id: 1\ndata: {"whole":true,"rows":[{"sku":"lamp","on_hand":7}],"events":[]}\n\n'
HEARTBEAT = b": still here\n\n"
LINKS = b'id: 2\ndata: {"whole":false,"rows":[],"links":[]}\n\n'
CHANGE = b'id: 3\ndata: {"whole":false,"rows":[{"sku":"lamp","on_hand":8}],"events":[]}\n\n'


@contextmanager
def telling(*pieces: bytes, stay: bool = True) -> Iterator[int]:
    """The port of a server that sends these pieces to whoever asks, and keeps the stream open unless told."""
    over = threading.Event()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            for piece in pieces:
                self.wfile.write(piece)
            if stay:
                over.wait()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            over.set()
            server.shutdown()
            thread.join()


def test_boards_hear_what_they_are_told_until_the_last_change_has_come() -> None:
    with (
        telling(OPENED, WHOLE + HEARTBEAT, LINKS, CHANGE[:40], CHANGE[40:]) as port,
        opened(port, ["/a", "/b"]) as all_,
    ):
        report = all_.end({"lamp": 8, "rug": 9})
    assert all_.opened_seconds > 0
    assert len(report.messages) == 6
    assert sorted(arrival[:3] for arrival in map(tuple, report.arrivals)) == [
        (0, "lamp", 7),
        (0, "lamp", 8),
        (1, "lamp", 7),
        (1, "lamp", 8),
    ]


@pytest.mark.parametrize(
    ("answer", "said"),
    [(b"HTTP/1.0 403 Forbidden\r\n\r\nThe ticket is not valid", "403"), (OPENED, "the stream ended")],
)
def test_a_board_that_is_not_served_is_a_failure(answer: bytes, said: str) -> None:
    with telling(answer, stay=False) as port, pytest.raises(AudienceError, match=said), opened(port, ["/a"]):
        pass


def test_a_board_that_misses_a_change_because_its_stream_ends_is_a_failure() -> None:
    with telling(OPENED, WHOLE, stay=False) as port, pytest.raises(AudienceError), opened(port, ["/a"]) as boards:
        boards.end({"lamp": 8})
