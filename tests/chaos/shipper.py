"""A process that replicates for one region, badly: twice, late, out of order, from the start again."""

import json
import random
import signal
import sys
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from uuid import uuid4

from redis.exceptions import RedisError

from inventory import fence, holds, keyspace
from inventory.calls import Call
from inventory.fence import StockUnavailableError
from inventory.replication import balancing, comparing, reading, shipping
from tests.chaos.seller import configure

KEPT = 60
PAUSE_SECONDS = 0.03


def main(told: dict[str, Any]) -> None:
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: stopped.append(number))
    configure(told)
    region, chance = told["region"], random.Random(told["seed"])
    sent = _remembering()
    while not stopped:
        with suppress(StockUnavailableError, RedisError, OSError):
            _round(region, chance, sent)
        time.sleep(PAUSE_SECONDS)


def _round(region: str, chance: random.Random, sent: "deque[tuple[str, Call]]") -> None:
    peer = chance.choice(reading.peers_of(region))
    what = chance.random()
    if what < 0.6:
        for _time in range(chance.choice((1, 1, 1, 2, 5))):
            shipping.ship(source=region, peer=peer)
    elif what < 0.7:
        comparing.compare(source=region, peer=peer)
    elif what < 0.75:
        fence.node(region).delete(keyspace.cursors(peer))
    elif what < 0.85 and sent:
        for target, call in chance.sample(list(sent), min(5, len(sent))):
            fence.run(call, region=target, opener=None)
    elif what < 0.92:
        _balance(region)
    else:
        holds.expire_holds(region=region)


def _balance(region: str) -> None:
    items = [item for bucket in keyspace.buckets() for item in reading.items_in(fence.node(region), bucket)]
    balancing.balance(region=region, items=items, operation=uuid4().hex, now=int(time.time() * 1000))


def _remembering() -> "deque[tuple[str, Call]]":
    """Keeps what was sent, to be sent again when it is old."""
    sent: deque[tuple[str, Call]] = deque(maxlen=KEPT)
    run_all = fence.run_all

    def remembered(calls: Sequence[Call], *, region: str, opener: fence.Opener | None) -> list[Any]:
        sent.extend((region, call) for call in calls if call.script == "apply")
        return run_all(calls, region=region, opener=opener)

    fence.run_all = remembered
    return sent


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
