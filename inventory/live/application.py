"""The live process: a plain ASGI application that streams to boards. Run one per region, by an ASGI server.

``…/board?ticket=…`` is the stream, ``…/healthz`` says that the process runs. What stands before is a proxy's business.
"""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from types import FrameType
from typing import Any
from urllib.parse import parse_qs

import django
import structlog
from django.conf import settings
from django.core import signing

from inventory.live import messages, tickets
from inventory.live.boards import Board, Boards
from inventory.live.reading import Reader
from inventory.live.tickets import Ticket

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "redismart.settings")

HEARTBEAT_SECONDS = 15.0
SLOW_SECONDS = 10.0
"""A browser that takes nothing for so long is dropped; it comes back when it can."""

LONGEST_SECONDS = 15 * 60.0
"""After so long a board needs a new ticket: who may no longer see it loses it then."""

MOST_BOARDS = 4_000

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

log = structlog.get_logger(__name__)


class Live:
    """The boards of this process, and the task that reads for them."""

    def __init__(self) -> None:
        self.boards = Boards()
        topology = settings.TOPOLOGY
        url = topology.url("inventory")
        self.reader = Reader(self.boards, url=url, region=topology.region, regions=topology.regions)
        self.closing = False
        self._task = asyncio.create_task(self.reader.run())

    def end_streams(self) -> None:
        self.closing = True
        self.boards.close()

    async def close(self) -> None:
        self.end_streams()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


class Application:
    """Answers the server's calls."""

    def __init__(self) -> None:
        self._live: Live | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live_through(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _live_through(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._live = Live()
                _on_end(self._live.end_streams)
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                if self._live is not None:
                    await self._live.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        page = scope["path"].rpartition("/")[2]
        live = self._live
        if scope["method"] not in ("GET", "HEAD") or page not in ("board", "healthz"):
            await _say(send, 404, b"Not found")
        elif page == "healthz":
            await _say(send, 200, b"ok")
        elif live is None or live.closing or len(live.boards.open) >= MOST_BOARDS:
            await _say(send, 503, b"Too many boards are open", [(b"retry-after", b"10")])
        elif (ticket := _ticket(scope)) is None:
            await _say(send, 403, b"The ticket is not valid any more: load the page again")
        else:
            await _stream(live, ticket, receive, send)


django.setup()
application = Application()


def _on_end(end_streams: Callable[[], None]) -> None:
    """End the streams as soon as the process is told to end: servers wait for them before they say so.

    The server's own handler runs as well: one that it gave to the loop hears of the signal whatever stands here.
    """
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(name)

        def ended(number: int, frame: FrameType | None, before: Any = before) -> None:
            loop.call_soon_threadsafe(end_streams)
            if callable(before):
                before(number, frame)

        signal.signal(name, ended)


def _ticket(scope: Scope) -> Ticket | None:
    try:
        given = parse_qs(scope["query_string"].decode()).get("ticket", [""])
        return tickets.read(given[0])
    except (signing.BadSignature, UnicodeDecodeError):
        return None


async def _stream(live: Live, ticket: Ticket, receive: Receive, send: Send) -> None:
    board = Board(ticket.items)
    leaving = asyncio.create_task(_close_when_gone(board, receive))
    live.boards.add(board)
    try:
        await send({"type": "http.response.start", "status": 200, "headers": _stream_headers(ticket)})
        await _pass_on(board, messages.RETRY, send)
        await live.reader.welcome(board)
        async with asyncio.timeout(LONGEST_SECONDS):
            while not board.closed:
                await _pass_on(board, await board.next(heartbeat=HEARTBEAT_SECONDS), send)
    except TimeoutError:
        log.debug("board_ended")
    finally:
        live.boards.remove(board)
        leaving.cancel()
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _pass_on(board: Board, text: bytes, send: Send) -> None:
    try:
        async with asyncio.timeout(SLOW_SECONDS):
            await send({"type": "http.response.body", "body": text, "more_body": True})
    except TimeoutError:
        board.close()


async def _close_when_gone(board: Board, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    board.close()


async def _say(send: Send, status: int, text: bytes, headers: Headers | None = None) -> None:
    plain = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"), *(headers or [])]
    await send({"type": "http.response.start", "status": status, "headers": plain})
    await send({"type": "http.response.body", "body": text})


def _stream_headers(ticket: Ticket) -> Headers:
    return [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-store"),
        # A proxy must pass each event on at once.
        (b"x-accel-buffering", b"no"),
        (b"access-control-allow-origin", ticket.origin.encode()),
        (b"vary", b"origin"),
    ]
