"""One file per format: how its records become rows of RedisMart's own format.

An adapter is a module with ``recognises`` (does a record of these fields belong to this format?) and
``adapt`` (record to row), both pure. Fields are as they were read: JSON values, or strings from CSV.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from catalog.adapters import abo, bestbuy, own, wands

Record = Mapping[str, Any]


class Adapter(Protocol):
    """What a module of this package offers."""

    NAME: str

    def recognises(self, record: Record) -> bool: ...

    def adapt(self, record: Record) -> dict[str, Any]: ...


# The own format last: its required columns are also part of others.
ADAPTERS: tuple[Adapter, ...] = (bestbuy, wands, abo, own)
BY_NAME: dict[str, Adapter] = {adapter.NAME: adapter for adapter in ADAPTERS}


def for_record(record: Record) -> Adapter | None:
    """The adapter of the format that a record is written in."""
    return next((adapter for adapter in ADAPTERS if adapter.recognises(record)), None)
