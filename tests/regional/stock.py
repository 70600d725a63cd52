"""Short words for what tests do with stock."""

from uuid import uuid4

from inventory import auditing, fence, holds, keyspace, operations, rows
from inventory.counters import Item
from inventory.results import Hold, Line, Operation

SKU, PLACE = "lamp", "store-1"


def operation(region: str, identifier: str = "", *, now: int = 0) -> Operation:
    return Operation(identifier or uuid4().hex, who="somebody", region=region, now=now)


def receive(region: str, units: int, *, sku: str = SKU, place: str = PLACE) -> None:
    operations.receive(sku=sku, location=place, quantity=units, operation=operation(region))


def held(region: str, units: int = 1, *, sku: str = SKU, place: str = PLACE, identifier: str = "") -> Hold:
    return holds.hold(lines=[Line(place, sku, units)], operation=operation(region, identifier))


def sell(region: str, units: int = 1, *, sku: str = SKU, place: str = PLACE) -> Hold:
    hold = held(region, units, sku=sku, place=place)
    holds.confirm(hold=hold)
    return hold


def known(region: str, *, sku: str = SKU, place: str = PLACE) -> Item:
    """The item as a region knows it."""
    return rows.item(fence.node(region).hgetall(keyspace.item(sku, place)))


def assert_sound(*regions: str) -> None:
    """Nothing is kept that does not follow from the counters, and the ledger explains them."""
    for region in regions:
        assert auditing.audit(region) == []
