"""Measures the live process with many open boards: what it takes, how soon a change arrives, what pages pay for it.

A page of results is measured in every state, so that what boards cost it stands apart from what changes cost it.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from urllib.parse import urlencode

import psutil
from django.conf import settings

from bench import measuring, serving, visiting
from bench.audience import Change, Report, opened
from bench.browser import Browser
from bench.installation import wait_until_quiet
from bench.measuring import Run, paced
from bench.pages import Kind
from bench.regions import HERE, caught_up, open_all, wait_until
from bench.results import Boards, BoardsState
from bench.timings import summary
from inventory import board, operations, stocking
from inventory.board import Wanted
from inventory.live import tickets
from inventory.results import Line, Operation
from redismart.redis.topology import LOOPBACK

PLACE, PLENTY = "bench-board", 1_000
SKUS = tuple(f"board-{number:04d}" for number in range(2_000))
CHANGES_A_SECOND = 100
STRIDE = 53
"""From one changed item to the next: each is on another page than the one before, and all have their turn."""

BYTES_PER_MB = 1024**2
SETTLE_SECONDS, BUSY_SHARE = 20.0, 0.3
"""Replication is never quite idle: what is waited for is that everything has started."""

Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class _Phase:
    """One state as it was measured; what its boards heard is known later."""

    boards: int
    started: float
    ended: float
    memory_mb: float
    processor_seconds: float
    run: Run
    changes: Sequence[Change]


def measure(searches: Kind, *, boards: int, seconds: float, say: Say) -> Boards:
    """Without boards and with so many, while nothing changes and while much does; pages of results are ``searches``."""
    open_all()
    lines = [Line(PLACE, sku, PLENTY) for sku in SKUS]
    stocking.stock(lines=lines, regions={PLACE: HERE}, operation="bench-boards", recount=False)
    with _shop() as live:
        visiting.warm_up([searches])
        wait_until_quiet(patience=SETTLE_SECONDS, idle_share=BUSY_SHARE)
        watch = _Watch(live, searches, seconds)
        say("Measuring pages of results while no board is open.")
        phases = [watch.phase(0, changing=changing) for changing in (False, True)]
        say(f"Opening {boards} boards.")
        with opened(settings.LIVE_PORT, _streams(boards)) as audience:
            say(f"Measuring {boards} boards, without changes and with {CHANGES_A_SECOND} a second.")
            phases += [watch.phase(boards, changing=changing) for changing in (False, True)]
            heard = audience.end({change.sku: change.on_hand for phase in phases for change in phase.changes})
    return Boards(audience.opened_seconds, tuple(_state(phase, heard) for phase in phases))


@contextmanager
def _shop() -> Iterator[psutil.Process]:
    """Everything a region runs; the live process of it, which holds the boards."""
    with ExitStack() as stack:
        for name in ("worker", "counts", "replication", "beat"):
            stack.enter_context(serving.procfile_line(name))
        stack.enter_context(serving.web_server())
        live = stack.enter_context(serving.live_process())
        wait_until(caught_up)
        yield psutil.Process(live.pid)


def _streams(boards: int) -> list[str]:
    """Addresses of streams, each for the items of one page of the board, all pages in turn."""
    pages = range(1, board.find(wanted=Wanted(location=PLACE), region=HERE).pages + 1)
    items = [board.find(wanted=Wanted(location=PLACE, page=page), region=HERE).items for page in pages]
    origin = f"http://{LOOPBACK}:{settings.WEB_PORT}"
    issued = [tickets.issue(items=items[number % len(items)], origin=origin) for number in range(boards)]
    return [f"/board?{urlencode({'ticket': ticket})}" for ticket in issued]


class _Watch:
    """Measures one state after the other."""

    def __init__(self, live: psutil.Process, searches: Kind, seconds: float) -> None:
        self._live = live
        self._searches = searches
        self._seconds = seconds
        self._numbers = count()

    def phase(self, boards: int, *, changing: bool) -> _Phase:
        with Browser(settings.WEB_PORT) as visitor, ThreadPoolExecutor(1) as pool:
            started, used = time.perf_counter(), self._processor_seconds()
            changes = pool.submit(self._change, int(self._seconds * CHANGES_A_SECOND) if changing else 0)
            run = measuring.together([visitor.get], self._searches.addresses, seconds=self._seconds)
            made = changes.result()
            ended, used = time.perf_counter(), self._processor_seconds() - used
        return _Phase(boards, started, ended, self._memory_mb(), used, run, made)

    def _change(self, times: int) -> list[Change]:
        return [self._changed(next(self._numbers)) for _time in paced(times, per_second=CHANGES_A_SECOND)]

    def _changed(self, number: int) -> Change:
        sku = SKUS[number * STRIDE % len(SKUS)]
        operation = Operation(f"board-{number}", region=HERE)
        on_hand = operations.receive(sku=sku, location=PLACE, quantity=1, operation=operation)
        return Change(sku, on_hand, time.perf_counter())

    def _memory_mb(self) -> float:
        return sum(process.memory_info().rss for process in self._processes()) / BYTES_PER_MB

    def _processor_seconds(self) -> float:
        return sum(times.user + times.system for times in (process.cpu_times() for process in self._processes()))

    def _processes(self) -> list[psutil.Process]:
        return [self._live, *self._live.children(recursive=True)]


def _state(phase: _Phase, heard: Report) -> BoardsState:
    took = phase.ended - phase.started
    waits = heard.waits(phase.changes) if phase.boards else []
    return BoardsState(
        boards=phase.boards,
        changes_per_second=len(phase.changes) / took,
        memory_mb=phase.memory_mb,
        core_share=phase.processor_seconds / took,
        messages_per_second=heard.between(phase.started, phase.ended) / took,
        page=summary(phase.run.milliseconds, seconds=phase.run.seconds),
        arrival=summary(waits, seconds=took) if waits else None,
    )
