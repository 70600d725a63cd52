"""Where a basket can be had near a place: all of it, or part. Two round trips, whatever the basket."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inventory import fence, keyspace, places
from inventory.models import Location, Point, Service
from inventory.replication import reading

RADIUS_KM = 100.0
MOST_PLACES = 20


@dataclass(frozen=True, slots=True)
class NearbyStock:
    """A location, how far away it is, and how many units of each wanted SKU it could hand over."""

    location: Location
    distance_km: float
    wanted: Mapping[str, int]
    available: Mapping[str, int]

    @property
    def complete(self) -> int:
        """How many of the SKUs can be had whole."""
        return sum(self.available[sku] >= units for sku, units in self.wanted.items())

    @property
    def whole(self) -> bool:
        """Whether everything wanted is there."""
        return self.complete == len(self.wanted)


def nearby(
    *,
    point: Point,
    wanted: Mapping[str, int],
    radius_km: float = RADIUS_KM,
    services: Sequence[Service] = (),
    region: str | None = None,
    most: int = MOST_PLACES,
) -> list[NearbyStock]:
    """Locations around a point: those that have the whole basket first, then by how much of it, each nearest first.

    Counted is what any region may sell there, as far as is known here: rights of another are fetched at checkout.
    """
    here = region or fence.here()
    found = places.near(point=point, radius_km=radius_km, limit=most, services=services)
    available = available_at(locations=[near.location.id for near in found], skus=list(wanted), region=here)
    stocked = [NearbyStock(near.location, near.distance_km, wanted, available[near.location.id]) for near in found]
    return sorted(stocked, key=lambda near: (-near.complete, near.distance_km))


def available_at(
    *, locations: Sequence[str], skus: Sequence[str], region: str | None = None
) -> dict[str, dict[str, int]]:
    """Units that any region may sell, by location and SKU. One round trip, whatever their numbers."""
    here = region or fence.here()
    regions = [here, *reading.peers_of(here)]
    names = [f"av|{region}|{location}" for location in locations for region in regions]
    if not names or not skus:
        return {location: {} for location in locations}
    pipeline = fence.node(here).pipeline()
    for sku in skus:
        pipeline.hmget(keyspace.levels(sku), names)
    with fence.reaching(here):
        replies = pipeline.execute()
    found: dict[str, dict[str, int]] = {location: {} for location in locations}
    for sku, values in zip(skus, replies, strict=True):
        for position, location in enumerate(locations):
            part = values[position * len(regions) : (position + 1) * len(regions)]
            found[location][sku] = sum(max(int(value or 0), 0) for value in part)
    return found
