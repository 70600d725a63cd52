"""Measures the nearest vectors at growing numbers, by each kind of index, and what more would take by the curve.

The vectors are random ones around a few hundred middles, as those of real pictures are. Both kinds of index hold the
same ones. Needs neither products nor the image model.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import cycle

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from bench.results import Nearest
from bench.timings import Summary, summary
from catalog.api import PRODUCT_FACETS
from imagesearch import queries, vectors
from imagesearch.vectors import Space, Tuning, Vector

AT_ONCE, ASKED, NEAREST = 1_000, 50, 10
MIDDLES, SPREAD = 300, 0.6
DIMENSION = 512
VALUES = 20
"""Of each facet."""

FAR = 2.0
"""As a cut: everything is close, so that facets count as much as they ever do."""

EXACT, APPROXIMATE = Tuning(hnsw_from=10**9), Tuning(hnsw_from=1)
KINDS = EXACTLY, APPROXIMATELY = "FLAT", "HNSW"
PAPER = 1_000_000
Say = Callable[[str], object]
Matrix = NDArray[np.float32]


class Cloud:
    """Vectors of unit length around middles, always the same ones."""

    def __init__(self, dimension: int) -> None:
        self._chance = np.random.default_rng(1)
        self._middles = _unit(self._chance.normal(size=(MIDDLES, dimension)))

    def take(self, count: int) -> Matrix:
        """The next ones; shape (count, dimension)."""
        noise = self._chance.normal(size=(count, self._middles.shape[1])) * SPREAD / np.sqrt(self._middles.shape[1])
        return _unit(self._middles[self._chance.integers(MIDDLES, size=count)] + noise)

    def asked(self, space: Space) -> list[Vector]:
        """Some to look for the neighbours of."""
        return [Vector(row.tobytes(), space.fingerprint, FAR) for row in self.take(ASKED)]


def measure(*, counts: Sequence[int], seconds: float, say: Say) -> list[Nearest]:
    """With so many vectors, one number after the other; ``seconds`` for each figure.

    Of several numbers there is a curve, and what is reckoned by it comes last.
    """
    space = Space("bench", "0" * 16, DIMENSION, FAR)
    cloud = Cloud(DIMENSION)
    asked, present, found = cloud.asked(space), 0, list[Nearest]()
    vectors.ensure(space, tuning=EXACT)
    for count in counts:
        say(f"Storing vectors {present + 1:,} to {count:,}.")
        _grow(space, cloud, present, count)
        present = count
        found += _both(space, count, asked, seconds, say)
    return [*found, *(reckoned(found, kind, PAPER) for kind in KINDS if len(counts) > 1)]


def times(asked: Sequence[Vector], seconds: float) -> tuple[list[set[str]], Summary]:
    """The nearest of each vector, and the milliseconds of the bare command for them."""
    return [bare(vector) for vector in asked], _timed(bare, asked, seconds)


def bare(vector: Vector) -> set[str]:
    """The keys of the nearest, by the plainest command there is."""
    query = f"*=>[KNN {NEAREST} @vector $vector AS distance]"
    options = ("NOCONTENT", "LIMIT", 0, NEAREST, "PARAMS", 2, "vector", vector.values, "DIALECT", 2)
    reply = vectors.client().execute_command("FT.SEARCH", queries.index_of(vector), query, *options)
    return set(reply[1:])


def recall(exact: Sequence[set[str]], approximate: Sequence[set[str]]) -> float:
    """Of the nearest, how many an approximate index finds; 0 to 1."""
    pairs = zip(exact, approximate, strict=True)
    return sum(len(true & near) / max(len(true), 1) for true, near in pairs) / len(exact)


def reckoned(measured: Sequence[Nearest], kind: str, count: int) -> Nearest:
    """What so many vectors would take by the curve of those that were measured.

    An exact index looks at each, so its time grows with their number; an approximate one's with its logarithm.
    """
    rows = [each for each in measured if each.index == kind]
    numbers, along = [float(row.vectors) for row in rows], math.log if kind == APPROXIMATELY else float
    p50, p95, find = (_curve([*map(along, numbers)], values, along(count)) for values in _times_of(rows))
    megabytes = _curve(numbers, [row.megabytes for row in rows], count)
    return Nearest(count, kind, p50, p95, find, megabytes, measured=False)


def _times_of(rows: Sequence[Nearest]) -> tuple[list[float], ...]:
    return [row.p50 for row in rows], [row.p95 for row in rows], [row.find for row in rows]


def _curve(places: Sequence[float], values: Sequence[float], place: float) -> float:
    """The straight line through the measured ones that fits best, where it is at one more place."""
    slope, start = np.polyfit(places, values, 1)
    return float(slope * place + start)


def _both(space: Space, count: int, asked: Sequence[Vector], seconds: float, say: Say) -> Iterator[Nearest]:
    """First the exact index, then the approximate one as the shop is set to build it."""
    exact: list[set[str]] = []
    effort = {name: settings.IMAGE_HNSW[name] for name in ("links", "build_effort", "search_effort")}
    for kind, tuning in zip(KINDS, (EXACT, replace(APPROXIMATE, **effort)), strict=True):
        say(f"Measuring {count:,} vectors, {kind}.")
        began = time.perf_counter()
        vectors.ensure(space, tuning=tuning)
        built = time.perf_counter() - began
        found, took = times(asked, seconds)
        exact = exact or found
        find = _timed(lambda vector: queries.find(vector=vector), asked, seconds)
        yield Nearest(count, kind, took.p50, took.p95, find.p50, _megabytes(space), recall(exact, found), built)


def _timed(ask: Callable[[Vector], object], asked: Sequence[Vector], seconds: float) -> Summary:
    took, ends, turn = list[float](), time.perf_counter() + seconds, cycle(asked)
    while time.perf_counter() < ends or not took:
        began = time.perf_counter()
        ask(next(turn))
        took.append((time.perf_counter() - began) * 1_000)
    return summary(took)


def _grow(space: Space, cloud: Cloud, first: int, last: int) -> None:
    for start in range(first, last, AT_ONCE):
        rows = cloud.take(min(AT_ONCE, last - start))
        told = (_fields(start + row) for row in range(len(rows)))
        vectors.write(space, new=zip(told, (row.tobytes() for row in rows), strict=True), changed=())


def _fields(number: int) -> dict[str, str]:
    facets = {
        facet.value: f"{facet.value} {number * (place + 3) % VALUES}" for place, facet in enumerate(PRODUCT_FACETS)
    }
    return {"sku": f"bench-{number}", "picture": "bench", "words": "lamp", "cost": f"{number % 500}"} | facets


def _megabytes(space: Space) -> float:
    """Of the index; the vectors' hashes are as much again, whatever index there is."""
    told = vectors.client().execute_command("FT.INFO", queries.index_of(Vector(b"", space.fingerprint, FAR)))
    facts = dict(zip(told[::2], told[1::2], strict=True))
    return float(facts["vector_index_sz_mb"]) + float(facts["inverted_sz_mb"])


def _unit(rows: NDArray[np.floating]) -> Matrix:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)
