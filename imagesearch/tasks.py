"""Work of the embeddings worker, the only process that has the model. Each task may run twice, late, or not at all.

Run by ``celery worker --queues embeddings,photos --pool threads --concurrency 2``: while one thread goes on with the
catalogue, the other answers visitors. The model is loaded before the worker takes its first task: whoever stops it
meanwhile need not wait, and no visitor waits for it.
"""

import math
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from celery import shared_task
from celery.signals import celeryd_init, worker_shutting_down
from django.conf import settings
from django.core.cache import cache

from imagesearch import answering, asides, keyspace, missed, pipeline
from imagesearch.alone import BusyError
from imagesearch.pipeline import Encodes, Pipeline
from imagesearch.taken import outcome
from imagesearch.vectors import Tuning
from redismart.orders import order

STRETCH_SECONDS = 60.0
"""For so long a task goes on; the next is on its way."""

NOTED_SECONDS = 60.0
AGAIN_SECONDS = 3_600.0
"""What staff have asked for and no worker could begin for so long is forgotten: they see that it was not done."""

PHOTOS = "photos"
"""The queue of the worker that has the model."""

told_to_stop = threading.Event()

log = structlog.get_logger(__name__)


@celeryd_init.connect
def load_before_the_first_task(*, options: dict[str, Any], **_signal: Any) -> None:
    """A signal to stop ends the process at once here, where it would wait for a task that is loading the model."""
    if PHOTOS in (options.get("queues") or ()):
        load(settings.IMAGE_MODEL)


@worker_shutting_down.connect
def stop_soon(**_signal: Any) -> None:
    """What is left of a task is made by the next worker."""
    told_to_stop.set()


@shared_task
def follow_catalogue() -> None:
    """Make vectors of what is new in the catalogue."""
    ends = time.monotonic() + STRETCH_SECONDS
    try:
        taken = pipeline.run(of_the_shop(patience=0.0, goes_on=lambda: time.monotonic() < ends and _goes_on()))
    except BusyError:
        return
    if taken.made or taken.removed or taken.set_aside:
        log.info("pictures_followed", outcome=outcome(taken))


@shared_task
def make_again(*, skus: list[str]) -> None:
    """Make the vectors of some products anew. Raises ``BusyError`` when the pipeline is taken for long."""
    taken = of_the_shop(goes_on=_goes_on).make_again(skus)
    if taken.left:
        order_again(skus)
    log.info("pictures_made_again", outcome=outcome(taken))


@shared_task
def retry_set_aside() -> None:
    """Try every picture again that was set aside: products are gone over, and nothing is made that is there."""
    shop = of_the_shop()
    forgotten = asides.forget(shop.space.fingerprint)
    shop.begin_anew()
    log.info("set_aside_retried", pictures=forgotten)


def order_again(skus: Sequence[str]) -> bool:
    """Have the vectors of some products made anew; whether that was ordered."""
    return order(make_again, payload={"skus": list(skus)}, expires=AGAIN_SECONDS)


def order_retry() -> bool:
    """Have everything tried again that was set aside; whether that was ordered."""
    return order(retry_set_aside, payload={}, expires=AGAIN_SECONDS)


# Not asked again when its worker is killed: whoever asked has gone by then.
@shared_task(acks_late=False)
def encode_photo(*, question: str) -> None:
    """Answer a visitor's photo with its vector, unless nobody waits for it any more."""
    key = keyspace.waiting(question)
    picture = cache.get(key)
    cache.delete(key)
    if picture:
        answering.answer(question=question, picture=picture, load=load)


@shared_task
def note_missed(*, photo: str, nearest: str) -> None:
    """Count that a photo found nothing."""
    missed.note(photo=photo, nearest=nearest)


def order_note(*, photo: str, nearest: str) -> None:
    """Have a photo that found nothing counted; without a broker it is not."""
    order(note_missed, payload={"photo": photo, "nearest": nearest}, expires=NOTED_SECONDS)


def of_the_shop(*, patience: float = pipeline.WAIT_SECONDS, goes_on: Callable[[], bool] = lambda: True) -> Pipeline:
    """The pipeline of the model that the settings name; ``patience`` is how long (seconds) it waits for another."""
    return Pipeline(
        load(settings.IMAGE_MODEL),
        settings.IMAGE_MODEL,
        settings.MEDIA_ROOT,
        tuning=Tuning(hnsw_from=settings.IMAGE_HNSW_FROM, **settings.IMAGE_HNSW),
        cut=settings.IMAGE_CUT,
        patience=patience,
        goes_on=goes_on,
    )


def _goes_on() -> bool:
    return not told_to_stop.is_set()


def load(name: str) -> Encodes:
    """The encoder of that name; loaded once. Only here: whoever loads it loads torch."""
    from imagesearch import encoder

    encoder.use_threads(settings.IMAGE_THREADS)
    return encoder.load(name=name)


def order_encoding(question: str, picture: str, seconds: float) -> bool:
    """Have a photo answered within some seconds; whether that was ordered.

    The photo is no part of the order, which lies in its queue for as long as no worker is there. It waits in the cache,
    in memory alone, and is gone when it is taken or when nobody waits for it any more.
    """
    key = keyspace.waiting(question)
    if not cache.add(key, picture, timeout=math.ceil(seconds)):
        return False
    ordered = order(encode_photo, payload={"question": question}, expires=seconds)
    if not ordered:
        cache.delete(key)
    return ordered
