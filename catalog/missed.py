"""What shoppers looked for and did not find, so that the shop can offer it, or call it what they call it.

Of each text only how often it was looked for is kept, weighed so that half of it is forgotten in 30 days (see
``redismart.redis.fading``), and of no more than so many texts: those looked for least go first. Who asked is not kept;
that a visitor asked is, as a mark that leads back to nobody and ends within an hour, so that whoever asks again counts
once. Texts that look like somebody's address, number or card are not kept at all, and none is shown that one visitor
alone has typed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from catalog import keyspace
from catalog.models import Product
from redismart.redis.fading import Tally

MOST = 2_000
SHORTEST, LONGEST = 2, 60
AGAIN_SECONDS = 3_600
SHOWN_FROM = 1.5
"""Lately by so many visitors at least: by two, of whom the first may have faded a little."""

PERSONAL = re.compile(r"@|://|www\.|(?:\d[\s().+-]*){6,}")


@dataclass(frozen=True, slots=True)
class Missed:
    """A text, and by about how many visitors it was lately looked for in vain."""

    text: str
    times: float


TALLY = Tally(keyspace.MISSED, MOST, SHOWN_FROM, Missed)


def kept(text: str) -> str | None:
    """The text as it is counted; None for what is not. Pure."""
    folded = " ".join(text.casefold().split())
    if not SHORTEST <= len(folded) <= LONGEST or PERSONAL.search(folded) or not folded.isprintable():
        return None
    return folded


def note(*, text: str, visitor: str, now: float | None = None) -> bool:
    """Count that a visitor found nothing, once an hour; returns whether it counted."""
    counted, client = kept(text), Product.db()
    if counted is None or not client.set(keyspace.missed_by(visitor), 1, nx=True, ex=AGAIN_SECONDS):
        return False
    TALLY.add(client, counted, now=now)
    return True


def most_missed(*, most: int, now: float | None = None) -> Sequence[Missed]:
    """What was lately looked for most, most first."""
    return TALLY.top(Product.db(), most=most, now=now)
