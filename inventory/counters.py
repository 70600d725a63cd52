"""Bounded counters: stock that regions change on their own, merge in any order, and never sell twice. Pure.

After Balegas et al., "Extending Eventually Consistent Cloud Databases for Enforcing Numeric Invariants" (2015).
A stock item is one SKU at one location. For each region it has a row of numbers that only grow and that this region
alone writes: units received and consumed there, rights to sell that it gave to each other region, and units that
a stock count there found missing while others had the rights to them (claimed, and of these settled).

- on hand = Σ received - Σ consumed - Σ (claimed - settled)
- rights of i = received(i) + Σ given(j → i) - Σ given(i → j) - consumed(i)
- available at i = rights of i - held at i

Merging takes the maximum of each number, so that repeating, reordering and resending change nothing. A sale needs only
``available`` of its own region: local, and safe whoever else can be reached.

The scripts in ``scripts/`` do the same within Redis; tests hold the two together.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

Counts = Mapping[str, int]


class NotAvailableError(ValueError):
    """A region wants to consume or give more than it may: get rights from others first."""


@dataclass(frozen=True, slots=True)
class Row:
    """One region's counters of an item.

    ``held``, ``demand`` (units, decaying from ``demand_at`` ms on) are states, not counters: the
    higher ``version`` wins.
    """

    received: int = 0
    consumed: int = 0
    claimed: int = 0
    settled: int = 0
    given: Counts = field(default_factory=dict)
    held: int = 0
    demand: float = 0.0
    demand_at: int = 0
    version: int = 0

    @property
    def owed(self) -> int:
        """Units claimed that have not been paid with rights yet."""
        return self.claimed - self.settled

    def merged(self, other: "Row") -> "Row":
        """What is known of the region from two tellings."""
        newer = self if self.version >= other.version else other
        given = {to: max(self.given.get(to, 0), other.given.get(to, 0)) for to in {*self.given, *other.given}}
        return Row(
            received=max(self.received, other.received),
            consumed=max(self.consumed, other.consumed),
            claimed=max(self.claimed, other.claimed),
            settled=max(self.settled, other.settled),
            given=given,
            held=newer.held,
            demand=newer.demand,
            demand_at=newer.demand_at,
            version=newer.version,
        )


@dataclass(frozen=True, slots=True)
class Item:
    """One SKU at one location as one region knows it: all regions' rows, in one epoch."""

    rows: Mapping[str, Row] = field(default_factory=dict)
    epoch: int = 0

    def row(self, region: str) -> Row:
        return self.rows.get(region, Row())

    @property
    def on_hand(self) -> int:
        """Below nought only while claims wait for units that others sold in the meantime."""
        return sum(row.received - row.consumed - row.owed for row in self.rows.values())

    def rights(self, region: str) -> int:
        """Units that the region may sell or has set aside."""
        own = self.row(region)
        taken = sum(row.given.get(region, 0) for row in self.rows.values())
        return own.received + taken - sum(own.given.values()) - own.consumed

    def available(self, region: str) -> int:
        return self.rights(region) - self.row(region).held

    def merged(self, other: "Item") -> "Item":
        """What is known from both; a newer epoch leaves nothing of an older one."""
        if self.epoch != other.epoch:
            return self if self.epoch > other.epoch else other
        regions = {*self.rows, *other.rows}
        return Item({region: self.row(region).merged(other.row(region)) for region in regions}, self.epoch)

    def receive(self, region: str, units: int) -> "Item":
        """Units arrive, by delivery or return; what is owed is settled from them."""
        return self._with(region, received=self.row(region).received + units).settle(region)

    def consume(self, region: str, units: int) -> "Item":
        """Units leave. Raises ``NotAvailableError``."""
        self._need(region, units)
        return self._with(region, consumed=self.row(region).consumed + units)

    def hold(self, region: str, units: int) -> "Item":
        """Units are set aside. Raises ``NotAvailableError``."""
        self._need(region, units)
        return self._with(region, held=self.row(region).held + units)

    def release(self, region: str, units: int) -> "Item":
        return self._with(region, held=self.row(region).held - units).settle(region)

    def confirm(self, region: str, units: int) -> "Item":
        """Units set aside leave."""
        own = self.row(region)
        return self._with(region, held=own.held - units, consumed=own.consumed + units)

    def give(self, region: str, units: int, *, to: str) -> "Item":
        """Rights to sell go to another region. Raises ``NotAvailableError``."""
        self._need(region, units)
        given = self.row(region).given
        return self._with(region, given={**given, to: given.get(to, 0) + units})

    def count(self, region: str, difference: int) -> "Item":
        """A stock count found so many units more, or fewer, than were known of.

        Missing units are taken from the region's own rights first; what is missing beyond is owed.
        """
        if difference >= 0:
            return self.receive(region, difference)
        own = self.row(region)
        ours = min(-difference, max(self.available(region), 0))
        claimed = own.claimed - difference - ours
        return self._with(region, consumed=own.consumed + ours, claimed=claimed)

    def settle(self, region: str) -> "Item":
        """Pay what is owed with rights that have come in."""
        own = self.row(region)
        paid = min(own.owed, max(self.available(region), 0))
        return self._with(region, consumed=own.consumed + paid, settled=own.settled + paid) if paid > 0 else self

    def retired(self, region: str) -> "Item":
        """Begin a new epoch, with nothing."""
        return self._begun(region, self.epoch + 1)

    def heard(self, region: str, *, source: str, row: Row, epoch: int) -> "Item":
        """What a region knows once another told it its row. Rights that came with it settle what is owed."""
        if row.version <= self.row(source).version or epoch < self.epoch:
            return self
        item = self if epoch == self.epoch else self._begun(region, epoch)
        return replace(item, rows={**item.rows, source: item.row(source).merged(row)}).settle(region)

    def _begun(self, region: str, epoch: int) -> "Item":
        """Nothing is left of the counters; versions go on, so that their sums stay comparable."""
        kept = {
            name: Row(demand=row.demand, demand_at=row.demand_at, version=row.version)
            for name, row in self.rows.items()
        }
        return Item(kept, epoch)._with(region)

    def _need(self, region: str, units: int) -> None:
        if (have := self.available(region)) < units:
            raise NotAvailableError(f"{region} may sell {have} units, not {units}.")

    def _with(self, region: str, **changed: object) -> "Item":
        own = self.row(region)
        row = replace(own, version=own.version + 1, **changed)  # type: ignore[arg-type]
        return replace(self, rows={**self.rows, region: row})
