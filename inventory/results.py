"""What the inventory's operations take and answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson


@dataclass(frozen=True, slots=True)
class Operation:
    """What makes a change one change, and what the ledger says of it.

    The ``id`` is the caller's: sent again, the change is not made again. ``region`` is that of this process unless
    named; ``now`` is epoch ms, 0 for the clock of the region's node.
    """

    id: str
    who: str = ""
    why: str = ""
    region: str | None = None
    now: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """Units of a SKU at a location."""

    location: str
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class SoldDay:
    """Units of a SKU that a location sold on a day (``date.toordinal``); nought says that it was there to be bought."""

    location: str
    sku: str
    day: int
    units: int


@dataclass(frozen=True, slots=True)
class Shortage:
    """A line that cannot be had whole: how many units can."""

    location: str
    sku: str
    wanted: int
    available: int

    @property
    def missing(self) -> int:
        return self.wanted - self.available


@dataclass(frozen=True, slots=True)
class Hold:
    """Units set aside until ``expires`` (epoch ms), in ``region``.

    Keep it with what it is for: ``confirm`` and ``release`` want it back.
    """

    hold_id: str
    region: str
    lines: tuple[Line, ...]
    expires: int

    def encoded(self) -> str:
        lines = [(line.location, line.sku, line.quantity) for line in self.lines]
        return orjson.dumps([self.hold_id, self.region, lines, self.expires]).decode()

    @classmethod
    def decoded(cls, stored: str) -> "Hold":
        hold_id, region, lines, expires = orjson.loads(stored)
        return cls(hold_id, region, tuple(Line(*line) for line in lines), expires)


@dataclass(frozen=True, slots=True)
class Counted:
    """What a stock count changed: the difference to what was known, and of it what others had the rights to."""

    on_hand: int
    difference: int
    owed: int


@dataclass(frozen=True, slots=True)
class LocationLevel:
    """A SKU at a location: units on hand, and units each region may sell right now."""

    on_hand: int = 0
    available: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Units that somebody may sell, as far as is known here."""
        return sum(max(count, 0) for count in self.available.values())


@dataclass(frozen=True, slots=True)
class Levels:
    """A SKU everywhere. ``ages`` say for each other region how old what is known of it may be, in ms."""

    sku: str
    on_hand: int = 0
    available: Mapping[str, int] = field(default_factory=dict)
    locations: Mapping[str, LocationLevel] = field(default_factory=dict)
    ages: Mapping[str, int | None] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Units that somebody may sell, as far as is known here."""
        return sum(max(count, 0) for count in self.available.values())

    @property
    def tracked(self) -> bool:
        """Whether there ever was any stock of it."""
        return bool(self.available)

    @property
    def age(self) -> int | None:
        """The age of the oldest part, in ms; None when a region was never heard of."""
        known = [age for age in self.ages.values() if age is not None]
        return max(known, default=0) if len(known) == len(self.ages) else None


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the ledger: what one operation did to one item.

    The quantity of a stock count is the difference it made, with its sign; ``counted`` is the figure, None of all else.
    """

    entry_id: str
    region: str
    operation: str
    kind: str
    location: str
    sku: str
    quantity: int
    who: str
    why: str
    at: int
    counted: int | None = None
    changes: Mapping[str, int] = field(default_factory=dict)


def by_item(lines: Sequence[Line]) -> tuple[Line, ...]:
    """One line per item, in one order for everybody: whoever takes the first can take the rest."""
    if len(lines) == 1:
        return tuple(lines)
    sums: dict[tuple[str, str], int] = {}
    for line in lines:
        sums[line.location, line.sku] = sums.get((line.location, line.sku), 0) + line.quantity
    return tuple(Line(location, sku, quantity) for (location, sku), quantity in sorted(sums.items()))
