"""Stops asking a node that has gone silent, so that not every thread of a web server waits for it.

A node that refuses connections costs nothing to ask. One that takes them and never answers costs each
who asks a whole time-out; a few of those together are all the threads there are.
"""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from redis.exceptions import ConnectionError as NodeConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as NodeTimeoutError

TRIPS_AFTER = 3
"""Time-outs in a row, without any answer between them. One alone may be one slow command."""

REST_SECONDS = 2.0
"""Longer than a page's time-out, so that there is never more than one probe at a time."""


class NodeSilentError(NodeConnectionError):
    """The node was not asked, because it has not answered lately."""


class Breaker:
    """Counts the time-outs of one node; after some in a row, lets only one command through every few seconds."""

    def __init__(
        self,
        *,
        node: str = "The node",
        trips_after: int = TRIPS_AFTER,
        rest: float = REST_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._node = node
        self._trips_after = trips_after
        self._rest = rest
        self._clock = clock
        self._silences = 0
        self._answered = -math.inf
        self._resting_until = 0.0
        self._lock = threading.Lock()

    @contextmanager
    def guarding(self) -> Iterator[None]:
        """Ask the node inside the block. Raises ``NodeSilentError`` at once while the node rests."""
        asked = self._admit()
        try:
            yield
        except NodeTimeoutError as error:
            self._timed_out(asked)
            raise NodeTimeoutError(f"{self._node} did not answer in time") from error
        except RedisError:
            # An error, a refused connection too, is an answer: it came at once.
            self._hear()
            raise
        self._hear()

    def _admit(self) -> float:
        now = self._clock()
        if self._silences < self._trips_after:
            return now
        with self._lock:
            if now < self._resting_until:
                raise NodeSilentError(f"{self._node} has not answered lately; it is asked again in a moment")
            # This command is the probe: until it has told, or is overdue, all others are refused.
            self._resting_until = now + self._rest
        return now

    def _hear(self) -> None:
        self._answered = self._clock()
        self._silences = 0

    def _timed_out(self, asked: float) -> None:
        now = self._clock()
        if self._answered > (asked + now) / 2:
            # It has answered others lately: it is busy, and that command was a slow one.
            return
        with self._lock:
            self._silences += 1
            self._resting_until = now + self._rest
