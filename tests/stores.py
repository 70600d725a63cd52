"""Rows of stores for tests."""

from typing import Any

from inventory.loading import rows
from inventory.models import Location

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def store_row(store_id: str = "us-test", **fields: Any) -> dict[str, Any]:
    """A row of the own format that is right but for what ``fields`` say."""
    return {
        "id": store_id,
        "name": f"RedisMart {store_id}",
        "kind": "store",
        "region": "us",
        "street": "1 High Street",
        "city": "Springfield",
        "country": "US",
        "location": {"lat": 40.0, "lon": -89.0},
        "timezone": "America/Chicago",
        "hours": {day: ["09:00", "18:00"] for day in DAYS},
        "services": ["pickup"],
        **fields,
    }


def location(store_id: str = "us-test", **fields: Any) -> Location:
    """The document of such a row."""
    return rows.read(store_row(store_id, **fields), region="us").document()
