"""Records what Redis did for one request, for the debug view, the benchmark and the tests.

A context variable holds the recorder; our client and pipeline look at it before each round trip.
With none set, the cost is that one look.
"""

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

_current: ContextVar["Recorder | None"] = ContextVar("redis_recorder", default=None)

LONGEST_ARGUMENT = 4_000
BYTES_TO_LOOK_AT = 8
"""Of an argument that is no text, such as a vector, where it is there to be looked at."""

BARE_ARGUMENT = re.compile(r"[A-Za-z0-9._:@*/$+-]+")
ESCAPES = {"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t"}


@dataclass(slots=True)
class RoundTrip:
    """One exchange with one node: its commands, how long it took (ms) and how much came back (bytes)."""

    node: str
    commands: list[tuple[Any, ...]]
    milliseconds: float
    reply_bytes: int
    error: str = ""

    @property
    def lines(self) -> list[str]:
        """The commands, each ready to paste into redis-cli."""
        return [as_redis_cli(command) for command in self.commands]


@dataclass(slots=True)
class Recorder:
    """The round trips of one request, in order."""

    trips: list[RoundTrip] = field(default_factory=list)

    @property
    def milliseconds(self) -> float:
        return sum(trip.milliseconds for trip in self.trips)

    @property
    def command_count(self) -> int:
        return sum(len(trip.commands) for trip in self.trips)


def current() -> Recorder | None:
    """The recorder of this context, or None when nothing is to be recorded."""
    return _current.get()


@contextmanager
def recording() -> Iterator[Recorder]:
    """Record every round trip made inside the block."""
    recorder = Recorder()
    token = _current.set(recorder)
    try:
        yield recorder
    finally:
        _current.reset(token)


@contextmanager
def timed(recorder: Recorder, *, node: str, commands: Sequence[tuple[Any, ...]]) -> Iterator[RoundTrip]:
    """Time one round trip into ``recorder``; the caller sets ``reply_bytes``, a failure its error."""
    trip = RoundTrip(node=node, commands=list(commands), milliseconds=0.0, reply_bytes=0)
    recorder.trips.append(trip)
    started = time.perf_counter()
    try:
        yield trip
    except Exception as error:
        trip.error = str(error)
        raise
    finally:
        trip.milliseconds = (time.perf_counter() - started) * 1000


def reply_size(reply: Any) -> int:
    """Roughly how many bytes of payload a reply carried."""
    if isinstance(reply, str | bytes):
        return len(reply)
    if isinstance(reply, dict):
        return sum(reply_size(key) + reply_size(value) for key, value in reply.items())
    if isinstance(reply, list | tuple | set):
        return sum(map(reply_size, reply))
    return len(str(reply))


def as_redis_cli(command: Sequence[Any]) -> str:
    """A command as one line that redis-cli reads back to the same arguments."""
    return " ".join(_quoted(_text(argument)) for argument in command)


def to_look_at(command: Sequence[Any]) -> str:
    """The same, but of bytes that are no text only the first and their number: nobody can read them."""
    return " ".join(_glimpse(_text(argument)) for argument in command)


def _text(argument: Any) -> str:
    """Bytes that are no UTF-8, such as vectors, become single surrogates here, and \\xff when they are shown."""
    raw = bytes(argument) if isinstance(argument, bytes | bytearray | memoryview) else str(argument).encode()
    return raw.decode("utf-8", "surrogateescape")


def _glimpse(text: str) -> str:
    size = len(text.encode("utf-8", "surrogateescape"))
    if text.isascii() or size <= 2 * BYTES_TO_LOOK_AT or not any(map(_is_byte, text)):
        return _quoted(text)
    return f"{_quoted(text[:BYTES_TO_LOOK_AT] + '…')}({size:,} bytes)"


def _is_byte(character: str) -> bool:
    return "\udc80" <= character <= "\udcff"


def _quoted(text: str) -> str:
    if len(text) > LONGEST_ARGUMENT:
        text = f"{text[:LONGEST_ARGUMENT]}…"
    if BARE_ARGUMENT.fullmatch(text):
        return text
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    if character in ESCAPES:
        return ESCAPES[character]
    if character.isprintable():
        return character
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogateescape"))
