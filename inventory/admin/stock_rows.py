"""What the admin's list of stock shows of each item, read for a page of them in two round trips."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from inventory import board, fence, keyspace
from inventory.optimising.kinds import Kind
from inventory.replication.reading import Item
from redismart import names
from redismart.redis import replies


class StockRow(BaseModel):
    """A SKU at a location: units on hand, set aside by anybody, and what each region may sell.

    ``point`` is where to order, as a manager set it or as it is proposed to order now; None where neither is.
    """

    model_config = ConfigDict(frozen=True)

    sku: str
    location: str
    on_hand: int = 0
    held: int = 0
    available: Mapping[str, int] = Field(default_factory=dict)
    point: int | None = None
    own_point: bool = False
    name: str = ""
    """What the product is called; empty where the catalogue does not know it, or is away."""

    @property
    def sellable(self) -> int:
        return sum(max(units, 0) for units in self.available.values())

    @property
    def short(self) -> bool:
        """Whether it is time to order."""
        return self.point is not None and self.on_hand <= self.point


def read(items: Sequence[Item]) -> list[StockRow]:
    """Items as the list shows them."""
    pipeline, regions = fence.node(fence.here()).pipeline(), fence.regions()
    for command in board.row_commands(items, regions):
        pipeline.execute_command(*command)
    for location, sku in items:
        pipeline.hget(keyspace.plan(sku), f"point|{location}")
        pipeline.hget(keyspace.advice(sku, f"{Kind.REORDER}:{location}"), "point")
    found = pipeline.execute(raise_on_error=False) if items else []
    levels, points = found[: 2 * len(items)], found[2 * len(items) :]
    rows, called = board.rows_of(items, regions, levels), names.of(sku for _location, sku in items)
    told = zip(rows, points[::2], points[1::2], strict=True)
    return [_row(row, own, proposed, called.get(row.sku, "")) for row, own, proposed in told]


def pk_of(item: Item) -> str:
    """An item as an address names it. A location has no colon, a SKU may have any."""
    return ":".join(item)


def item_of(pk: str) -> Item:
    location, _, sku = pk.partition(":")
    return location, sku


def _row(row: board.BoardRow, own: Any, told: Any, name: str) -> StockRow:
    own, told = (_point(replies.sound(each)) for each in (own, told))
    point = own if own is not None else told
    return StockRow(
        sku=row.sku,
        location=row.location,
        on_hand=row.on_hand,
        held=row.held,
        available=row.available,
        point=point,
        own_point=own is not None,
        name=name,
    )


def _point(stored: str | None) -> int | None:
    """None too where it is damaged."""
    try:
        return None if stored is None else round(float(stored))
    except (ValueError, OverflowError):
        return None
