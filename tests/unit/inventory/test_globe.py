"""A circle that reaches over the edge of the map is recognised."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.globe import FARTHEST_KM, crosses_edge, distance_km
from inventory.models import Point


@pytest.mark.parametrize(
    ("lat", "lon", "radius_km", "crosses"),
    [
        (40, -74, 100, False),
        (0, 0, 9_000, False),
        (0, 0, 9_500, True),
        (-17, 179.9, 20, True),
        (-17, 179.9, 5, False),
        (-17, -180, 0.1, True),
        (80, 0, 500, False),
        (80, 0, 600, True),
        (-85, 10, 10, True),
        (60, 170, 500, False),
        (60, 170, 600, True),
    ],
)
def test_the_edges_are_the_antimeridian_and_the_last_latitudes(
    lat: float, lon: float, radius_km: float, crosses: bool
) -> None:
    assert crosses_edge(Point(lat=lat, lon=lon), radius_km) is crosses


@given(st.floats(-85.05, 85.05), st.floats(-180, 180), st.floats(0.001, FARTHEST_KM))
def test_it_has_an_answer_everywhere_and_never_takes_it_back(lat: float, lon: float, radius_km: float) -> None:
    point = Point(lat=lat, lon=lon)
    assert crosses_edge(point, FARTHEST_KM)
    if crosses_edge(point, radius_km / 2):
        assert crosses_edge(point, radius_km)


@pytest.mark.parametrize(
    ("one", "other", "km"),
    [
        ((40.7128, -74.0060), (34.0522, -118.2437), 3_936),
        ((52.52, 13.405), (48.8566, 2.3522), 878),
        ((0, 179.9), (0, -179.9), 22),
        ((-85, 0), (85, 180), 20_021),
        ((12, 34), (12, 34), 0),
    ],
)
def test_a_distance_is_that_on_the_globe(one: tuple[float, float], other: tuple[float, float], km: float) -> None:
    here, there = Point(lat=one[0], lon=one[1]), Point(lat=other[0], lon=other[1])
    assert distance_km(here, there) == pytest.approx(km, abs=1)
    assert distance_km(there, here) == distance_km(here, there)
