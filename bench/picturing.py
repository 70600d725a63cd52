"""Measures search by photo: the nearest vectors by each kind of index, and whole photo searches.

The vectors are those of ``bench.nearest``; the photos are drawn, so that the benchmark needs no pictures. Both kinds of
index hold the same vectors.
"""

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from itertools import cycle

import httpx
from django.conf import settings
from PIL import Image

from bench import nearest, pages, serving
from bench.nearest import APPROXIMATE, EXACT
from bench.results import Photos
from bench.timings import Summary, summary
from catalog import api as catalog
from imagesearch import tasks, vectors
from imagesearch.vectors import Space, Vector
from redismart.web.limits import key_of

PHOTOS = 20
Say = Callable[[str], object]


def measure(*, count: int, seconds: float, say: Say) -> list[Photos]:
    """With so many vectors, each of a product of the catalogue that was loaded: first FLAT, then HNSW."""
    encoder = tasks.load(settings.IMAGE_MODEL)
    space = Space(settings.IMAGE_MODEL, encoder.fingerprint, encoder.dimension, cut=nearest.FAR)
    say(f"Storing {count:,} vectors.")
    vectors.ensure(space, tuning=EXACT)
    asked = _store(space, count)
    space.activate()
    exact, took = nearest.times(asked, seconds)
    found = [Photos(count, "FLAT", took, 1.0, _searches(seconds, say))]
    say("Building the approximate index.")
    vectors.ensure(space, tuning=replace(APPROXIMATE, search_effort=settings.IMAGE_HNSW["search_effort"]))
    approximate, took = nearest.times(asked, seconds)
    return [*found, Photos(count, "HNSW", took, nearest.recall(exact, approximate), _searches(seconds, say))]


def _store(space: Space, count: int) -> list[Vector]:
    """Vectors of as many products; returns some that are asked for."""
    cloud = nearest.Cloud(space.dimension)
    known = cycle(catalog.traits(skus=pages.some_skus()).values())
    for start in range(0, count, nearest.AT_ONCE):
        rows = cloud.take(min(nearest.AT_ONCE, count - start))
        told = (
            vectors.fields_of(replace(next(known), sku=f"bench-{start + row}"), "bench") for row in range(len(rows))
        )
        vectors.write(space, new=zip(told, (row.tobytes() for row in rows), strict=True), changed=())
    return cloud.asked(space)


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
