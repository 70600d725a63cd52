"""The real worker, with the real model, is stopped and killed in mid-catalogue: nothing is lost, nothing is doubled."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from PIL import Image, ImageDraw

from imagesearch import keyspace, queries, vectors
from imagesearch.pipeline import Phase, Progress
from imagesearch.tasks import follow_catalogue
from imagesearch.vectors import Space, Vector
from tests import pictured
from tests.journeys import shopfront
from tests.redis_nodes import RedisNodes

PRODUCTS, PICTURES = 150, 2
PATIENCE_SECONDS = 180.0
pytestmark = pytest.mark.usefixtures("search_indexes")


def test_another_goes_on_where_a_stopped_or_killed_worker_was(redis_nodes: RedisNodes, tmp_path: Path) -> None:
    wanted = {offered(number) for number in range(PRODUCTS)}
    stopped = ended_half_way(signal.SIGTERM, tmp_path / "first.log")
    killed = ended_half_way(signal.SIGKILL, tmp_path / "second.log")
    assert stopped.items() < killed.items()
    with shopfront.working(log=tmp_path / "third.log", process="embeddings"):
        awaited(lambda: Space.active() is not None)
    assert_each_picture_once(wanted, killed)


def ended_half_way(number: signal.Signals, log: Path) -> dict[str, bytes]:
    """What there is once a worker got a signal while it made more: told to stop, it leaves the rest to the next."""
    before = len(made())
    with shopfront.working(log=log, process="embeddings") as worker:
        awaited(lambda: len(made()) > before)
        os.kill(worker.pid, number)
        assert worker.wait() == (0 if number == signal.SIGTERM else -number), log.read_text()
    found = made()
    assert before < len(found) < PRODUCTS * PICTURES
    assert Space.active() is None
    return found


def offered(number: int) -> tuple[str, str]:
    """A product with a picture of its own and one that all products have."""
    names = [pictured.stored(pattern) for pattern in (pictured.drawn("teal"), _pattern(number))]
    pictured.offered(f"item:{number}", pictures=tuple(names))
    return f"item:{number}", names[1].name


def _pattern(number: int) -> bytes:
    picture = Image.effect_mandelbrot((320, 240), (-2, -1, 1, 1), 20 + number).convert("RGB")
    ImageDraw.Draw(picture).text((10, 10), f"{number}", fill="white", font_size=90)
    path = settings.MEDIA_ROOT / "pattern.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)
    return bytes(path.read_bytes())


def made() -> dict[str, bytes]:
    """Every vector by its key."""
    keys = sorted(vectors.client().scan_iter(match=f"{keyspace.vectors('')[:-1]}*", count=1_000))
    return dict(zip(keys, vectors.raw([("HGET", key, "vector") for key in keys]), strict=True))


def awaited(done: Callable[[], bool]) -> None:
    """Order the catalogue followed, as the schedule does, until something is done."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while not done():
        assert time.monotonic() < ends, "The worker has not come so far."
        follow_catalogue.apply_async(expires=3)
        time.sleep(0.2)


def assert_each_picture_once(wanted: set[tuple[str, str]], before: dict[str, bytes]) -> None:
    space = Space.active()
    assert space is not None
    held = made()
    assert len(held) == vectors.total(space) == PRODUCTS * PICTURES
    assert {(keyspace.sku_of(key), key.split(":")[3]) for key in held} >= wanted
    assert all(held[key] == vector for key, vector in before.items())
    assert all(
        np.linalg.norm(np.frombuffer(vector, np.float32)) == pytest.approx(1, abs=1e-4) for vector in held.values()
    )
    progress = Progress.read(space.fingerprint)
    assert progress is not None
    assert progress.phase is Phase.DONE
    for sku, picture in sorted(wanted)[::10]:
        vector = Vector(held[keyspace.vector(space.fingerprint, picture, sku)], space.fingerprint, 1e-3)
        assert sku in [match.sku for match in queries.find(vector=vector).close]
