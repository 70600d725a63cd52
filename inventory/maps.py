"""A picture like a map: a place in the middle, stores around it in their true directions. Pure.

Distances are drawn by their square roots, so that stores around the corner and a day's drive away both fit; rings say
how far it is.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from inventory.models import Point

WIDTH, HEIGHT = 640, 440
REACH = 190.0
LEAST_KM = 1.0
STEPS = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000)
MOST_RINGS = 3
LEAST_GAP = 36.0
HALF_TURN, WHOLE_TURN, POLE = 180, 360, 90
DEGREES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30)
MOST_LINES = 8
MARGIN = 28.0
LEAST_SPAN = 0.02
"""Degrees that a picture of places side by side shows at least."""


@dataclass(frozen=True, slots=True)
class Pin:
    """Where a store is drawn; ``number`` is its place in the list beside the picture."""

    number: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Ring:
    """All that is equally far."""

    radius: float
    km: float


@dataclass(frozen=True, slots=True)
class Grid:
    """A line of equal longitude (``at`` is x) or latitude (y), and what it is called."""

    at: float
    name: str


@dataclass(frozen=True, slots=True)
class Picture:
    pins: tuple[Pin, ...]
    rings: tuple[Ring, ...]
    width: int = WIDTH
    height: int = HEIGHT
    meridians: tuple[Grid, ...] = ()
    parallels: tuple[Grid, ...] = ()


def draw(*, centre: Point, around: Sequence[tuple[Point, float]], unit_km: float = 1.0) -> Picture:
    """Points with their distances in km, in order; rings at round numbers of a unit."""
    most = max([km for _point, km in around] + [LEAST_KM])
    pins = tuple(_pin(number, centre, point, km / most) for number, (point, km) in enumerate(around, start=1))
    return Picture(pins, tuple(_rings(most, unit_km)))


def spread(*, points: Sequence[Point], width: int = WIDTH, height: int = HEIGHT) -> Picture:
    """Places beside each other, as large as the picture allows, in their order: where they lie among each other,
    without anything in the middle. Across the date line they are drawn on both sides.
    """
    if not points:
        return Picture((), (), width, height)
    plate = _plate(points, width, height)
    pins = tuple(Pin(number, *plate.at(point.lon, point.lat)) for number, point in enumerate(points, start=1))
    return Picture(pins, (), width, height, tuple(plate.meridians()), tuple(plate.parallels()))


@dataclass(frozen=True, slots=True)
class _Plate:
    """A part of the globe: what lies in its middle, how much narrower a degree of longitude is there, how many units
    of the picture a degree of latitude has."""

    lon: float
    lat: float
    narrow: float
    scale: float
    width: int
    height: int

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        x = self.width / 2 + (lon - self.lon) * self.narrow * self.scale
        return round(x, 1), round(self.height / 2 - (lat - self.lat) * self.scale, 1)

    def meridians(self) -> Iterator[Grid]:
        half = self.width / 2 / (self.narrow * self.scale)
        for lon in _between(self.lon - half, self.lon + half):
            if -HALF_TURN <= lon <= HALF_TURN:
                yield Grid(self.at(lon, 0)[0], f"{abs(lon):g}° {'E' if lon > 0 else 'W' if lon else ''}".strip())

    def parallels(self) -> Iterator[Grid]:
        half = self.height / 2 / self.scale
        for lat in _between(self.lat - half, self.lat + half):
            if -POLE <= lat <= POLE:
                yield Grid(self.at(0, lat)[1], f"{abs(lat):g}° {'N' if lat > 0 else 'S' if lat else ''}".strip())


def _plate(points: Sequence[Point], width: int, height: int) -> _Plate:
    east, west = max(point.lon for point in points), min(point.lon for point in points)
    north, south = max(point.lat for point in points), min(point.lat for point in points)
    lon, lat = (east + west) / 2, (north + south) / 2
    narrow = max(math.cos(math.radians(lat)), LEAST_SPAN)
    scale = min(
        (width - 2 * MARGIN) / max((east - west) * narrow, LEAST_SPAN),
        (height - 2 * MARGIN) / max(north - south, LEAST_SPAN),
    )
    return _Plate(lon, lat, narrow, scale, width, height)


def _between(low: float, high: float) -> list[float]:
    """Round degrees from one to another, a handful."""
    step = next((step for step in DEGREES if (high - low) / step <= MOST_LINES), DEGREES[-1])
    return [number * step for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _pin(number: int, centre: Point, point: Point, share: float) -> Pin:
    east = ((point.lon - centre.lon + HALF_TURN) % WHOLE_TURN - HALF_TURN) * math.cos(math.radians(centre.lat))
    north = point.lat - centre.lat
    length = math.hypot(east, north) or 1.0
    away = REACH * math.sqrt(min(max(share, 0.0), 1.0))
    return Pin(number, round(WIDTH / 2 + away * east / length, 1), round(HEIGHT / 2 - away * north / length, 1))


def _rings(most: float, unit_km: float) -> list[Ring]:
    """The largest round distances that fit, not too close to each other."""
    rings: list[Ring] = []
    for step in reversed(STEPS):
        radius = round(REACH * math.sqrt(step * unit_km / most), 1)
        far_enough = not rings or rings[-1].radius - radius >= LEAST_GAP
        if radius <= REACH + 1 and far_enough and len(rings) < MOST_RINGS:
            rings.append(Ring(radius, step * unit_km))
    return rings
