"""The stores around a point are found, all of them and no others, wherever on Earth that is."""

import math
import random

import pytest

from inventory import globe, keyspace, places, placing, queries
from inventory.models import Location, Point
from redismart.redis import recorder, searched
from tests import stores
from tests.integration.inventory.conftest import Store

RADII = (1.0, 30.0, 300.0, 3_000.0, 12_000.0, 30_000.0)
# What Redis stores of a point is good for half a metre.
INEXACT_KM = 0.002


def anywhere(chance: random.Random) -> dict[str, float]:
    """A point, as often as not near the antimeridian, a pole or other points."""
    lat, lon = chance.choice(
        [
            (chance.uniform(-85, 85), chance.uniform(-180, 180)),
            (chance.uniform(-40, -10), chance.choice([-180, 180]) * (1 - chance.random() / 100)),
            (chance.choice([-1, 1]) * chance.uniform(80, 85.05), chance.uniform(-180, 180)),
            (chance.uniform(48, 49), chance.uniform(2, 3)),
            (0.0, 180.0),
            (0.0, -180.0),
        ]
    )
    return {"lat": lat, "lon": lon}


def distance_km(one: Point, other: Point) -> float:
    """By the haversine formula."""
    lat, lon, other_lat, other_lon = map(math.radians, (one.lat, one.lon, other.lat, other.lon))
    chord = math.sin((other_lat - lat) / 2) ** 2
    chord += math.cos(lat) * math.cos(other_lat) * math.sin((other_lon - lon) / 2) ** 2
    return 2 * globe.EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(chord)))


def fill(*locations: Location) -> None:
    assert not placing.store(locations={location.id: location for location in locations}).failed


def ids(found: list[places.Nearby]) -> list[str]:
    return [nearby.location.id for nearby in found]


@pytest.mark.parametrize("seed", range(3))
def test_exactly_what_lies_within_the_radius_is_found_nearest_first(seed: int) -> None:
    chance = random.Random(seed)
    everything = [stores.location(f"s-{number}", location=anywhere(chance)) for number in range(600)]
    fill(*everything)
    for radius_km in RADII * 6:
        here = Point(**anywhere(chance))
        far = {location.id: distance_km(here, location.point) for location in everything}
        found = places.near(point=here, radius_km=radius_km, limit=1_000)
        assert {name for name, distance in far.items() if distance < radius_km - INEXACT_KM} <= set(ids(found))
        assert all(far[name] < radius_km + INEXACT_KM for name in ids(found))
        assert all(abs(far[each.location.id] - each.distance_km) < INEXACT_KM for each in found)
        assert [each.distance_km for each in found] == sorted(each.distance_km for each in found)


def test_the_other_side_of_the_antimeridian_is_near(placed: Store) -> None:
    fiji = placed("fiji", location={"lat": -17.0, "lon": 179.95})
    found = places.near(point=Point(lat=-17.0, lon=-179.95), radius_km=50, limit=5)
    assert [nearby.location for nearby in found] == [fiji]
    assert found[0].distance_km == pytest.approx(10.6, abs=0.1)


def test_the_other_side_of_the_pole_is_near(placed: Store) -> None:
    placed("alert", location={"lat": 85.0, "lon": 10.0})
    assert ids(places.near(point=Point(lat=85.0, lon=-170.0), radius_km=1_200, limit=5)) == ["alert"]
    assert places.near(point=Point(lat=85.0, lon=-170.0), radius_km=1_100, limit=5) == []


def test_nothing_near_is_an_empty_answer(placed: Store) -> None:
    here = Point(lat=0, lon=0)
    searched.ensure(Location)
    assert places.near(point=here, radius_km=100, limit=5) == []
    placed("a")
    assert places.near(point=here, radius_km=100, limit=5) == []


def test_a_location_comes_whole(placed: Store) -> None:
    store = placed("a", hours={"fri": [["09:00", "12:00"], ["18:00", "02:00"]]}, name='Quo"te, {Ltd} $x')
    (found,) = places.near(point=store.point, radius_km=0.1, limit=5)
    assert found.location == store
    assert found.distance_km == pytest.approx(0, abs=INEXACT_KM)


def test_region_and_services_narrow_the_search(placed: Store) -> None:
    placed("a", services=["pickup"])
    placed("b", services=["pickup", "curbside"], region="eu")
    placed("c", services=[])
    here = Point(lat=40.0, lon=-89.0)
    assert ids(places.near(point=here, radius_km=1, limit=5)) == ["a", "b", "c"]
    assert ids(places.near(point=here, radius_km=1, limit=5, services=["pickup"])) == ["a", "b"]
    assert ids(places.near(point=here, radius_km=1, limit=5, services=["pickup", "curbside"])) == ["b"]
    assert ids(places.near(point=here, radius_km=1, limit=5, region="us")) == ["a", "c"]
    assert places.near(point=here, radius_km=1, limit=5, region="us", services=["curbside"]) == []


@pytest.mark.parametrize("value", ["*", "us|eu", "} @kind:{store", "$p0", "", "\\", " "])
def test_no_value_changes_the_shape_of_the_search(placed: Store, value: str) -> None:
    store = placed("a")
    assert places.near(point=store.point, radius_km=1, limit=5, region=value) == []
    assert places.near(point=store.point, radius_km=1, limit=5, services=[value]) == []


def test_the_nearest_are_those_within_the_limit(placed: Store) -> None:
    for number in (3, 1, 2):
        placed(f"s-{number}", location={"lat": 40 + number / 100, "lon": -89.0})
    assert ids(places.near(point=Point(lat=40.0, lon=-89.0), radius_km=50, limit=2)) == ["s-1", "s-2"]


@pytest.mark.parametrize(("radius_km", "limit"), [(0, 1), (-1, 1), (math.nan, 1), (math.inf, 1), (1, 0)])
def test_a_search_that_can_find_nothing_is_refused(radius_km: float, limit: int) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        places.near(point=Point(lat=0, lon=0), radius_km=radius_km, limit=limit)


def test_every_read_is_one_round_trip(placed: Store) -> None:
    store = placed("a")
    for read in (
        lambda: places.near(point=store.point, radius_km=1, limit=5),
        places.all_locations,
        places.all_locations,
        places.names,
        lambda: list(places.by_ids(["a"])),
    ):
        with recorder.recording() as trips:
            assert len(read()) == 1
        assert len(trips.trips) == 1


def test_all_locations_come_by_id_and_some_by_theirs(placed: Store) -> None:
    expected = [placed(name) for name in ("b", "a")][::-1]
    assert places.all_locations() == expected
    assert places.by_ids(["b", "none", "a", "b"]) == {location.id: location for location in expected}
    assert places.by_ids([]) == {}


def test_each_location_has_a_name_of_its_own(placed: Store) -> None:
    placed("a", name="Airport")
    placed("b", name="Center")
    placed("c", name="Center")
    names = places.names()
    assert [names[each] for each in "abc"] == ["Airport", "Center (b)", "Center (c)"]
    assert names["warehouse-9"] == "warehouse-9"
    placed("a", name="Old airport")
    assert places.names()["a"] == "Old airport"


def test_what_is_remembered_follows_every_write(placed: Store) -> None:
    placed("a", city="Old")
    assert [location.city for location in places.all_locations()] == ["Old"]
    placed("a", city="New")
    assert [location.city for location in places.all_locations()] == ["New"]
    placing.store(locations={"b": stores.location("b")}, only=frozenset({"us"}))
    assert [location.id for location in places.all_locations()] == ["b"]


def test_what_was_written_without_saying_so_is_found_a_minute_later(
    placed: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed("a", city="Old")
    places.all_locations()
    stores.location("a", city="New").save()
    monkeypatch.setattr(places, "LONGEST_KNOWN_SECONDS", 0.0)
    assert [location.city for location in places.all_locations()] == ["New"]


def test_without_any_location_there_is_nothing_to_remember() -> None:
    searched.ensure(Location)
    assert places.all_locations() == []
    stores.location("a").save()
    assert [location.id for location in places.all_locations()] == ["a"]
    assert Location.db().get(keyspace.LOCATION_VERSION) is None


def test_what_another_read_has_noted_saves_asking_for_it(search_indexes: object, placed: Store) -> None:
    placed("a", name="First")
    queries.totals(skus=[], detailed=["lamp"])
    assert places.lately().names["a"] == "First"
    queries.totals(skus=[], detailed=["lamp"])
    with recorder.recording() as recorded:
        assert places.lately().names["a"] == "First"
    assert not recorded.trips
    placed("a", name="Second")
    queries.totals(skus=[], detailed=["lamp"])
    assert places.lately().names["a"] == "Second"
