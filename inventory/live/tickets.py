"""What lets a browser listen: a signed note of the items on its page, good for a short while.

The live process knows no sessions. Whoever got a page got the right to follow it; a stream ends after a while, and
going on takes a new ticket, which only those get who may still see the board.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core import signing

from inventory.replication.reading import Item

SALT = "inventory.live"
SECONDS = 120
"""How long a ticket opens a stream, and opens it again when the connection was lost."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """The items to follow, and the origin of the page that may read the stream."""

    items: tuple[Item, ...]
    origin: str


def issue(*, items: Sequence[Item], origin: str) -> str:
    """A ticket as text that fits into an address."""
    return signing.dumps({"items": list(items), "origin": origin}, salt=SALT, compress=True)


def read(text: str) -> Ticket:
    """The ticket. Raises ``signing.BadSignature`` for any other text, and for one that is too old."""
    facts = signing.loads(text, salt=SALT, max_age=SECONDS)
    return Ticket(tuple((location, sku) for location, sku in facts["items"]), facts["origin"])
