"""Many commands, one round trip: each command is queued with what turns its reply into a value."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from redis.exceptions import ResponseError

from redismart.redis.connections import ShopRedis

Value = TypeVar("Value")


class Reply(Generic[Value]):
    """The value of one queued command, there once the batch has run."""

    def __init__(self, parse: Callable[[Any], Value]) -> None:
        self._parse = parse
        self._raw: Any = None
        self._arrived = False
        self._parsed: list[Value] = []

    @classmethod
    def known(cls, value: Value) -> "Reply[Value]":
        """A value for which Redis need not be asked."""
        reply = cls(lambda _raw: value)
        reply.arrive(None)
        return reply

    def arrive(self, raw: Any) -> None:
        self._raw, self._arrived = raw, True

    @property
    def value(self) -> Value:
        """Raises what Redis answered when that was an error, and RuntimeError before the batch has run."""
        if not self._arrived:
            raise RuntimeError("The batch has not run yet.")
        if isinstance(self._raw, ResponseError):
            raise self._raw
        if not self._parsed:
            self._parsed.append(self._parse(self._raw))
        return self._parsed[0]


class Batch:
    """Commands to one node that travel together."""

    def __init__(self, client: ShopRedis) -> None:
        self._pipeline = client.pipeline()
        self._replies: list[Reply[Any]] = []

    def add(self, *command: Any, parse: Callable[[Any], Value]) -> Reply[Value]:
        """Queue a command; its reply's ``value`` is what ``parse`` makes of it."""
        self._pipeline.execute_command(*command)
        reply = Reply(parse)
        self._replies.append(reply)
        return reply

    def run(self) -> None:
        """Send everything in one round trip; none when nothing is queued."""
        if not self._replies:
            return
        for reply, raw in zip(self._replies, self._pipeline.execute(raise_on_error=False), strict=True):
            reply.arrive(raw)
        self._replies = []
