"""Many commands, one round trip: each command is queued with what turns its reply into a value."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import redis
from redis.exceptions import MasterDownError, ResponseError

from redismart.redis import connections, replicas
from redismart.redis.connections import ShopPipeline, ShopRedis

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

    def __init__(self, client: ShopRedis, *, replica_of: str = "") -> None:
        self._pipeline = client.pipeline()
        self._replica_of = replica_of
        self._commands: list[tuple[Any, ...]] = []
        self._replies: list[Reply[Any]] = []

    @classmethod
    def reading(cls, app: str) -> "Batch":
        """Commands that only read: they go to the region's replica of the app's node, where there is one that serves.

        It may be behind by moments, and by as long as it is cut off: then too the region's shop goes on.
        """
        near = replicas.serving(app)
        return cls(near, replica_of=app) if near else cls(connections.client(app))

    def add(self, *command: Any, parse: Callable[[Any], Value]) -> Reply[Value]:
        """Queue a command; its reply's ``value`` is what ``parse`` makes of it."""
        self._commands.append(command)
        reply = Reply(parse)
        self._replies.append(reply)
        return reply

    def run(self) -> None:
        """Send everything in one round trip; none when nothing is queued."""
        if not self._replies:
            return
        for reply, raw in zip(self._replies, self._sent(), strict=True):
            reply.arrive(raw)
        self._replies, self._commands = [], []

    def _sent(self) -> list[Any]:
        if not self._replica_of:
            return self._execute(self._pipeline)
        try:
            found = self._execute(self._pipeline)
        except (redis.ConnectionError, redis.TimeoutError):
            found = [_AWAY]
        if not any(map(_is_away, found)):
            return found
        replicas.lost(self._replica_of)
        return self._execute(connections.client(self._replica_of).pipeline())

    def _execute(self, pipeline: ShopPipeline) -> list[Any]:
        for command in self._commands:
            pipeline.execute_command(*command)
        return pipeline.execute(raise_on_error=False)


_AWAY = MasterDownError("The replica cannot be reached.")
UNKNOWN_INDEX = ("no such index", "unknown index")


def _is_away(reply: Any) -> bool:
    """Whether a replica answers, but has nothing to answer from: it was never told, or is being told all again."""
    if isinstance(reply, MasterDownError):
        return True
    return isinstance(reply, ResponseError) and any(sign in str(reply).lower() for sign in UNKNOWN_INDEX)
