"""Asks the process that has the model for the vector of a photo, and waits for it no longer than a page can."""

import base64
import secrets
import time
from collections.abc import Callable

import orjson

from imagesearch import answering, keyspace, vectors
from imagesearch.vectors import Vector

SLICE_SECONDS = 0.5
"""Less than a page gives a node to answer: a longer wait would pass for a node that is away."""

ID_BYTES = 18

Order = Callable[[str, str, float], bool]


class EncoderAwayError(RuntimeError):
    """No answer came in time: the worker is away, or has too much to do."""


class NotReadyError(EncoderAwayError):
    """The catalogue's pictures cannot be searched yet."""


class _Orders:
    """Who passes a question on: set when Django is ready, since domain code knows no Celery."""

    order: Order | None = None


def on_ask(order: Order) -> None:
    """Have questions passed on by a function of id, picture (base64) and seconds; it says whether that went well."""
    _Orders.order = staticmethod(order)


def vector_of(*, picture: bytes, deadline: float) -> Vector:
    """The vector of a small picture (an image file's bytes) within ``deadline`` seconds.

    Raises ``EncoderAwayError``, and ``NotReadyError`` while no model has seen the whole catalogue.
    """
    ends, question = time.monotonic() + deadline, secrets.token_urlsafe(ID_BYTES)
    order = _Orders.order
    if order is None or not order(question, base64.b64encode(picture).decode(), deadline):
        raise EncoderAwayError("Nobody takes the question.")
    while (left := ends - time.monotonic()) > 0:
        if reply := vectors.client().blpop([keyspace.reply(question)], timeout=min(left, SLICE_SECONDS)):
            return _vector(orjson.loads(reply[1]))
    raise EncoderAwayError(f"No answer within {deadline} seconds.")


def _vector(reply: dict[str, object]) -> Vector:
    if problem := reply.get("problem"):
        error = NotReadyError if problem == answering.NOT_READY else EncoderAwayError
        raise error(str(problem))
    values = base64.b64decode(str(reply["values"]))
    return Vector(values, str(reply["fingerprint"]), float(str(reply["cut"])))
