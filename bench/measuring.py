"""Runs visits and takes their time."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

Visit = Callable[[str], object]

OVERTIME = 4.0
"""A slow page is visited at least once at each address, but not beyond this many times the seconds asked for."""


@dataclass(slots=True)
class Run:
    """Durations (ms) of the visits that several clients made within ``seconds``, and this process's CPU seconds."""

    milliseconds: list[float] = field(default_factory=list)
    seconds: float = 0.0
    own_seconds: float = 0.0


def alternating(
    page: Visit, bare: Visit, addresses: Sequence[str], *, seconds: float
) -> tuple[list[float], list[float]]:
    """Durations (ms) of pages and of their bare commands, taken in turns so that noise hits both alike.

    Which of the two goes first alternates as well: the second finds Redis' data in the processor's cache.
    """
    durations: tuple[list[float], list[float]] = ([], [])
    started = time.perf_counter()
    for turn, address in enumerate(itertools.cycle(addresses)):
        elapsed = time.perf_counter() - started
        if elapsed > seconds * OVERTIME or (elapsed > seconds and turn >= len(addresses)):
            break
        page_first = (turn % len(addresses) + turn // len(addresses)) % 2 == 0
        for which in (0, 1) if page_first else (1, 0):
            durations[which].append(_timed((page, bare)[which], address))
    return durations


def together(clients: Sequence[Visit], addresses: Sequence[str], *, seconds: float) -> Run:
    """What several clients reach at once, each walking the addresses from a point of its own."""
    run = Run()
    failures: list[BaseException] = []
    stop = threading.Event()
    threads = [
        threading.Thread(target=_walk, args=(client, _from(addresses, number, len(clients)), run, stop, failures))
        for number, client in enumerate(clients)
    ]
    started, own = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.start()
    try:
        stop.wait(seconds)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    if failures:
        raise failures[0]
    run.seconds, run.own_seconds = time.perf_counter() - started, time.process_time() - own
    return run


def paced(times: int, *, per_second: float) -> Iterator[int]:
    """Numbers from 0 at an even pace. Whoever falls behind hurries until the pace is made good."""
    started = time.perf_counter()
    for number in range(times):
        time.sleep(max(0.0, started + number / per_second - time.perf_counter()))
        yield number


def _walk(
    client: Visit, addresses: Sequence[str], run: Run, stop: threading.Event, failures: list[BaseException]
) -> None:
    try:
        for address in itertools.cycle(addresses):
            if stop.is_set():
                return
            run.milliseconds.append(_timed(client, address))
    except Exception as error:
        failures.append(error)
        stop.set()


def _from(addresses: Sequence[str], number: int, clients: int) -> Sequence[str]:
    start = number * len(addresses) // clients
    return [*addresses[start:], *addresses[:start]]


def _timed(visit: Visit, address: str) -> float:
    started = time.perf_counter()
    visit(address)
    return (time.perf_counter() - started) * 1000
