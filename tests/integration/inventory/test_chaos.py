"""A short chaos run; `make chaos` is the long one."""

import random
from pathlib import Path

from tests.chaos import running
from tests.redis_nodes import REGIONS, reserve_ports

SECONDS = 8.0


def test_nothing_is_lost_or_sold_twice_while_everything_breaks(tmp_path: Path) -> None:
    seed, ports = random.randrange(10**9), reserve_ports()
    try:
        outcome = running.run(seed=seed, seconds=SECONDS, regions=REGIONS, folder=tmp_path, ports=ports, say=print)
    finally:
        ports.lock.close()
    assert outcome.violations == [], f"seed {seed}: {outcome.rows}"
