"""A product page promises what most shoppers, or this one, can rely on."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from inventory.api import Levels, Location, LocationLevel, Point
from purchasing import promises
from purchasing.promises import Promise
from tests import stores

# A Wednesday.
NOON = datetime(2026, 11, 25, 12, tzinfo=ZoneInfo("America/Chicago"))
HERE = Point(lat=40.0, lon=-89.0)
BOTH = ["delivery", "pickup"]


def at(store_id: str, lat: float, **fields: Any) -> Location:
    return stores.location(store_id, location={"lat": lat, "lon": -89.0}, **{"services": BOTH} | fields)


def promised(*locations: Location, has: dict[str, int], point: Point | None = None, now: datetime = NOON) -> Promise:
    known = {location.id: location for location in locations}
    levels = Levels("lamp", locations={place: LocationLevel(units, {"us": units}) for place, units in has.items()})
    return promises.promise(levels=levels, locations=known, region="us", now=now, point=point)


def day(promise: Promise) -> int | None:
    return promise.delivered.day if promise.delivered else None


def test_it_comes_from_the_nearest_that_has_it_and_delivers() -> None:
    places = [at("near", 40.1, services=["pickup"]), at("next", 41.0), at("far", 46.0)]
    assert day(promised(*places, has={"near": 1, "next": 1, "far": 1}, point=HERE)) == 26
    assert day(promised(*places, has={"near": 1, "next": 0, "far": 1}, point=HERE)) == 27
    assert day(promised(*places, has={"near": 1}, point=HERE)) is None


def test_without_a_place_it_holds_for_the_farthest_of_the_region() -> None:
    places = [at("north", 48.0), at("south", 33.0), at("other", 0.0, region="eu")]
    assert day(promised(*places, has={"north": 1, "south": 1})) == 26
    assert promised(*places, has={"north": 1}).delivered == NOON.replace(month=12, day=1, hour=18)


def test_what_can_be_collected_today_is_said_with_where() -> None:
    near, far = at("near", 40.1), at("far", 50.0)
    found = promised(near, far, has={"near": 1, "far": 1}, point=HERE)
    assert (found.ready, found.store, found.stores, found.today) == (NOON.replace(hour=13), "RedisMart near", 1, True)
    assert promised(near, far, has={"near": 1, "far": 1}).stores == 2
    assert not found.brought
    assert promised(near, far, has={"far": 1}, point=HERE).brought


def test_in_the_evening_it_is_tomorrow() -> None:
    found = promised(at("near", 40.1), has={"near": 1}, point=HERE, now=NOON.replace(hour=17, minute=30))
    assert found.ready is not None
    assert (found.ready.day, found.ready.hour, found.today) == (26, 10, False)


def test_an_unknown_location_promises_nothing() -> None:
    assert promised(at("near", 40.1), has={"gone": 3}, point=HERE) == Promise()
    assert promised(has={"gone": 3}) == Promise()


def test_a_large_chain_is_looked_at_in_part() -> None:
    places = [at(f"s{number}", 30 + number / 100) for number in range(1_000)]
    assert len(promises._some(places)) <= promises.MOST_LOOKED_AT
    assert day(promised(*places, has={place.id: 1 for place in places})) == 26


def test_who_has_it_is_told_from_the_nearest() -> None:
    places = [at("near", 40.1), at("next", 41.0), at("over", 40.0, region="eu")]
    known = {location.id: location for location in places}
    units = {"gone": 9, "next": 2, "over": 3, "near": 1, "none": 0}
    levels = Levels("lamp", locations={place: LocationLevel(count, {"us": count}) for place, count in units.items()})
    found = promises.nearest_first(levels=levels, locations=known, region="us", point=HERE)
    assert [(each.place, each.units) for each in found] == [("over", 3), ("near", 1), ("next", 2), ("gone", 9)]
    # Nobody knows how far an unknown one is.
    assert [each.km is None for each in found] == [False, False, False, True]
    anywhere = promises.nearest_first(levels=levels, locations=known, region="us")
    assert [each.place for each in anywhere] == ["near", "next", "gone", "over"]
    assert {each.km for each in anywhere} == {None}


def test_what_nobody_near_by_has_is_brought_from_the_nearest_that_has_it() -> None:
    shop, hub, far = at("shop", 40.3), at("hub", 43.0, services=["delivery"]), at("far", 30.0, services=["delivery"])
    found = promised(shop, hub, far, has={"hub": 1, "far": 1}, point=HERE)
    # Sent on Wednesday, a day on the way from the hub: from Thursday evening on, when the store is still open or again.
    assert (found.brought, found.store, found.stores) == (True, "RedisMart shop", 1)
    assert found.ready is not None
    assert found.ready > NOON.replace(day=26, hour=17)
    later = promised(shop, far, has={"far": 1}, point=HERE).ready
    assert later is not None
    assert later > found.ready
    # Without a place, or without a store near it, nothing of the kind is said.
    assert not promised(shop, hub, has={"hub": 1}).brought
    assert not promised(hub, has={"hub": 1}, point=HERE).brought
    assert not promised(shop, hub, has={"shop": 1, "hub": 1}, point=HERE).brought


def test_what_nobody_delivers_is_only_in_stores() -> None:
    shop, hub = at("shop", 40.3, services=["pickup"]), at("hub", 43.0)
    assert promised(shop, hub, has={"shop": 1}).only_in_stores
    assert not promised(shop, hub, has={"shop": 1, "hub": 1}).only_in_stores
    assert not promised(shop, hub, has={}).only_in_stores


def test_what_only_another_region_has_comes_from_afar() -> None:
    here, there = at("here", 40.3), at("there", 52.0, region="eu")
    assert promised(here, there, has={"there": 1}).from_afar
    assert not promised(here, there, has={"here": 1, "there": 1}).from_afar
    assert not promised(here, there, has={}).from_afar
