"""How good an encoder is at finding pictures of the same thing, and from which distance on it should say it found none.

Pure. Vectors are rows of unit length; a distance is one minus the cosine.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Names = NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Quality:
    """Means over queries, 0 to 1: precision at 1, 5 and 10 over as many as there are to find, recall at 10, mAP."""

    queries: int
    precision_1: float
    precision_5: float
    precision_10: float
    recall_10: float
    average_precision: float


@dataclass(frozen=True, slots=True)
class Refusals:
    """At a cut: the share of pictures of other things refused, and of known things refused by mistake."""

    cut: float
    refused: float
    false_alarms: float


def distances(*, queries: Floats, gallery: Floats) -> Floats:
    """Cosine distances, shape (queries, gallery)."""
    return np.asarray(1 - queries @ gallery.T, np.float32)


def ranked(far: Floats) -> NDArray[np.int64]:
    """Of each row, the columns from the nearest to the farthest; equals in the order they stand in."""
    return np.argsort(far, axis=1, kind="stable")


def quality(*, far: Floats, wanted: Sequence[str], shown: Sequence[str]) -> list[Quality]:
    """The quality of each row of distances: ``wanted`` is what it depicts, ``shown`` what each column depicts.

    A row of which nothing is there to find scores 0: leave such rows out.
    """
    names = np.asarray(shown)
    relevant = names[ranked(far)] == np.asarray(wanted)[:, None]
    return [_quality(row) for row in relevant]


def _quality(relevant: NDArray[np.bool_]) -> Quality:
    there = int(relevant.sum())
    found = relevant.cumsum()
    first, five, ten = (float(found[:most][-1]) / max(min(most, there), 1) for most in (1, 5, 10))
    average = float((found / np.arange(1, len(relevant) + 1))[relevant].sum()) / max(there, 1)
    return Quality(1, first, five, ten, float(found[:10][-1]) / max(there, 1), average)


def mean(parts: Sequence[Quality]) -> Quality:
    """The mean over all of them; zeros when there are none."""
    count = max(len(parts), 1)
    return Quality(
        sum(part.queries for part in parts),
        sum(part.precision_1 for part in parts) / count,
        sum(part.precision_5 for part in parts) / count,
        sum(part.precision_10 for part in parts) / count,
        sum(part.recall_10 for part in parts) / count,
        sum(part.average_precision for part in parts) / count,
    )


def refusals(*, known: Floats, foreign: Floats, cut: float) -> Refusals:
    """What a cut does to the nearest distances of known and of foreign things. Of no foreign ones, none is refused."""
    refused = float((foreign > cut).mean()) if len(foreign) else 0.0
    return Refusals(cut, refused, float((known > cut).mean()) if len(known) else 0.0)


def calibrated(*, gallery: Floats, shown: Sequence[str], groups: Sequence[str], sources: Sequence[str]) -> Refusals:
    """The cut that best tells known from foreign, by the gallery alone: no query, no distractor has a part in it.

    Each picture is asked of those of other ``sources``, as a shopper's photo is of a shop's: known where they have what
    it shows, foreign where they have not, with its category left out as well. With one source all others are asked, and
    each picture is once known and once foreign. Best is the largest sum of the shares decided rightly (Youden 1950).
    """
    known, foreign = _nearest(gallery, *(np.asarray(names) for names in (shown, groups, sources)))
    if not len(known):
        return Refusals(0.0, 0.0, 0.0)
    tried = [refusals(known=known, foreign=foreign, cut=float(cut)) for cut in np.unique(known)]
    return max(tried, key=lambda one: (one.refused - one.false_alarms, -one.cut))


def _nearest(gallery: Floats, shown: Names, groups: Names, sources: Names) -> tuple[Floats, Floats]:
    """Distances of known pictures to whatever is nearest, and of foreign ones to what has nothing to do with them."""
    known, foreign = [], []
    single = bool((sources == sources[:1]).all())
    for place, vector in enumerate(gallery):
        far = distances(queries=vector[None], gallery=gallery)[0]
        others = np.arange(len(gallery)) != place if single else sources != sources[place]
        like = others & (shown == shown[place])
        if like.any():
            known.append(far[others].min())
        if single or not like.any():
            foreign.append(far[others & (shown != shown[place]) & (groups != groups[place])].min(initial=np.inf))
    near, away = np.array(known, np.float32), np.array(foreign, np.float32)
    return near, away[np.isfinite(away)]
