"""A basket is looked for around a place: whole first, then in part, each nearest first."""

import pytest

from inventory import fence, holds, operations, queries
from inventory.models import Point, Service
from inventory.pickup import available_at, nearby
from inventory.replication import recovery, shipping
from inventory.results import Line, Operation
from redismart.redis import recorder
from tests.integration.inventory.conftest import Store
from tests.redis_nodes import RedisNodes

HERE = Point(lat=40.0, lon=-75.0)


@pytest.fixture(autouse=True)
def _stocked(search_indexes: RedisNodes, placed: Store) -> None:
    for region in fence.regions():
        recovery.open_region(region)
    for name, lat in (("far", 40.3), ("near", 40.1), ("next", 40.01), ("away", 50.0)):
        placed(name, location={"lat": lat, "lon": -75.0}, services=["pickup"] if name != "next" else [])
    receive("A", "far", 5)
    receive("B", "far", 1)
    receive("A", "near", 1)
    receive("A", "next", 2)
    receive("B", "next", 2)


def receive(sku: str, location: str, quantity: int, region: str = "us") -> None:
    operation = Operation(f"{sku}-{location}-{region}", region=region)
    operations.receive(sku=sku, location=location, quantity=quantity, operation=operation)


def names(**options: object) -> list[tuple[str, int]]:
    found = nearby(point=HERE, wanted={"A": 2, "B": 1}, **options)  # type: ignore[arg-type]
    return [(near.location.id, near.complete) for near in found]


def test_those_with_the_whole_basket_come_first_and_each_nearest_first() -> None:
    assert names() == [("next", 2), ("far", 2), ("near", 0)]


def test_only_those_with_the_service() -> None:
    assert names(services=[Service.PICKUP]) == [("far", 2), ("near", 0)]


def test_what_another_region_may_sell_counts() -> None:
    receive("A", "near", 3, region="eu")
    receive("B", "near", 3, region="eu")
    shipping.ship(source="eu", peer="us")
    assert names()[1] == ("near", 2)
    near = next(found for found in nearby(point=HERE, wanted={"A": 2}) if found.location.id == "near")
    assert near.whole
    assert near.available == {"A": 4}


def test_it_takes_two_round_trips() -> None:
    with recorder.recording() as recorded:
        names()
    assert len(recorded.trips) == 2


def test_units_that_are_held_are_not_offered() -> None:
    holds.hold(lines=[Line("next", "B", 2)], operation=Operation("h", region="us"))
    assert names()[0] == ("far", 2)
    assert queries.levels(skus=["B"], region="us")["B"].locations["next"].total == 0


def test_an_empty_basket_is_a_list_of_stores() -> None:
    assert [near.location.id for near in nearby(point=HERE, wanted={})] == ["next", "near", "far"]


def test_any_locations_and_skus_are_looked_up_at_once() -> None:
    with recorder.recording() as recorded:
        found = available_at(locations=["far", "next", "nowhere"], skus=["A", "B", "none"])
    assert found == {
        "far": {"A": 5, "B": 1, "none": 0},
        "next": {"A": 2, "B": 2, "none": 0},
        "nowhere": {"A": 0, "B": 0, "none": 0},
    }
    assert len(recorded.trips) == 1
    assert available_at(locations=[], skus=["A"]) == {}
