"""The geometry of charts that templates draw as SVG: no script, no style that the page's policy would refuse. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

NICE = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, in the units of the drawing: its left edge, its top, its width and height."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars side by side, and the round number that the drawing's height stands for."""

    bars: tuple[Bar, ...]
    top: float


def bars(values: Sequence[float], *, width: float, height: float, gap: float = 0.25) -> Bars:
    """Upright bars that fill a drawing; ``gap`` is the part of each place that stays empty."""
    top = nice_top(max(values, default=0))
    place = width / max(len(values), 1)
    made = (
        Bar(
            x=round(place * (number + gap / 2), 2),
            y=round(height * (1 - value / top), 2),
            width=round(place * (1 - gap), 2),
            height=round(height * value / top, 2),
        )
        for number, value in enumerate(values)
    )
    return Bars(tuple(made), top)


def spans(shares: Sequence[float], *, width: float) -> tuple[Bar, ...]:
    """Parts of one lying bar of height 1, one after the other; ``shares`` add up to 1 at most."""
    made, left = [], 0.0
    for share in shares:
        made.append(Bar(round(left * width, 2), 0, round(share * width, 2), 1))
        left += share
    return tuple(made)


def nice_top(highest: float) -> float:
    """A round number from which an axis can be read, not below the highest value."""
    if highest <= 0:
        return 1.0
    power = 10.0 ** (len(str(int(highest))) - 1)
    return next(power * step for step in NICE if power * step >= highest)
