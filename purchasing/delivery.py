"""How a basket gets to a shopper: delivered by a method, or collected at a store; what that costs, and when.

Delivered: three round trips at most, whatever the basket. Collected: two, and two more when some store lacks something.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

from inventory import api as inventory
from inventory.api import Line, Location, NearbyStock, Point, Service, StockUnavailableError
from purchasing import sourcing, towns, transit
from purchasing.models import Address, Parcel
from purchasing.sourcing import NotEnoughError, Source
from purchasing.transit import Method, Rules

NEAR_KM, FAR_KM = 100.0, 1_000.0
MOST_STORES = 12

Stocked = Sequence[tuple[Location, Source]]


class DeliveryError(RuntimeError):
    """It cannot be delivered there. The message says what to do."""


@dataclass(frozen=True, slots=True)
class DeliveryOption:
    """One method, with the parcels it comes in. ``promised`` is when the last one is there."""

    method: str
    title: str
    cost: Decimal
    currency: str
    parcels: tuple[Parcel, ...]
    promised: datetime

    @property
    def is_split(self) -> bool:
        return len(self.parcels) > 1


@dataclass(frozen=True, slots=True)
class PickupOption:
    """A store, and how much of the basket it has. ``today`` is what it has, ``ready`` when that can be collected.

    ``parcels`` are everything, with what other locations bring to the store, and ``promised`` when all is there:
    None when even they have not enough.
    """

    location: Location
    distance_km: float
    service: Service
    complete: int
    wanted: int
    today: Mapping[str, int]
    ready: datetime | None
    parcels: tuple[Parcel, ...] = ()
    promised: datetime | None = None

    @property
    def whole(self) -> bool:
        """Whether it has everything itself."""
        return self.complete == self.wanted


def options(
    *,
    quantities: Mapping[str, int],
    address: Address,
    region: str | None = None,
    goods: Decimal = Decimal(0),
    own: Sequence[Line] = (),
    now: datetime | None = None,
) -> list[DeliveryOption]:
    """Every method, as configured; ``goods`` is the value of the basket, from which some deliver for nothing.

    ``own`` are units that are held for this shopper already.

    Raises ``DeliveryError``; ``NotEnoughError`` when the locations that deliver have not enough.
    """
    rules, moment, point = Rules.current(), now or datetime.now(UTC), place_of(address)
    found = sourcing.stocked(skus=list(quantities), point=point, region=region, own=own)
    try:
        parcels = sourcing.parcels_of(quantities=quantities, found=found)
    except NotEnoughError as error:
        error.later = _later(quantities, found, rules, moment)
        raise
    return [_option(method, parcels, found, goods, moment) for method in rules.methods]


def place_of(address: Address) -> Point:
    """About where an address is. Raises ``DeliveryError`` where nobody knows."""
    point = towns.of_address(city=address.city, state=address.state, postcode=address.postcode, country=address.country)
    if point is None:
        raise DeliveryError(f"We know no way to {address.city[:40]} in {address.country}: check town and country.")
    return point


def pickup_options(
    *,
    quantities: Mapping[str, int],
    point: Point,
    service: Service,
    region: str | None = None,
    own: Sequence[Line] = (),
    now: datetime | None = None,
) -> list[PickupOption]:
    """Stores around a place that hand over goods this way: those with the whole basket first, each nearest first."""
    rules, moment = Rules.current(), now or datetime.now(UTC)
    stores = [_with_own(near, own) for near in _stores(quantities, point, service, region)]
    stores.sort(key=lambda near: (-near.complete, near.distance_km))
    short = any(not near.whole for near in stores)
    found = sourcing.stocked(skus=list(quantities), point=point, region=region, own=own) if short else []
    return [_pickup(near, service, found, rules, moment) for near in stores]


def _with_own(near: NearbyStock, own: Sequence[Line]) -> NearbyStock:
    return replace(near, available=sourcing.with_own(near.location.id, near.available, own))


def _stores(quantities: Mapping[str, int], point: Point, service: Service, region: str | None) -> list[NearbyStock]:
    """The stores near by; far away only when there are none."""
    for radius_km in (NEAR_KM, FAR_KM):
        found = inventory.nearby(
            point=point,
            wanted=quantities,
            radius_km=radius_km,
            services=[service],
            region=region,
            most=MOST_STORES,
        )
        if found:
            return found
    return []


def _option(method: Method, parcels: Sequence[Parcel], found: Stocked, goods: Decimal, now: datetime) -> DeliveryOption:
    rules, by_id = Rules.current(), {location.id: (location, source) for location, source in found}
    promised = []
    for parcel in parcels:
        location, source = by_id[parcel.location]
        days = method.days.within(source.distance_km)
        promised.append(transit.arrival(location=location, now=now, days=days, cutoff=rules.cutoff))
    return DeliveryOption(
        method=method.name,
        title=method.title,
        cost=method.cost(parcels=len(parcels), goods=goods),
        currency=rules.currency,
        parcels=tuple(parcel.model_copy(update={"promised": at}) for parcel, at in zip(parcels, promised, strict=True)),
        promised=max(promised),
    )


def _later(quantities: Mapping[str, int], found: Stocked, rules: Rules, now: datetime) -> datetime | None:
    """When all could be delivered, once locations that do not deliver have brought theirs to the nearest that does."""
    hub = next(((place, source) for place, source in found if Service.DELIVERY in place.services), None)
    if hub is None:
        return None
    place, here = hub[0], Source(hub[0].id, 0.0, hub[1].has)
    away = _away(place, found)
    try:
        shares = sourcing.split(wanted=quantities, sources=[here, *(source for _location, source in away.values())])
    except NotEnoughError:
        return None
    brought = [_brought(place, away[each.location], units, rules, now) for each, units in shares if each is not here]
    there = max((parcel.promised for parcel in brought if parcel.promised), default=now)
    days = rules.methods[0].days.within(hub[1].distance_km)
    return transit.arrival(location=place, now=there, days=days, cutoff=rules.cutoff)


def _pickup(near: NearbyStock, service: Service, found: Stocked, rules: Rules, now: datetime) -> PickupOption:
    store = near.location
    today = {sku: min(near.available[sku], units) for sku, units in near.wanted.items()}
    at = transit.ready(location=store, now=now, minutes=rules.pickup_minutes)
    parcels = _gathered(near, today, at, found, rules, now) if at else ()
    return PickupOption(
        location=store,
        distance_km=near.distance_km,
        service=service,
        complete=near.complete,
        wanted=len(near.wanted),
        today={sku: units for sku, units in today.items() if units},
        ready=at,
        parcels=parcels,
        promised=max((parcel.promised for parcel in parcels if parcel.promised), default=None),
    )


def _gathered(
    near: NearbyStock, today: Mapping[str, int], at: datetime, found: Stocked, rules: Rules, now: datetime
) -> tuple[Parcel, ...]:
    """What the store has, and what others bring to it; nothing when they have not enough."""
    store = near.location
    own = {sku: units for sku, units in today.items() if units}
    parcels = [Parcel(location=store.id, location_name=store.name, quantities=own, promised=at)] if own else []
    rest = {sku: units - today[sku] for sku, units in near.wanted.items() if today[sku] < units}
    if rest:
        away = _away(store, found)
        try:
            shares = sourcing.split(wanted=rest, sources=[source for _location, source in away.values()])
        except NotEnoughError:
            return ()
        for source, units in shares:
            parcels.append(_brought(store, away[source.location], units, rules, now))
    return tuple(parcels)


def _away(store: Location, found: Stocked) -> dict[str, tuple[Location, Source]]:
    """All other locations, by how far each is from the store."""
    return {
        location.id: (location, Source(source.location, inventory.distance_km(location.point, store.point), source.has))
        for location, source in found
        if location.id != store.id
    }


def _brought(
    store: Location, source: tuple[Location, Source], units: dict[str, int], rules: Rules, now: datetime
) -> Parcel:
    """What another location brings to a store, and when it can be collected there: once the store is open."""
    location, where = source
    days = rules.transfer.within(where.distance_km)
    there = transit.arrival(location=location, now=now, days=days, cutoff=rules.cutoff)
    promised = transit.ready(location=store, now=there, minutes=0)
    return Parcel(
        location=location.id, location_name=location.name, quantities=units, promised=promised, brought_to=store.id
    )


__all__ = [
    "DeliveryError",
    "DeliveryOption",
    "NotEnoughError",
    "PickupOption",
    "StockUnavailableError",
    "options",
    "pickup_options",
    "place_of",
]
