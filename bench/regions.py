"""The two regions between which is measured, and waiting for what one knows to reach the other."""

import time
from collections.abc import Callable
from typing import TypeVar

from inventory import fence
from inventory.replication import reading, recovery

HERE, THERE = "us", "eu"
PATIENCE_SECONDS = 120.0
POLL_SECONDS = 0.005

Found = TypeVar("Found")


class NotReplicatedError(RuntimeError):
    """What one region was told did not reach the other in time."""


def open_all() -> None:
    """Let both regions sell."""
    for region in (HERE, THERE):
        recovery.open_region(region)


def caught_up() -> bool:
    """Whether the other region knows all stock of this one."""
    own, told = (reading.digests(fence.node(region), region=HERE) for region in (HERE, THERE))
    return own == told


def wait_until(condition: Callable[[], Found | None]) -> Found:
    """What the condition finds once it holds. Raises ``NotReplicatedError`` when that takes minutes."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise NotReplicatedError("The other region did not catch up in time: see the logs of Redis and its worker.")
        time.sleep(POLL_SECONDS)
    return found
