"""Plays the browsers of many open boards, in a process of its own so that their work is nobody else's.

It reads a line of JSON (port, and the address of each board's stream), says when all boards have been told what they
show, and listens. A second line, the last figure of every changed item, ends it: once each board has been told those it
shows, it writes what it heard. Knows nothing of the shop: it starts fast and stays small.
"""

import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

LOOPBACK = "127.0.0.1"
PATIENCE_SECONDS = 30.0
POLL_SECONDS = 0.05
END_OF_MESSAGE = b"\n\n"
NO_ROWS = b'"rows":[]'
OK = b" 200 "


class ListeningError(RuntimeError):
    """A board was not served; the message says what happened."""


@dataclass(slots=True)
class Heard:
    """When messages came, and which board was told which figure (on hand, by SKU) when."""

    messages: list[float] = field(default_factory=list)
    arrivals: list[tuple[int, str, int, float]] = field(default_factory=list)


class Browser(asyncio.Protocol):
    """One open board."""

    def __init__(self, number: int, address: str, heard: Heard) -> None:
        self._number = number
        self._address = address
        self._heard = heard
        self._rest = b""
        self.figures: dict[str, int] = {}
        self.open = False
        self.problem = ""

    def connection_made(self, transport: Any) -> None:
        # HTTP/1.0 has no chunks: what comes is the stream itself.
        transport.write(f"GET {self._address} HTTP/1.0\r\nHost: {LOOPBACK}\r\n\r\n".encode("ascii"))

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        *parts, self._rest = (self._rest + data).split(END_OF_MESSAGE)
        for part in parts:
            if self.open:
                self._read(part, now)
            else:
                # The headers, and how long to wait before a new try.
                self.open = OK in part[:16]
                self.problem = "" if self.open else part.splitlines()[0].decode("latin-1")

    def connection_lost(self, _error: Exception | None) -> None:
        self.problem = self.problem or self._rest[:80].decode("latin-1") or "the stream ended"

    def _read(self, message: bytes, now: float) -> None:
        _before, data, told = message.partition(b"data: ")
        if not data:
            return
        self._heard.messages.append(now)
        if NO_ROWS in told:
            return
        for row in orjson.loads(told)["rows"]:
            self.figures[row["sku"]] = row["on_hand"]
            self._heard.arrivals.append((self._number, row["sku"], row["on_hand"], now))


async def listen(port: int, addresses: Sequence[str]) -> None:
    """Until told to end. Raises ``ListeningError``."""
    heard = Heard()
    started = time.perf_counter()
    browsers = await asyncio.gather(*(_opened(port, each, heard) for each in enumerate(addresses)))
    await _until_all(browsers, lambda browser: bool(browser.figures))
    _say({"opened_seconds": time.perf_counter() - started})
    last = orjson.loads(await asyncio.to_thread(sys.stdin.readline) or "{}")
    await _until_all(browsers, lambda browser: all(seen >= last.get(sku, 0) for sku, seen in browser.figures.items()))
    _say({"messages": heard.messages, "arrivals": heard.arrivals})


async def _opened(port: int, numbered: tuple[int, str], heard: Heard) -> Browser:
    loop = asyncio.get_running_loop()
    _transport, browser = await loop.create_connection(lambda: Browser(*numbered, heard), LOOPBACK, port)
    return browser


async def _until_all(browsers: Sequence[Browser], condition: Callable[[Browser], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not all(map(condition, browsers)):
        if problem := next((browser.problem for browser in browsers if browser.problem), ""):
            raise ListeningError(problem)
        if time.monotonic() > deadline:
            raise ListeningError(f"some had not been told everything within {PATIENCE_SECONDS:.0f} s")
        await asyncio.sleep(POLL_SECONDS)


def _say(facts: dict[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(facts) + b"\n")
    sys.stdout.buffer.flush()


def main() -> int:
    """The process: what went wrong is the last line it writes."""
    asked = orjson.loads(sys.stdin.readline())
    try:
        asyncio.run(listen(asked["port"], asked["addresses"]))
    except (ListeningError, OSError) as error:
        _say({"problem": str(error)})
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
