"""Many open boards: starts their browsers, and reads from what they heard how long a change took to arrive."""

import subprocess
import sys
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from django.conf import settings


class AudienceError(RuntimeError):
    """The boards were not served as they should be; the message says what happened."""


@dataclass(frozen=True, slots=True)
class Change:
    """An item's new figure (on hand), and when the answer to its change was there."""

    sku: str
    on_hand: int
    answered: float


@dataclass(frozen=True, slots=True)
class Report:
    """What the browsers heard: when messages came, and which board was told which figure of an item when."""

    messages: Sequence[float]
    arrivals: Sequence[tuple[int, str, int, float]]

    def between(self, start: float, end: float) -> int:
        """How many messages came within that time."""
        return sum(start <= moment < end for moment in self.messages)

    def waits(self, changes: Sequence[Change]) -> list[float]:
        """Milliseconds from each change's answer until each board that shows the item was told of it or a later one."""
        told: defaultdict[str, dict[int, list[tuple[int, float]]]] = defaultdict(dict)
        for board, sku, on_hand, moment in self.arrivals:
            told[sku].setdefault(board, []).append((on_hand, moment))
        return [
            # A board may be told before the answer is read here.
            max(0.0, _first(heard, change.on_hand) - change.answered) * 1000
            for change in changes
            for heard in told[change.sku].values()
        ]


class Audience:
    """The browsers of open boards."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, addresses: Sequence[str]) -> None:
        self._process = process
        self.boards = len(addresses)
        self.opened_seconds = float(self._ask({"port": port, "addresses": addresses})["opened_seconds"])

    def end(self, last: Mapping[str, int]) -> Report:
        """Wait until every board was told these figures, then close them all. Raises ``AudienceError``."""
        heard = self._ask(last)
        return Report(heard["messages"], heard["arrivals"])

    def _ask(self, question: Mapping[str, Any]) -> dict[str, Any]:
        if self._process.stdin is None or self._process.stdout is None:
            raise AudienceError("The browsers of boards have no pipes.")
        self._process.stdin.write(orjson.dumps(question) + b"\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = orjson.loads(self._process.stdout.readline() or b'{"problem": "its process ended"}')
        if problem := answer.get("problem"):
            raise AudienceError(f"A board was not served: {problem}.")
        return answer


@contextmanager
def opened(port: int, addresses: Sequence[str]) -> Iterator[Audience]:
    """Open boards at these addresses of the live process, told all they show. Raises ``AudienceError``."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.listeners"],
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # Ctrl-C ends the benchmark, which ends them.
        start_new_session=True,
    )
    try:
        yield Audience(process, port, addresses)
    finally:
        process.kill()
        process.communicate()


def _first(heard: Sequence[tuple[int, float]], on_hand: int) -> float:
    """When a figure or a later one was told. Figures only grow, and the browsers have waited for the last."""
    return heard[bisect_left(heard, (on_hand, 0.0))][1]
