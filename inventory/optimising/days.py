"""A region's own locations: which day it is there, and how far they are apart. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from inventory.globe import EARTH_RADIUS_KM
from inventory.models import Location
from inventory.optimising.history import Floats

SECOND_MS = 1_000
QUARTER_MS = 15 * 60 * SECOND_MS
"""Days begin at such moments in every time zone."""


class Places:
    """The locations of a region, by id. Days are numbers (``date.toordinal``)."""

    def __init__(self, locations: Mapping[str, Location], region: str) -> None:
        self.own = {name: location for name, location in locations.items() if location.region == region}

    def __contains__(self, location: str) -> bool:
        return location in self.own

    def day(self, at: int, location: str) -> int:
        """Which day it was at a location; ``at`` in epoch ms."""
        return _day(at // QUARTER_MS, self.own[location].timezone)

    def today(self, now: int) -> int:
        """The day that has begun somewhere in the region, so that nothing is sold on a later one."""
        zones = {location.timezone for location in self.own.values()} or {"UTC"}
        return max(_day(now // QUARTER_MS, zone) for zone in zones)

    def km(self, locations: Sequence[str]) -> Floats:
        """Distances between some of them (n by n), as ``globe.distance_km`` has them."""
        degrees = np.array([(self.own[name].point.lat, self.own[name].point.lon) for name in locations])
        lat, lon = np.radians(degrees.reshape(-1, 2)).T
        apart = np.sin((lat[:, None] - lat) / 2) ** 2
        aside = np.cos(lat)[:, None] * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
        found: Floats = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(np.sqrt(apart + aside), 1.0))
        return found


@lru_cache(maxsize=20_000)
def _day(quarter: int, zone: str) -> int:
    return datetime.fromtimestamp(quarter * QUARTER_MS / SECOND_MS, UTC).astimezone(ZoneInfo(zone)).toordinal()
