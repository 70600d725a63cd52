"""Rows that are about products say what these are called."""

from redismart import names
from redismart.backoffice.standins import StandIn


def named(rows: list[StandIn]) -> list[StandIn]:
    """The same rows, each with the name of the product of its ``sku`` as ``called``; in one round trip."""
    skus = [getattr(row, "sku", "") for row in rows]
    called = names.of(skus)
    for row, sku in zip(rows, skus, strict=True):
        row.__dict__["called"] = called.get(sku, "")
    return rows
