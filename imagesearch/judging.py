"""Judges an encoder by labelled pictures: what it finds, what it refuses, how long a photo takes."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from imagesearch import scoring
from imagesearch.encoder import Encoder, Vectors
from imagesearch.samples import DISTRACTOR, GALLERY, QUERY, Sample
from imagesearch.scoring import Quality, Refusals
from redismart.decoding import PictureError

AT_ONCE = 64
"""Pictures of the gallery in memory."""

NEAREST = 5
"""So many of what a query found are kept to be looked at."""

Step = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Answer:
    """A query, how well it was answered, and the nearest pictures with their distances."""

    sample: Sample
    quality: Quality
    nearest: tuple[tuple[Sample, float], ...]


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds of one photo by itself, and pictures a second in batches, by the threads that torch may use."""

    p50: float
    p95: float
    pictures_per_second: float


@dataclass(frozen=True, slots=True)
class Judgment:
    """Everything that was found out about one encoder.

    ``refusals`` is at the cut that comes with the encoder, or else at ``calibrated``, the one that this gallery by
    itself suggests. ``unanswerable`` queries show what the gallery has not, and are left out. ``poison`` is what could
    not be decoded, with the reason.
    """

    answers: tuple[Answer, ...]
    overall: Quality
    groups: dict[str, Quality]
    refusals: Refusals
    calibrated: Refusals
    timing: Timing
    unanswerable: tuple[Sample, ...]
    poison: tuple[tuple[Sample, str], ...]


@dataclass(slots=True)
class _Encoded:
    """Pictures and their vectors, the seconds of each batch, and what could not be decoded."""

    samples: list[Sample] = field(default_factory=list)
    vectors: Vectors = field(default_factory=lambda: np.empty((0, 0), np.float32))
    seconds: list[float] = field(default_factory=list)
    poison: list[tuple[Sample, str]] = field(default_factory=list)


def judge(encoder: Encoder, samples: Sequence[Sample], *, step: Step) -> Judgment:
    """Encode everything and compare. ``step`` is told how many pictures are done more."""
    parts = {
        split: _encoded(encoder, [one for one in samples if one.split == split], size=size, step=step)
        for split, size in ((GALLERY, AT_ONCE), (QUERY, 1), (DISTRACTOR, 1))
    }
    gallery, queries = parts[GALLERY], parts[QUERY]
    shown = {sample.concept for sample in gallery.samples}
    answers = [answer for answer in _answers(queries, gallery) if answer.sample.concept in shown]
    calibrated = scoring.calibrated(
        gallery=gallery.vectors,
        shown=[sample.concept for sample in gallery.samples],
        groups=[sample.group for sample in gallery.samples],
        sources=[sample.source for sample in gallery.samples],
    )
    cut = calibrated.cut if encoder.cut is None else encoder.cut
    return Judgment(
        answers=tuple(answers),
        overall=scoring.mean([answer.quality for answer in answers]),
        groups=_by_group(answers),
        refusals=_refusals(answers, _answers(parts[DISTRACTOR], gallery), cut=cut),
        calibrated=calibrated,
        timing=_timing(gallery, queries),
        unanswerable=tuple(sample for sample in queries.samples if sample.concept not in shown),
        poison=tuple(failed for part in parts.values() for failed in part.poison),
    )


def _encoded(encoder: Encoder, samples: Sequence[Sample], *, size: int, step: Step) -> _Encoded:
    """Vectors in batches of ``size``, few pictures in memory at a time."""
    found = _Encoded()
    rows = [np.empty((0, encoder.dimension), np.float32)]
    for start in range(0, len(samples), size):
        part = samples[start : start + size]
        pictures = list(_pictures(part, found))
        started = time.perf_counter()
        rows.append(encoder.encode(pictures=pictures))
        found.seconds.append(time.perf_counter() - started)
        step(len(part))
    found.vectors = np.concatenate(rows)
    return found


def _pictures(samples: Sequence[Sample], found: _Encoded) -> Iterator[Image.Image]:
    for sample in samples:
        try:
            yield sample.picture()
            found.samples.append(sample)
        except PictureError as error:
            found.poison.append((sample, str(error)))


def _answers(asked: _Encoded, gallery: _Encoded) -> Iterator[Answer]:
    """One row of distances at a time: all of them together could be too many."""
    shown = [sample.concept for sample in gallery.samples]
    for sample, vector in zip(asked.samples, asked.vectors, strict=True):
        far = scoring.distances(queries=vector[None], gallery=gallery.vectors)
        (quality,) = scoring.quality(far=far, wanted=[sample.concept], shown=shown)
        first = scoring.ranked(far)[0, :NEAREST]
        yield Answer(sample, quality, tuple((gallery.samples[place], float(far[0, place])) for place in first))


def _by_group(answers: Sequence[Answer]) -> dict[str, Quality]:
    groups = sorted({answer.sample.group for answer in answers})
    return {
        group: scoring.mean([answer.quality for answer in answers if answer.sample.group == group]) for group in groups
    }


def _refusals(known: Iterable[Answer], foreign: Iterable[Answer], *, cut: float) -> Refusals:
    near, far = (np.array([answer.nearest[0][1] for answer in part], np.float32) for part in (known, foreign))
    return scoring.refusals(known=near, foreign=far, cut=cut)


def _timing(gallery: _Encoded, queries: _Encoded) -> Timing:
    if not queries.seconds or not sum(gallery.seconds):
        return Timing(0.0, 0.0, 0.0)
    p50, p95 = (float(value) * 1000 for value in np.quantile(queries.seconds, (0.5, 0.95)))
    return Timing(p50, p95, len(gallery.samples) / sum(gallery.seconds))
