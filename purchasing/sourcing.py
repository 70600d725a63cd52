"""Which locations a basket comes from: the nearest that has all of it, else as few parcels as can be, nearest first.

The choice is pure; what it chooses from takes two round trips, whatever the basket and however many locations.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from math import comb

from inventory import api as inventory
from inventory.api import Line, Location, Point, Service
from purchasing.models import Parcel

MOST_TRIED = 20_000
"""Ways to combine locations that are looked at. Beyond it parcels are few, and perhaps not the fewest."""


@dataclass(frozen=True, slots=True)
class Source:
    """A location, how far away it is, and the units of each SKU it could send."""

    location: str
    distance_km: float
    has: Mapping[str, int]


class NotEnoughError(RuntimeError):
    """There is less than is wanted: ``missing`` says how many units of each SKU, ``has`` how many there are."""

    def __init__(self, wanted: Mapping[str, int], has: Mapping[str, int]) -> None:
        self.has = {sku: min(has.get(sku, 0), units) for sku, units in wanted.items()}
        self.missing = {sku: units - self.has[sku] for sku, units in wanted.items() if self.has[sku] < units}
        self.later: datetime | None = None
        """When all of it could be there, were the rest brought to a location that delivers; None when it cannot."""
        said = ", ".join(f"{units} of {sku}" for sku, units in self.missing.items())
        super().__init__(f"Not everything can be delivered today: {said} missing. Take less, or collect at a store.")


def sources(*, quantities: Mapping[str, int], point: Point, region: str | None = None) -> tuple[Parcel, ...]:
    """The parcels in which a basket is sent to a place, the nearest first. Raises ``NotEnoughError``."""
    return parcels_of(quantities=quantities, found=stocked(skus=list(quantities), point=point, region=region))


def parcels_of(*, quantities: Mapping[str, int], found: Sequence[tuple[Location, Source]]) -> tuple[Parcel, ...]:
    """As ``sources``, from what has been read already."""
    sending = [source for location, source in found if Service.DELIVERY in location.services]
    names = {location.id: location.name for location, _source in found}
    shares = split(wanted=quantities, sources=sending)
    return tuple(
        Parcel(location=source.location, location_name=names[source.location], quantities=units)
        for source, units in shares
    )


def stocked(
    *, skus: Sequence[str], point: Point, region: str | None = None, own: Sequence[Line] = ()
) -> list[tuple[Location, Source]]:
    """All locations, the nearest first, with what each could send or hand over now.

    ``own`` are units that are held for this very shopper: for nobody else they are there.
    """
    locations = inventory.all_locations()
    has = inventory.available_at(locations=[each.id for each in locations], skus=skus, region=region)
    found = [
        (each, Source(each.id, inventory.distance_km(point, each.point), with_own(each.id, has[each.id], own)))
        for each in locations
    ]
    return sorted(found, key=lambda pair: (pair[1].distance_km, pair[1].location))


def with_own(location: str, has: Mapping[str, int], own: Sequence[Line]) -> dict[str, int]:
    """What a location has, with what it holds for the shopper."""
    held = Counter({line.sku: line.quantity for line in own if line.location == location})
    return {sku: units + held[sku] for sku, units in has.items()}


def split(*, wanted: Mapping[str, int], sources: Iterable[Source]) -> list[tuple[Source, dict[str, int]]]:
    """Who sends what, the nearest first. Pure. Raises ``NotEnoughError``.

    The fewest parcels there can be, as long as there are few ways to combine locations; among as few, the shortest way.
    """
    near = sorted(sources, key=lambda source: (source.distance_km, source.location))
    totals = {sku: sum(max(source.has.get(sku, 0), 0) for source in near) for sku in wanted}
    if any(totals[sku] < units for sku, units in wanted.items()):
        raise NotEnoughError(wanted, totals)
    useful = _useful(wanted, near)
    return _shares(wanted, _fewest(wanted, useful) or _greedy(wanted, useful))


def _useful(wanted: Mapping[str, int], near: Sequence[Source]) -> list[Source]:
    """Without locations that have nothing which one nearer does not have whole: it can always take their part."""
    kept: list[Source] = []
    wholes: set[int] = set()
    for source in near:
        has, whole = _bits(source, dict.fromkeys(wanted, 1)), _bits(source, wanted)
        if has and not any(has & ~other == 0 for other in wholes):
            kept.append(source)
            wholes.add(whole)
    return kept


def _bits(source: Source, units: Mapping[str, int]) -> int:
    """A bit for each SKU of which a source has so many."""
    return sum((source.has.get(sku, 0) >= least) << place for place, (sku, least) in enumerate(units.items()))


def _fewest(wanted: Mapping[str, int], useful: Sequence[Source]) -> list[Source]:
    """The fewest sources that have everything, of those the nearest; none when there are too many ways to try all."""
    tried = 0
    for size in range(1, len(useful) + 1):
        tried += comb(len(useful), size)
        if tried > MOST_TRIED:
            break
        enough = [some for some in combinations(useful, size) if _cover(wanted, some)]
        if enough:
            return list(min(enough, key=lambda some: sum(source.distance_km for source in some)))
    return []


def _cover(wanted: Mapping[str, int], some: Iterable[Source]) -> bool:
    return all(sum(max(source.has.get(sku, 0), 0) for source in some) >= units for sku, units in wanted.items())


def _greedy(wanted: Mapping[str, int], useful: Sequence[Source]) -> list[Source]:
    """Again and again the source that has most of what is still to come, until all is there."""
    left, chosen, others = dict(wanted), [], list(useful)
    while any(left.values()):
        best = max(others, key=lambda source: sum(_share(source, left).values()))
        others.remove(best)
        chosen.append(best)
        left = {sku: units - _share(best, left).get(sku, 0) for sku, units in left.items()}
    return _needed(wanted, chosen)


def _needed(wanted: Mapping[str, int], chosen: Sequence[Source]) -> list[Source]:
    """Without those that later ones made superfluous, the farthest looked at first."""
    kept = sorted(chosen, key=lambda source: (source.distance_km, source.location))
    for source in reversed(tuple(kept)):
        without = [other for other in kept if other is not source]
        if _cover(wanted, without):
            kept = without
    return kept


def _shares(wanted: Mapping[str, int], chosen: Sequence[Source]) -> list[tuple[Source, dict[str, int]]]:
    """The nearest sends all it has; who is left with nothing sends nothing."""
    left, shares = dict(wanted), []
    for source in sorted(chosen, key=lambda source: (source.distance_km, source.location)):
        if share := _share(source, left):
            shares.append((source, share))
        left = {sku: units - share.get(sku, 0) for sku, units in left.items()}
    return shares


def _share(source: Source, left: Mapping[str, int]) -> dict[str, int]:
    """What a source has of what is still wanted."""
    shares = {sku: min(max(source.has.get(sku, 0), 0), units) for sku, units in left.items()}
    return {sku: units for sku, units in shares.items() if units > 0}
