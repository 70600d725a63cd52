"""Makes believe that people buy: load for demonstrations and measurements."""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from uuid import uuid4

from inventory import fence, holds, keyspace
from inventory.changes import ShortError
from inventory.fence import StockUnavailableError
from inventory.replication import reading
from inventory.results import Line, Operation

CONFIRMED = 0.85
"""Of those who put something aside, so many buy."""

MOST_LINES, MOST_UNITS = 3, 2
WHO = "simulation"


def simulate(
    *,
    region: str,
    rate: float,
    seconds: float,
    seed: int,
    tell: Callable[[Counter[str]], object] = lambda _tally: None,
) -> Counter[str]:
    """Let baskets of random items be held, and bought or left, ``rate`` times a second.

    Returns how many were sold, left, short and refused. Popular items are asked for more often.
    """
    chance = random.Random(seed)
    items = _items(region)
    tally: Counter[str] = Counter()
    started = time.monotonic()
    while items and (now := time.monotonic() - started) < seconds:
        tally[_basket(region, items, chance)] += 1
        tell(tally)
        time.sleep(max(0.0, tally.total() / rate - now))
    return tally


def _basket(region: str, items: Sequence[reading.Item], chance: random.Random) -> str:
    picked = {items[int(len(items) * chance.random() ** 3)] for _line in range(chance.randint(1, MOST_LINES))}
    lines = [Line(location, sku, chance.randint(1, MOST_UNITS)) for location, sku in sorted(picked)]
    try:
        hold = holds.hold(lines=lines, operation=Operation(uuid4().hex, who=WHO, region=region))
        if chance.random() < CONFIRMED:
            holds.confirm(hold=hold, who=WHO)
            return "sold"
        holds.release(hold=hold, who=WHO)
    except ShortError:
        return "short"
    except StockUnavailableError:
        return "refused"
    return "left"


def _items(region: str) -> list[reading.Item]:
    client = fence.node(region)
    return [item for bucket in keyspace.buckets() for item in reading.items_in(client, bucket)]
