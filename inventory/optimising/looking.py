"""What follows for one SKU at this moment, worked out as it is looked at: for its page."""

from dataclasses import dataclass

import orjson

from inventory import fence, keyspace, places
from inventory.optimising.advising import Adviser, Known
from inventory.optimising.classes import Cuts
from inventory.optimising.days import SECOND_MS, Places
from inventory.optimising.demand import PATTERNS
from inventory.optimising.history import Floats
from inventory.optimising.policy import CLASSES, Policy
from inventory.optimising.proposing import Worked


@dataclass(frozen=True, slots=True)
class Outlook:
    """A SKU at a location: units a day, by weekday (Monday first), for how many days what is there lasts, units on
    their way, safety stock, and the point at which to order; ``own`` when a manager set it."""

    location: str
    letter: str
    pattern: str
    rate: float
    weekdays: tuple[float, ...]
    cover: float
    coming: int
    safety: float
    point: int
    own: bool


def outlook(*, sku: str, policy: Policy, region: str | None = None) -> list[Outlook]:
    """At each of the region's own locations that has or sold it."""
    here = region or fence.here()
    with fence.reaching(here):
        client = fence.node(here)
        seconds, _microseconds = client.time()
        cuts = client.hget(keyspace.OPTIMISED, "cuts")
        known_places = Places({location.id: location for location in places.all_locations()}, here)
        found = _cuts(cuts)
        adviser = Adviser(here, known_places, policy, found, int(seconds) * SECOND_MS)
        known = adviser.read(keyspace.bucket_of(sku), [sku])
        _desk, worked = adviser.worked([sku], known)
    return _outlooks(worked, known, sku)


def _cuts(stored: str | None) -> Cuts:
    """Those of nothing sold, until the next run, where somebody has damaged them."""
    try:
        return Cuts(*orjson.loads(stored)) if stored else Cuts()
    except (ValueError, TypeError):
        return Cuts()


def _outlooks(worked: Worked, known: Known, sku: str) -> list[Outlook]:
    figures, stock = worked.figures, worked.stock
    return [
        Outlook(
            location=location,
            letter=CLASSES[stock.kind[row]],
            pattern=PATTERNS[figures.demand.pattern[row]],
            rate=float(figures.demand.rate[row]),
            weekdays=_round(figures.demand.rate[row] * figures.demand.weekdays[row]),
            cover=float(figures.cover[row]),
            coming=int(stock.coming[row]),
            safety=float(figures.levels.safety[row]),
            point=int(figures.levels.point[row]),
            own=f"point|{location}" in known.plans[sku],
        )
        for row, location in enumerate(worked.locations)
    ]


def _round(values: Floats) -> tuple[float, ...]:
    return tuple(round(float(value), 2) for value in values)
