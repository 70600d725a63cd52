"""Changes of reviews that staff may hide at the same moment: what is known of each when it is changed is still so."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from redis.exceptions import WatchError

from catalog.models import Review
from redismart.redis.editing import BusyError

ATTEMPTS = 30
STEP_SECONDS = 0.002
SKU, HIDDEN = "$.sku", "$.hidden"

Known = Mapping[str, Mapping[str, list[Any]]]
"""By the ids of reviews that are there: what is stored as ``SKU`` and ``HIDDEN``, in lists that may be empty."""


def change(*, review_ids: Sequence[str], queue: Callable[[Any, Known], Sequence[str]]) -> list[str]:
    """Change reviews in one transaction. ``queue`` puts there what follows from what is known, and returns its reviews.

    It is asked again when others have changed one of them since. Raises ``BusyError``.
    """
    keys = [Review.key_of(review_id) for review_id in review_ids]
    for attempt in range(ATTEMPTS if keys else 0):
        with Review.db().pipeline(transaction=True) as pipeline:
            pipeline.watch(*keys)
            known = _known(review_ids)
            pipeline.multi()
            changed = list(queue(pipeline, known))
            try:
                pipeline.execute()
            except WatchError:
                # Who waits a different time each does not meet the same others again.
                time.sleep(random.uniform(0, attempt * STEP_SECONDS))
                continue
            return changed
    if keys:
        raise BusyError("Too many change these reviews at this moment: try again.")
    return []


def _known(review_ids: Sequence[str]) -> Known:
    pipeline = Review.db().pipeline()
    for review_id in review_ids:
        pipeline.execute_command("JSON.GET", Review.key_of(review_id), SKU, HIDDEN)
    found = dict(zip(review_ids, pipeline.execute(raise_on_error=False), strict=True))
    return {review_id: _facts(told) for review_id, told in found.items() if told is not None}


def _facts(told: Any) -> Mapping[str, list[Any]]:
    """What is no document answers with an error, and says nothing."""
    facts: Mapping[str, list[Any]] = orjson.loads(told) if isinstance(told, str) else {SKU: [], HIDDEN: []}
    return facts


def products(known: Known) -> set[str]:
    """The SKUs of reviews; a damaged one may not say of what it is."""
    return {sku for facts in known.values() for sku in facts[SKU] if isinstance(sku, str)}
