"""Every key and index of the inventory: the only place that spells one.

A SKU's bucket is a hash tag, so that all its keys, of every location, lie on one cluster slot with the log that tells
of their changes.
"""

import zlib

PREFIX = "inventory"
LOCATION = "location"
LOCATION_INDEX = f"{PREFIX}:locations"
STOCK_INDEX = f"{PREFIX}:stock"

LOCATION_VERSION = f"{PREFIX}:{LOCATION}-version"
"""Another random text after every write to locations: what a process remembers of them is then stale."""

UNTOLD = f"{PREFIX}:untold"

BUCKETS = 64
"""Fixed for good: another number would look for every item elsewhere."""

LINKS = f"{PREFIX}:links"

CUT = f"{PREFIX}:cut"
"""The regions with which this one exchanges nothing, as a drill."""

BALANCED = f"{PREFIX}:balanced"
"""How far balancing has read each log."""

OPENED = f"{PREFIX}:opened"
"""How often the node has been opened, by region."""

ADVICE_INDEX = f"{PREFIX}:advice"

OPTIMISED = f"{PREFIX}:optimised"
"""When proposals were worked out last, how long it took, and what they come to."""

OPTIMISING = f"{PREFIX}:optimising"
"""There while somebody works them out."""

WRITES = "writes"
"""Field of ``learned``: counts the writes to a bucket's diaries and proposals, for others to watch."""

WORTH = "worth"
"""Field of ``learned``: what a bucket's stock was worth when its SKUs were last looked at, as diaries have it."""

HEARD = f"{PREFIX}:heard"
"""When each other region was heard of last, by this node's clock."""


def bucket_of(sku: str) -> str:
    """The bucket of a SKU: ``b00`` to ``b63``."""
    return f"b{zlib.crc32(sku.encode()) % BUCKETS:02d}"


def buckets() -> list[str]:
    return [f"b{number:02d}" for number in range(BUCKETS)]


def location(location_id: str) -> str:
    return f"{PREFIX}:{LOCATION}:{location_id}"


def untold(peer: str) -> str:
    """Hash: the locations of whose changes a peer is yet to be told, each with another mark for each change."""
    return f"{UNTOLD}:{peer}"


def noting(operation_id: str) -> str:
    """There while somebody writes an operation into the staff's history."""
    return f"{PREFIX}:noting:{operation_id}"


def item(sku: str, place: str) -> str:
    """All regions' counters of a SKU at a location."""
    return _in(bucket_of(sku), f"item:{place}:{sku}")


def levels(sku: str) -> str:
    """What is on hand and available of a SKU, by location and in all."""
    return _in(bucket_of(sku), f"levels:{sku}")


def ordered(peer: str) -> str:
    """There while shipping to a peer is ordered and has not begun."""
    return f"{LINKS}:{peer}:ordered"


def projection(sku: str, place: str) -> str:
    """What the stock index reads of an item."""
    return _in(bucket_of(sku), f"stock:{place}:{sku}")


def projections() -> tuple[str, ...]:
    """The prefixes of all projections."""
    return tuple(_in(bucket, "stock:") for bucket in buckets())


def link(peer: str) -> str:
    """What the link to a peer has shipped, and when."""
    return f"{LINKS}:{peer}"


def cursors(peer: str) -> str:
    """How far each of our logs is known to have reached a peer."""
    return f"{LINKS}:{peer}:cursors"


def log(bucket: str) -> str:
    """What this region did, in order: ledger and outbox in one."""
    return _in(bucket, "log")


def log_of(bucket: str, region: str) -> str:
    """Our copy of another region's log."""
    return _in(bucket, f"log:{region}")


def position(bucket: str, region: str) -> str:
    """How far our copy of another region's log goes."""
    return _in(bucket, f"position:{region}")


def digest(bucket: str) -> str:
    """Sums of the versions of all items, by region: equal sums mean equal counters."""
    return _in(bucket, "digest")


def skus(bucket: str) -> str:
    return _in(bucket, "skus")


def expiring(bucket: str) -> str:
    """Holds by the moment at which they expire."""
    return _in(bucket, "expiring")


def hold(bucket: str, hold_id: str) -> str:
    return _in(bucket, f"hold:{hold_id}")


def operation(bucket: str, operation_id: str) -> str:
    """The answer an operation got, for whoever asks again."""
    return _in(bucket, f"op:{operation_id}")


def requests(bucket: str, region: str) -> str:
    """What another region is to do once it can be reached, by operation id."""
    return _in(bucket, f"requests:{region}")


def carried(bucket: str) -> str:
    """The sums of log entries that are no longer kept, by item and counter."""
    return _in(bucket, "carried")


def demand(sku: str) -> str:
    """What was sold of a SKU at the region's own locations, as decaying sums: see ``optimising.history``."""
    return _in(bucket_of(sku), f"demand:{sku}")


def plan(sku: str) -> str:
    """What managers decided of a SKU: ``point|<location>`` at which to order, ``ordered|<location>`` and when."""
    return _in(bucket_of(sku), f"plan:{sku}")


def advice(sku: str, name: str) -> str:
    """One proposal: see ``optimising.proposing``."""
    return _in(bucket_of(sku), f"advice:{name}:{sku}")


def advices() -> tuple[str, ...]:
    """The prefixes of all proposals."""
    return tuple(_in(bucket, "advice:") for bucket in buckets())


def advised(sku: str) -> str:
    """The names of a SKU's proposals, and what each says in short."""
    return _in(bucket_of(sku), f"advised:{sku}")


def learned(bucket: str) -> str:
    """How far each log has been learned from, and a count of all writes to what was learned."""
    return _in(bucket, "learned")


def due(bucket: str) -> str:
    """SKUs by the moment (epoch seconds) from which what is proposed for them is to be worked out anew."""
    return _in(bucket, "due")


def revenue(bucket: str) -> str:
    """SKUs by what was earned with them here, weighed by when: see ``optimising.revenue``."""
    return _in(bucket, "revenue")


def sold_days(bucket: str) -> str:
    """Units sold by day, of all SKUs."""
    return _in(bucket, "sold-days")


def _in(bucket: str, name: str) -> str:
    return f"{PREFIX}:{{{bucket}}}:{name}"
