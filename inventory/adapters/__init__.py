"""One file per format: how its records become rows of RedisMart's own format for stores.

An adapter is a module with ``recognises`` (does a record of these fields belong to this format?) and
``adapt`` (record to row; raises ``FieldError`` for what it cannot read), both pure.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from inventory.adapters import bestbuy, own
from inventory.adapters.errors import FieldError

__all__ = ["ADAPTERS", "BY_NAME", "Adapter", "FieldError", "for_record"]

Record = Mapping[str, Any]


class Adapter(Protocol):
    """What a module of this package offers."""

    NAME: str

    def recognises(self, record: Record) -> bool: ...

    def adapt(self, record: Record) -> dict[str, Any]: ...


ADAPTERS: tuple[Adapter, ...] = (bestbuy, own)
BY_NAME: dict[str, Adapter] = {adapter.NAME: adapter for adapter in ADAPTERS}


def for_record(record: Record) -> Adapter | None:
    """The adapter of the format that a record is written in."""
    return next((adapter for adapter in ADAPTERS if adapter.recognises(record)), None)
