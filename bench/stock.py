"""Measures stock: operations beside a bare ``DECR``, replication's lag, catching up after a cut, memory an item.

Sales are real holds and confirmations at one region; lag is taken where a shopper of another region would look.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from statistics import median

from redis import Redis

from bench import serving
from bench.measuring import paced
from bench.regions import HERE, THERE, caught_up, open_all, wait_until
from bench.results import Stock
from bench.timings import Summary, summary
from inventory import fence, holds, keyspace, operations, stocking
from inventory.replication import links
from inventory.results import Line, Operation
from redismart.redis.topology import OPERATOR, Node, Topology

PLENTY = 10**6
PLACE, MARKER = "bench", "marker"
SKUS = tuple(f"bench-{number}" for number in range(100))
ROUND_OPERATIONS = 400
CHANGES_A_SECOND, MARKED = 200, 10
"""Of so many changes a second every tenth is looked for in the other region."""

CHANGES_DURING_CUT = 20_000
ITEMS_FOR_MEMORY = 20_000
POLL_SECONDS = 0.001

Say = Callable[[str], object]


def measure(topology: Topology, *, seconds: float, say: Say) -> Stock:
    """Everything about stock, on running nodes of two regions."""
    open_all()
    say("Measuring the memory of stock items.")
    memory = _memory_per_item(topology)
    _fill()
    say("Measuring holds and confirmations beside DECR.")
    decrements, sales = _rates(seconds)
    with serving.procfile_line("replication"), serving.procfile_line("beat"):
        wait_until(caught_up)
        say(f"Measuring the lag of replication at {CHANGES_A_SECOND} changes a second.")
        lag = _lag(seconds * 3)
        say(f"Cutting the link for {seconds * 10:.0f} s, {CHANGES_DURING_CUT:,} changes meanwhile.")
        recovered = _catch_up(seconds * 10)
    return Stock(decrements, sales, lag, CHANGES_A_SECOND, recovered, CHANGES_DURING_CUT, memory)


def _fill() -> None:
    lines = [Line(PLACE, sku, PLENTY) for sku in (*SKUS, MARKER)]
    stocking.stock(lines=lines, regions={PLACE: HERE}, operation="bench", recount=False)


def _rates(seconds: float) -> tuple[float, float]:
    """Bare decrements and stock operations a second, each one round trip; the median of rounds taken in turns."""
    client, numbers = fence.node(HERE), count()
    rounds: tuple[list[float], list[float]] = ([], [])
    deadline = time.perf_counter() + seconds
    while time.perf_counter() < deadline or not rounds[1]:
        rounds[0].append(_rate(lambda: client.decr(f"{keyspace.PREFIX}:bench"), ROUND_OPERATIONS))
        # One sale is two operations.
        rounds[1].append(2 * _rate(lambda: _sell(next(numbers)), ROUND_OPERATIONS // 2))
    return median(rounds[0]), median(rounds[1])


def _rate(operation: Callable[[], object], times: int) -> float:
    started = time.perf_counter()
    for _time in range(times):
        operation()
    return times / (time.perf_counter() - started)


def _sell(number: int) -> None:
    lines = [Line(PLACE, SKUS[number % len(SKUS)], 1)]
    holds.confirm(hold=holds.hold(lines=lines, operation=Operation(f"bench-{number}", region=HERE)))


def _lag(seconds: float) -> Summary:
    """From the answer to a write here until it can be read there, in ms."""
    written: dict[int, float] = {}
    seen: dict[int, float] = {}
    with _watching(seen):
        for number in paced(int(seconds * CHANGES_A_SECOND), per_second=CHANGES_A_SECOND):
            marked = number % MARKED == 0
            sku = MARKER if marked else SKUS[number % len(SKUS)]
            operation = Operation(f"lag-{number}", region=HERE)
            on_hand = operations.receive(sku=sku, location=PLACE, quantity=1, operation=operation)
            if marked:
                written[on_hand] = time.perf_counter()
        wait_until(lambda: max(seen, default=0) >= max(written))
    lags = [max(0.0, _first_seen(seen, on_hand) - moment) * 1000 for on_hand, moment in written.items()]
    return summary(lags, seconds=seconds)


def _first_seen(seen: dict[int, float], on_hand: int) -> float:
    """When a figure or a later one was first read: several changes may arrive at once."""
    return min(moment for figure, moment in seen.items() if figure >= on_hand)


@contextmanager
def _watching(seen: dict[int, float]) -> Iterator[None]:
    stop = threading.Event()
    client, key = fence.node(THERE), keyspace.levels(MARKER)

    def watch() -> None:
        while not stop.wait(POLL_SECONDS):
            figure = int(client.hget(key, "oh") or 0)
            seen.setdefault(figure, time.perf_counter())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _catch_up(cut_seconds: float) -> float:
    """Seconds from healing a link until the other region knows every change made during the cut."""
    links.cut(region=HERE, peer=THERE)
    started = time.perf_counter()
    for number in range(CHANGES_DURING_CUT):
        operation = Operation(f"cut-{number}", region=HERE)
        operations.receive(sku=SKUS[number % len(SKUS)], location=PLACE, quantity=1, operation=operation)
    time.sleep(max(0.0, started + cut_seconds - time.perf_counter()))
    healed = time.perf_counter()
    links.heal(region=HERE, peer=THERE)
    wait_until(caught_up)
    return time.perf_counter() - healed


def _memory_per_item(topology: Topology) -> float:
    """Bytes a stock item takes at its own region, log entry and index included."""
    node = next(node for node in topology.nodes() if (node.app, node.region) == ("inventory", HERE))
    before = _used(topology, node)
    lines = (Line(PLACE, f"memory-{number}", 10) for number in range(ITEMS_FOR_MEMORY))
    stocking.stock(lines=lines, regions={PLACE: HERE}, operation="bench", recount=False)
    return (_used(topology, node) - before) / ITEMS_FOR_MEMORY


def _used(topology: Topology, node: Node) -> int:
    with Redis.from_url(topology.embedded_url(node, user=OPERATOR), decode_responses=True) as client:
        return int(client.info("memory")["used_memory"])
