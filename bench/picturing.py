"""Measures search by photo: the nearest vectors by each kind of index, and whole photo searches.

The vectors are random ones around a few hundred middles, as those of real pictures are; the photos are drawn, so that
the benchmark needs no pictures. Both kinds of index hold the same vectors.
"""

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from itertools import cycle

import httpx
import numpy as np
from django.conf import settings
from numpy.typing import NDArray
from PIL import Image

from bench import pages, serving
from bench.results import Photos
from bench.timings import Summary, summary
from catalog import api as catalog
from imagesearch import queries, tasks, vectors
from imagesearch.vectors import Space, Tuning, Vector
from redismart.web.limits import key_of

AT_ONCE, ASKED, NEAREST = 1_000, 50, 10
MIDDLES, SPREAD = 300, 0.6
PHOTOS = 20
EXACT, APPROXIMATE = Tuning(hnsw_from=10**9), Tuning(hnsw_from=1)
Say = Callable[[str], object]
Matrix = NDArray[np.float32]


def measure(*, count: int, seconds: float, say: Say) -> list[Photos]:
    """With so many vectors, each of a product of the catalogue that was loaded: first FLAT, then HNSW."""
    encoder = tasks.load(settings.IMAGE_MODEL)
    space = Space(settings.IMAGE_MODEL, encoder.fingerprint, encoder.dimension, cut=2.0)
    say(f"Storing {count:,} vectors.")
    vectors.ensure(space, tuning=EXACT)
    asked = _store(space, count)
    space.activate()
    exact, took = _nearest(asked, seconds)
    found = [Photos(count, "FLAT", took, 1.0, _searches(seconds, say))]
    say("Building the approximate index.")
    vectors.ensure(space, tuning=replace(APPROXIMATE, search_effort=settings.IMAGE_HNSW["search_effort"]))
    approximate, took = _nearest(asked, seconds)
    return [*found, Photos(count, "HNSW", took, _recall(exact, approximate), _searches(seconds, say))]


def _store(space: Space, count: int) -> list[Vector]:
    """Vectors of as many products; returns some that are asked for."""
    chance = np.random.default_rng(1)
    middles = _unit(chance.normal(size=(MIDDLES, space.dimension)))
    traits = list(catalog.traits(skus=pages.some_skus()).values())
    known = cycle(traits)
    for start in range(0, count, AT_ONCE):
        rows = _around(chance, middles, min(AT_ONCE, count - start))
        told = (
            vectors.fields_of(replace(next(known), sku=f"bench-{start + row}"), "bench") for row in range(len(rows))
        )
        vectors.write(space, new=zip(told, (row.tobytes() for row in rows), strict=True), changed=())
    return [Vector(row.tobytes(), space.fingerprint, 2.0) for row in _around(chance, middles, ASKED)]


def _around(chance: np.random.Generator, middles: Matrix, count: int) -> Matrix:
    noise = chance.normal(size=(count, middles.shape[1])) * SPREAD / np.sqrt(middles.shape[1])
    return _unit(middles[chance.integers(len(middles), size=count)] + noise)


def _unit(rows: NDArray[np.floating]) -> Matrix:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def _nearest(asked: list[Vector], seconds: float) -> tuple[list[set[str]], Summary]:
    """The nearest of each vector, and the milliseconds of the bare command for them."""
    found, took = [_bare(vector) for vector in asked], list[float]()
    ends, turn = time.perf_counter() + seconds, cycle(asked)
    while time.perf_counter() < ends or not took:
        began = time.perf_counter()
        _bare(next(turn))
        took.append((time.perf_counter() - began) * 1_000)
    return found, summary(took)


def _bare(vector: Vector) -> set[str]:
    query = f"*=>[KNN {NEAREST} @vector $vector AS distance]"
    options = ("NOCONTENT", "LIMIT", 0, NEAREST, "PARAMS", 2, "vector", vector.values, "DIALECT", 2)
    reply = vectors.client().execute_command("FT.SEARCH", queries.index_of(vector), query, *options)
    return set(reply[1:])


def _recall(exact: list[set[str]], approximate: list[set[str]]) -> float:
    pairs = zip(exact, approximate, strict=True)
    return sum(len(true & near) / max(len(true), 1) for true, near in pairs) / len(exact)


def _searches(seconds: float, say: Say) -> Summary:
    """Milliseconds of whole photo searches: the photo is sent, and the page of what it found is there."""
    say("Measuring whole photo searches, one client.")
    with serving.web_server(), serving.procfile_line("embeddings"), httpx.Client(timeout=60) as client:
        client.base_url = httpx.URL(f"http://127.0.0.1:{settings.WEB_PORT}")
        token = client.get("/image-search/").cookies["csrftoken"]
        photos = cycle(_photos())
        _wait_for_the_worker(client, token, next(photos))
        took: list[float] = []
        ends = time.perf_counter() + max(seconds, 1.0)
        while time.perf_counter() < ends or len(took) < PHOTOS:
            began = time.perf_counter()
            _search(client, token, next(photos)).raise_for_status()
            took.append((time.perf_counter() - began) * 1_000)
    return summary(took)


def _wait_for_the_worker(client: httpx.Client, token: str, photo: bytes) -> None:
    """Its first answer takes as long as loading the model does; web processes have templates to read."""
    ends = time.monotonic() + serving.START_SECONDS
    while _search(client, token, photo).status_code != httpx.codes.OK:
        if time.monotonic() > ends:
            raise serving.NotStartedError("The embeddings worker did not answer.")
    for _time in range(6):
        _search(client, token, photo)


def _search(client: httpx.Client, token: str, photo: bytes) -> httpx.Response:
    _forget_the_limit()
    told = {"csrfmiddlewaretoken": token}
    return client.post("/image-search/", data=told, files={"photo": ("photo.jpg", photo)}, follow_redirects=True)


def _forget_the_limit() -> None:
    """The benchmark is a single visitor who sends more photos than one may."""
    from django.core.cache import cache

    cache.delete(key_of("photo", "127.0.0.1"))


def _photos() -> Iterator[bytes]:
    """As a phone's browser sends them: cut and made small."""
    for number in range(PHOTOS):
        written = BytesIO()
        picture = Image.effect_mandelbrot((1024, 768), (-2, -1, 1, 1), 20 + number).convert("RGB")
        picture.putpixel((0, 0), tuple(secrets.token_bytes(3)))
        picture.save(written, "JPEG", quality=90)
        yield written.getvalue()
