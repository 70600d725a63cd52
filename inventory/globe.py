"""Circles on the globe. Pure."""

import math

from inventory.models import HIGHEST_LATITUDE, Point

EARTH_RADIUS_KM = 6372.797560856
"""The one Redis measures with."""

FARTHEST_KM = math.pi * EARTH_RADIUS_KM


def distance_km(one: Point, other: Point) -> float:
    """As the crow flies, by the haversine formula: within metres of what Redis measures."""
    (lat, lon), (to_lat, to_lon) = ((math.radians(point.lat), math.radians(point.lon)) for point in (one, other))
    half = math.sin((to_lat - lat) / 2) ** 2 + math.cos(lat) * math.cos(to_lat) * math.sin((to_lon - lon) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(math.sqrt(half), 1.0))


def crosses_edge(point: Point, radius_km: float) -> bool:
    """Whether a circle reaches over the edge of the map: 180° east and west, or the last latitude of a geo index.

    RediSearch 2.10 finds only a part of what lies in such a circle. From the spherical law of sines: a
    circle of angle r around latitude φ is as wide as asin(sin r / cos φ) to either side.
    """
    angle = radius_km / EARTH_RADIUS_KM
    if abs(point.lat) + math.degrees(angle) >= HIGHEST_LATITUDE:
        return True
    # Now r < 90° - |φ|, so that the quotient stays below 1.
    width = math.asin(math.sin(angle) / math.cos(math.radians(point.lat)))
    return abs(point.lon) + math.degrees(width) >= 180  # noqa: PLR2004
