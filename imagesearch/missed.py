"""Photos that found nothing close, so that the shop can offer what they show.

Nothing of a photo is kept: only which product was the nearest to it, and how often lately, half of it forgotten in 30
days as with sales. Of no more than so many products: those that were it least go first. A photo counts once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from imagesearch import keyspace, vectors
from redismart.redis.fading import Tally

MOST = 2_000
AGAIN_SECONDS = 86_400
"""Longer than a photo is looked through."""

SHOWN_FROM = 0.5
"""Of a photo: what is less is long ago."""


@dataclass(frozen=True, slots=True)
class Missed:
    """A product that was the nearest to photos without being close, and to about how many lately."""

    sku: str
    times: float


TALLY = Tally(keyspace.MISSED, MOST, SHOWN_FROM, Missed)


def note(*, photo: str, nearest: str, now: float | None = None) -> bool:
    """Count that a photo, by its name, found nothing; returns whether it counted."""
    client = vectors.client()
    if not client.set(keyspace.missed_by(photo), 1, nx=True, ex=AGAIN_SECONDS):
        return False
    TALLY.add(client, nearest, now=now)
    return True


def most_missed(*, most: int, now: float | None = None) -> Sequence[Missed]:
    """What was lately the nearest most often, most first."""
    return TALLY.top(vectors.client(), most=most, now=now)
