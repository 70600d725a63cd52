"""RedisMart's own format for stores: see docs/loading.md for its fields."""

from collections.abc import Mapping
from typing import Any

NAME = "own"


def recognises(record: Mapping[str, Any]) -> bool:
    """What every store needs."""
    return {"id", "name", "location"} <= record.keys()


def adapt(record: Mapping[str, Any]) -> dict[str, Any]:
    """The row."""
    return dict(record)
