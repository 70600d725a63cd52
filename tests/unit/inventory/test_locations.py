"""A location is what its fields say, and survives being stored."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from inventory.models import Location, Point
from tests.stores import location

WEDNESDAY_NOON_IN_CHICAGO = datetime(2026, 3, 4, 18, tzinfo=UTC)


def test_a_location_comes_back_from_its_json_as_it_was() -> None:
    stored = location(hours={"fri": [["09:00", "12:00"], ["18:00", "02:00"]], "sun": None}, services=["pickup"])
    assert Location.decoded(stored.encoded()) == stored


def test_the_geo_index_gets_longitude_first_and_no_exponents() -> None:
    stored = orjson.loads(location(location={"lat": 0.000001, "lon": -179.9999999}).encoded())
    assert stored["x"] == {"point": "-179.9999999,0.0000010"}


def test_its_key_is_in_the_keyspace_of_the_inventory() -> None:
    assert location("eu-ber").key() == "inventory:location:eu-ber"


def test_it_opens_by_its_own_clock() -> None:
    store = location()
    assert store.open_at(WEDNESDAY_NOON_IN_CHICAGO)
    assert store.opening(WEDNESDAY_NOON_IN_CHICAGO).until == datetime(2026, 3, 5, tzinfo=UTC)
    assert not location(timezone="Europe/Berlin").open_at(WEDNESDAY_NOON_IN_CHICAGO)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", ""),
        ("id", "a:b"),
        ("id", "a\n"),
        ("id", "ä"),
        ("id", "x" * 61),
        ("name", ""),
        ("kind", "warehouse"),
        ("region", "US"),
        ("country", "XX"),
        ("country", "EU"),
        ("country", "us"),
        ("timezone", "Mars/Olympus"),
        ("timezone", "../etc/passwd"),
        ("timezone", ""),
        ("services", ["drone"]),
    ],
)
def test_what_cannot_be_is_refused(field: str, value: Any) -> None:
    fields = location().model_dump() | {field: value}
    with pytest.raises(ValidationError, match=field):
        Location(**fields)


@pytest.mark.parametrize(
    ("lat", "lon"), [(85.06, 0), (-90, 0), (0, 180.1), (0, -181), (float("nan"), 0), (0, float("inf"))]
)
def test_a_point_off_the_map_is_refused(lat: float, lon: float) -> None:
    with pytest.raises(ValidationError):
        Point(lat=lat, lon=lon)
