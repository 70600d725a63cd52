"""Shoppers whose process is killed in the middle of a checkout, as by a power cut: SIGKILL, before or after a step.

``python -m tests.killed_checkout`` reads lines ``CHECKOUT CARD POINT`` and answers each once the process made for it is
gone, with a list of the points that it passed, which is empty when it was killed at one. A point is
``capture.1:after``, or ``redis.17:before`` for a command to any node, whichever it is.
"""

import faulthandler
import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.redis_nodes import ROOT

NOWHERE = "nowhere"
LIVED, FAILED = 0, 1
PATIENCE_SECONDS = 120


class Shoppers:
    """The process that makes and kills shoppers. A context manager."""

    def __enter__(self) -> "Shoppers":
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "redismart.settings"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.killed_checkout"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.communicate()

    def buy(self, checkout_id: str, *, card: str, until: str = NOWHERE) -> list[str]:
        """Let a shopper choose and pay until the point is reached; the points passed when it is not."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{checkout_id} {card} {until}\n")
        self._process.stdin.flush()
        answer: list[str] = json.loads(self._process.stdout.readline())
        assert answer != [NOWHERE], "The shopper neither lived nor was killed: see what it wrote."
        return answer


class Points:
    """Counts the points a shopper passes, and kills it at one."""

    def __init__(self, until: str) -> None:
        self.until = until
        self.passed: list[str] = []
        self._counts: Counter[str] = Counter()

    def around(self, name: str, effect: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **options: Any) -> Any:
            if threading.current_thread() is not threading.main_thread():
                # Replication, which is ordered beside: its commands would come between at any time.
                return effect(*args, **options)
            self._counts[name] += 1
            number = self._counts[name]
            self._pass(f"{name}.{number}:before")
            answer = effect(*args, **options)
            self._pass(f"{name}.{number}:after")
            return answer

        return watched

    def _pass(self, point: str) -> None:
        self.passed.append(point)
        if point == self.until:
            os.kill(os.getpid(), signal.SIGKILL)


def _effects() -> Iterator[tuple[Any, str, str]]:
    """Whatever leaves a trace outside the process: owner, attribute, name."""
    from inventory import api as inventory
    from purchasing import carts, orders, placing
    from purchasing.models import Checkout
    from purchasing.payments.testing import TestProvider
    from redismart.redis.connections import ShopPipeline, ShopRedis

    yield from ((inventory, name, name) for name in ("hold", "confirm", "release"))
    yield from ((TestProvider, name, name) for name in ("authorise", "state", "capture", "cancel"))
    yield from ((placing, "write", "order"), (placing, "draw_number", "number"), (carts, "take_out", "cart"))
    yield from ((orders, "tell", "tell"), (Checkout, "replaced", "record"))
    yield from ((ShopRedis, "execute_command", "redis"), (ShopPipeline, "execute", "redis"))


@contextmanager
def _watching(points: Points) -> Iterator[None]:
    for owner, attribute, name in _effects():
        setattr(owner, attribute, points.around(name, getattr(owner, attribute)))
    yield


def _shopper(checkout_id: str, card: str, until: str, answer: int) -> None:
    from purchasing.models import Checkout
    from redismart.redis import connections
    from tests import buying

    faulthandler.dump_traceback_later(PATIENCE_SECONDS, exit=True)
    connections.close()
    points = Points(until)
    with _watching(points):
        buying.paid(buying.chosen(Checkout.read(checkout_id)), card)
    os.write(answer, json.dumps(points.passed).encode())


def _born(checkout_id: str, card: str, until: str) -> list[str]:
    """Fork a shopper, wait for its end, and return the points that it passed if it lived."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        try:
            _shopper(checkout_id, card, until, writing)
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(FAILED)
        os._exit(LIVED)
    os.close(writing)
    with os.fdopen(reading) as answers:
        told = answers.read()
    _pid, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status) == -signal.SIGKILL:
        return []
    return list(json.loads(told)) if told else [NOWHERE]


def _serve() -> None:
    import django

    django.setup()
    for line in sys.stdin:
        print(json.dumps(_born(*line.split())), flush=True)  # noqa: T201


if __name__ == "__main__":
    _serve()
