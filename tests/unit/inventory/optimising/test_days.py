"""Distances between a region's locations are those of the globe, all at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.globe import distance_km
from inventory.optimising.days import Places
from tests.stores import location

POINTS = st.tuples(st.floats(-85, 85), st.floats(-180, 180))


@given(st.lists(POINTS, max_size=5))
def test_distances_are_those_of_the_globe(points: list[tuple[float, float]]) -> None:
    made = {f"s{n}": location(f"s{n}", location={"lat": lat, "lon": lon}) for n, (lat, lon) in enumerate(points)}
    found = Places(made, "us").km(list(made))
    assert found.shape == (len(points), len(points))
    for row, one in enumerate(made.values()):
        expected = [distance_km(one.point, other.point) for other in made.values()]
        assert list(found[row]) == pytest.approx(expected, abs=1e-3)


def test_locations_of_other_regions_are_not_among_them() -> None:
    places = Places({"s1": location("s1"), "e1": location("e1", region="eu")}, "us")
    assert ("s1" in places, "e1" in places) == (True, False)
