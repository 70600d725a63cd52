"""Measures how fast the shop's image model makes vectors of pictures, on one core and without anything around it."""

import time
from typing import TYPE_CHECKING

from django.conf import settings
from PIL import Image

from bench.results import Embedding
from bench.timings import summary

if TYPE_CHECKING:
    from imagesearch.encoder import Encoder

SIZE = (512, 384)
"""As large as a visitor's photo reaches the model."""

PICTURES = 16


def measure(*, seconds: float) -> Embedding:
    """Make vectors of photos one by one, as for shoppers, and then of many, as for a catalogue."""
    # Only this section pays for torch.
    import torch

    from imagesearch import encoder

    torch.set_num_threads(1)
    started = time.perf_counter()
    model = encoder.load(name=settings.IMAGE_MODEL)
    loaded = time.perf_counter() - started
    pictures = [_picture(number) for number in range(PICTURES)]
    alone = summary(_timed(model, pictures[:1], seconds))
    together = summary(_timed(model, pictures, seconds))
    return Embedding(settings.IMAGE_MODEL, model.dimension, loaded, alone, together.per_second * PICTURES)


def _timed(model: "Encoder", pictures: list[Image.Image], seconds: float) -> list[float]:
    """Milliseconds that these pictures take, again and again for so long."""
    found: list[float] = []
    end = time.perf_counter() + seconds
    while not found or time.perf_counter() < end:
        found.append(_milliseconds(model, pictures))
    return found


def _milliseconds(model: "Encoder", pictures: list[Image.Image]) -> float:
    started = time.perf_counter()
    model.encode(pictures=pictures)
    return (time.perf_counter() - started) * 1000


def _picture(number: int) -> Image.Image:
    """Full of detail, each another: what is on it does not change how long it takes."""
    return Image.effect_mandelbrot(SIZE, (-2, -1, 1, 1), 20 + number).convert("RGB")
