"""Stores are drawn in their true directions, the farther ones farther out, inside the picture."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from inventory import maps
from inventory.globe import distance_km
from inventory.models import Point

points = st.builds(Point, lat=st.floats(-80, 80), lon=st.floats(-180, 180))
CENTRE = Point(lat=40, lon=-75)


def drawn(*around: tuple[float, float, float]) -> maps.Picture:
    return maps.draw(centre=CENTRE, around=[(Point(lat=lat, lon=lon), km) for lat, lon, km in around])


def test_directions_are_true_and_order_is_kept() -> None:
    north, east, far_south = drawn((40.5, -75, 55), (40, -74.5, 43), (38, -75, 222)).pins
    middle = (maps.WIDTH / 2, maps.HEIGHT / 2)
    assert north.x == middle[0]
    assert north.y < middle[1]
    assert east.y == middle[1]
    assert east.x > middle[0]
    assert far_south.y - middle[1] > middle[1] - north.y
    assert [pin.number for pin in (north, east, far_south)] == [1, 2, 3]


def test_the_date_line_is_no_edge() -> None:
    [pin] = maps.draw(centre=Point(lat=0, lon=179.9), around=[(Point(lat=0, lon=-179.9), 22)]).pins
    assert pin.x > maps.WIDTH / 2


@given(points, st.lists(points, max_size=12))
def test_everything_is_inside_the_picture(centre: Point, others: list[Point]) -> None:
    picture = maps.draw(centre=centre, around=[(other, distance_km(centre, other)) for other in others])
    assert all(0 <= pin.x <= maps.WIDTH and 0 <= pin.y <= maps.HEIGHT for pin in picture.pins)
    assert all(ring.radius <= maps.REACH + 1 for ring in picture.rings)


def test_rings_are_round_distances_of_the_unit() -> None:
    assert [ring.km for ring in drawn((40.5, -75, 55)).rings] == [50, 25, 10]
    miles = maps.draw(centre=CENTRE, around=[(Point(lat=40.5, lon=-75), 55)], unit_km=1.609344)
    assert miles.rings[0].km == 25 * 1.609344


def test_a_store_where_one_stands_is_in_the_middle() -> None:
    [pin] = drawn((40, -75, 0)).pins
    assert (pin.x, pin.y) == (maps.WIDTH / 2, maps.HEIGHT / 2)


@given(st.lists(points, min_size=1, max_size=60), st.integers(200, 1_000), st.integers(200, 1_000))
def test_places_beside_each_other_lie_inside_and_in_their_order(places: list[Point], width: int, height: int) -> None:
    picture = maps.spread(points=places, width=width, height=height)
    assert [pin.number for pin in picture.pins] == list(range(1, len(places) + 1))
    assert all(0 <= pin.x <= width and 0 <= pin.y <= height for pin in picture.pins)
    for (pin, point), (other, to) in pairwise(zip(picture.pins, places, strict=True)):
        assert (pin.x - other.x) * (point.lon - to.lon) >= 0
        assert (pin.y - other.y) * (point.lat - to.lat) <= 0
    assert all(0 <= line.at <= width for line in picture.meridians)
    assert all(0 <= line.at <= height for line in picture.parallels)
    assert len(picture.meridians) <= maps.MOST_LINES + 6


def test_places_near_home_are_named_by_round_degrees() -> None:
    picture = maps.spread(points=[Point(lat=40, lon=-75), Point(lat=50, lon=10)])
    assert "0°" in [line.name for line in picture.meridians]
    assert "60° W" in [line.name for line in picture.meridians]
    assert all(line.name.endswith(("° N", "° S", "°")) for line in picture.parallels)
    assert maps.spread(points=[]).pins == ()
