"""Counts that are forgotten: of what happened 30 days ago half counts.

They are added up in the weights of a fixed day, which grow as time goes by instead of the past fading (forward decay,
after Cormode et al., 2009): adding is one atomic command, and nothing has to be recomputed as long as nobody looks.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from redismart.redis.batch import Batch, Reply
from redismart.redis.connections import ShopRedis

HALF_LIFE_SECONDS = 30 * 86_400
EPOCH = 1_767_225_600
"""The fixed day, 1 January 2026. Weights double every 30 days, and floats reach 84 years."""

Told = TypeVar("Told")


def weight(moment: float) -> float:
    """How much what happened at a moment counts."""
    return math.pow(2, (moment - EPOCH) / HALF_LIFE_SECONDS)


@dataclass(frozen=True, slots=True)
class Tally(Generic[Told]):
    """A sorted set of what was counted, of no more than ``most`` members: those counted least go first.

    Those counted less than ``shown_from`` lately are not told; others as what ``told`` makes of a member and about how
    often it was counted. ``now`` is in epoch seconds.
    """

    key: str
    most: int
    shown_from: float
    told: Callable[[str, float], Told]

    def add(self, client: ShopRedis, member: str, *, now: float | None = None) -> None:
        """Count one once more."""
        pipeline = client.pipeline(transaction=True)
        pipeline.zincrby(self.key, _weight(now), member)
        pipeline.zremrangebyrank(self.key, 0, -self.most - 1)
        pipeline.execute()

    def asked(self, batch: Batch, *, most: int, now: float | None = None) -> Reply[Sequence[Told]]:
        """What was lately counted most, most first, queued with what else a page asks."""
        unit = _weight(now)

        def read(reply: list[str]) -> Sequence[Told]:
            return [
                self.told(member, float(score) / unit) for member, score in zip(reply[::2], reply[1::2], strict=True)
            ]

        lately = ("inf", self.shown_from * unit, "BYSCORE", "REV", "LIMIT", 0, most)
        return batch.add("ZRANGE", self.key, *lately, "WITHSCORES", parse=read)

    def count(self, batch: Batch, *, now: float | None = None) -> Reply[int]:
        """How many are told, queued with what else a page asks."""
        return batch.add("ZCOUNT", self.key, self.shown_from * _weight(now), "inf", parse=int)

    def top(self, client: ShopRedis, *, most: int, now: float | None = None) -> Sequence[Told]:
        """What was lately counted most, most first."""
        batch = Batch(client)
        found = self.asked(batch, most=most, now=now)
        batch.run()
        return found.value


def _weight(now: float | None) -> float:
    return weight(time.time() if now is None else now)
