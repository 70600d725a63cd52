"""What a product page may promise: when one unit is there, and where it can be collected today. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from inventory.api import Levels, Location, Point, Service, distance_km
from purchasing import transit
from purchasing.transit import Rules

PICKUP_KM = 100.0
KM_OF_A_DEGREE = 111.0
"""A little less than it is, so that none is missed."""

MOST_LOOKED_AT = 24
"""Locations to reckon from where nobody knows where the shopper is: a page must not take longer in a larger chain."""


@dataclass(frozen=True, slots=True)
class Promise:
    """``delivered`` by when; ``ready`` to be collected from when, at ``store``, one of ``stores`` that have it then.

    ``brought``: no store near the shopper has it, and ``store`` gets it from elsewhere until then. ``only_in_stores``:
    there is some, but none of who has it delivers. ``from_afar``: the shopper's region has none.
    """

    delivered: datetime | None = None
    ready: datetime | None = None
    store: str = ""
    stores: int = 0
    today: bool = False
    brought: bool = False
    only_in_stores: bool = False
    from_afar: bool = False


@dataclass(frozen=True, slots=True)
class Shelf:
    """Units that a location has; ``km`` from the shopper, where that is known of both."""

    place: str
    units: int
    km: float | None = None


def nearest_first(
    *, levels: Levels, locations: Mapping[str, Location], region: str, point: Point | None = None
) -> list[Shelf]:
    """Who has a product: the nearest to a point first; without one, those of the shopper's own region."""

    def far(shelf: Shelf) -> tuple[bool, float, bool, str, str]:
        known = locations.get(shelf.place)
        elsewhere = known is None or known.region != region
        return shelf.km is None, shelf.km or 0.0, elsewhere, known.name.casefold() if known else "", shelf.place

    shelves = (
        Shelf(place, level.total, distance_km(point, locations[place].point) if point and place in locations else None)
        for place, level in levels.locations.items()
        if level.total
    )
    return sorted(shelves, key=far)


def promise(
    *,
    levels: Levels,
    locations: Mapping[str, Location],
    region: str,
    now: datetime,
    point: Point | None = None,
) -> Promise:
    """For a shopper at a point; else for most who live near any location of a region."""
    stocked = [locations[place] for place, level in levels.locations.items() if level.total and place in locations]
    delivered = _delivered(stocked, [each for each in locations.values() if each.region == region], now, point)
    only = bool(stocked) and not any(Service.DELIVERY in each.services for each in stocked)
    afar = bool(stocked) and not any(each.region == region for each in stocked)
    collected = Promise(delivered, *_collected(stocked, region, now, point), only_in_stores=only, from_afar=afar)
    if collected.ready or point is None:
        return collected
    ready, store = _brought(stocked, locations, now, point)
    return replace(collected, ready=ready, store=store, stores=int(bool(store)), brought=bool(store))


def _delivered(
    stocked: Sequence[Location], places: Sequence[Location], now: datetime, point: Point | None
) -> datetime | None:
    sending = [each for each in stocked if Service.DELIVERY in each.services]
    points = [point] if point else [each.point for each in _some(places)]
    if not sending or not points:
        return None
    if point is None:
        sending = _some(sending)
    rules = Rules.current()
    nearest = (min((distance_km(each, one.point), one.id, one) for one in sending) for each in points)
    km, _id, location = max(nearest)
    days = rules.methods[0].days.within(km)
    return transit.arrival(location=location, now=now, days=days, cutoff=rules.cutoff)


def _collected(
    stocked: Sequence[Location], region: str, now: datetime, point: Point | None
) -> tuple[datetime | None, str, int, bool]:
    """When, where, in how many stores, and whether that is today there."""
    open_to_all = [each for each in stocked if Service.PICKUP in each.services]
    if point is None:
        near = _some([each for each in open_to_all if each.region == region])
    else:
        near = stores_near(point=point, locations=open_to_all)
    minutes = Rules.current().pickup_minutes
    times = [(each, transit.ready(location=each, now=now, minutes=minutes)) for each in near]
    days = [(at.date(), at, each.name) for each, at in times if at is not None]
    if not days:
        return None, "", 0, False
    soonest = min(day for day, _at, _name in days)
    first = next((at, name) for day, at, name in days if day == soonest)
    stores = sum(day == soonest for day, _at, _name in days)
    return *first, stores, soonest == now.astimezone(first[0].tzinfo).date()


def stores_near(*, point: Point, locations: Iterable[Location]) -> list[Location]:
    """Where a shopper at a point would collect something: stores near by, the nearest first."""
    # A large chain is measured only where it can be near: a degree of latitude is as long everywhere.
    band = PICKUP_KM / KM_OF_A_DEGREE
    stores = (each for each in locations if abs(each.point.lat - point.lat) <= band)
    away = sorted((distance_km(point, each.point), each.id, each) for each in stores if Service.PICKUP in each.services)
    return [each for km, _id, each in away if km <= PICKUP_KM][:MOST_LOOKED_AT]


def _brought(
    stocked: Sequence[Location], locations: Mapping[str, Location], now: datetime, point: Point
) -> tuple[datetime | None, str]:
    """When the nearest store has it that another brings it to, and that store; as the checkout would offer it."""
    stores = (each for each in locations.values() if Service.PICKUP in each.services)
    near = min(((distance_km(point, each.point), each.id, each) for each in stores), default=None)
    if near is None or near[0] > PICKUP_KM or not stocked:
        return None, ""
    rules, store = Rules.current(), near[2]
    km, _id, source = min((distance_km(each.point, store.point), each.id, each) for each in stocked)
    days = rules.transfer.within(km)
    there = transit.arrival(location=source, now=now, days=days, cutoff=rules.cutoff)
    at = transit.ready(location=store, now=there, minutes=0)
    return (at, store.name) if at else (None, "")


def _some(locations: Sequence[Location]) -> list[Location]:
    """Evenly spread ones, when there are many."""
    step = max(-(-len(locations) // MOST_LOOKED_AT), 1)
    return list(locations[::step])
