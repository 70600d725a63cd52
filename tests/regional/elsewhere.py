"""Processes of a region's own, as its web workers are, which see the other regions over the links that may be cut."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, wait
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier

from inventory import fence, holds
from inventory.changes import ShortError
from inventory.holds import HoldEndedError
from inventory.results import Hold, Line
from redismart.redis import connections
from redismart.redis.topology import Topology
from tests.regional.stock import operation
from tests.regional.world import World

Lines = list[Line]


@contextmanager
def processes(world: World, region: str, *, count: int = 1) -> Iterator[ProcessPoolExecutor]:
    """So many, all of them connected and waiting; what they are given to do stands in this module."""
    context = get_context("spawn")
    begin = world.seen(region), context.Barrier(count)
    with ProcessPoolExecutor(count, mp_context=context, initializer=_begin, initargs=begin) as pool:
        wait([pool.submit(fence.is_open, region) for _process in range(count)])
        yield pool


def _begin(seen: Topology, others: Barrier) -> None:
    connections.configure(seen)
    others.wait()


def buys(region: str, lines: Lines) -> bool:
    """Hold and confirm; whether there was enough."""
    with suppress(ShortError):
        holds.confirm(hold=holds.hold(lines=lines, operation=operation(region)))
        return True
    return False


def confirms(hold: Hold) -> bool:
    """Whether the hold was still there."""
    with suppress(HoldEndedError):
        holds.confirm(hold=hold)
        return True
    return False


def expires(hold: Hold, now: int) -> bool:
    """Whether the hold ended because its time was over."""
    return holds.expire(hold=hold, now=now) == "expired"
