"""A picture like a map: a place in the middle, stores around it in their true directions. Pure.

Distances are drawn by their square roots, so that stores around the corner and a day's drive away both fit; rings say
how far it is.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from inventory.models import Point

WIDTH, HEIGHT = 640, 440
REACH = 190.0
LEAST_KM = 1.0
STEPS = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000)
MOST_RINGS = 3
LEAST_GAP = 36.0
HALF_TURN, WHOLE_TURN = 180, 360
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
class Picture:
    pins: tuple[Pin, ...]
    rings: tuple[Ring, ...]
    width: int = WIDTH
    height: int = HEIGHT


def draw(*, centre: Point, around: Sequence[tuple[Point, float]], unit_km: float = 1.0) -> Picture:
    """Points with their distances in km, in order; rings at round numbers of a unit."""
    most = max([km for _point, km in around] + [LEAST_KM])
    pins = tuple(_pin(number, centre, point, km / most) for number, (point, km) in enumerate(around, start=1))
    return Picture(pins, tuple(_rings(most, unit_km)))


def spread(*, points: Sequence[Point]) -> Picture:
    """Places beside each other, as large as the picture allows, numbered in their order: where they lie among each
    other, without anything in the middle. Across the date line they are drawn on both sides."""
    if not points:
        return Picture((), ())
    east, west = max(point.lon for point in points), min(point.lon for point in points)
    north, south = max(point.lat for point in points), min(point.lat for point in points)
    narrow = max(math.cos(math.radians((north + south) / 2)), LEAST_SPAN)
    scale = min(
        (WIDTH - 2 * MARGIN) / max((east - west) * narrow, LEAST_SPAN),
        (HEIGHT - 2 * MARGIN) / max(north - south, LEAST_SPAN),
    )
    middle = ((east + west) / 2, (north + south) / 2)
    return Picture(
        tuple(
            Pin(
                number,
                round(WIDTH / 2 + (point.lon - middle[0]) * narrow * scale, 1),
                round(HEIGHT / 2 - (point.lat - middle[1]) * scale, 1),
            )
            for number, point in enumerate(points, start=1)
        ),
        (),
    )


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
