"""Turns a visitor's photo into a vector, in the one process that has the model."""

import base64
from collections.abc import Callable

import orjson
import structlog

from imagesearch import keyspace, vectors
from imagesearch.pipeline import Encodes
from imagesearch.vectors import Space
from redismart.decoding import PictureError, decoded

KEPT_SECONDS = 30
SIDE = 1_024
NOT_READY = "not ready"
UNREADABLE = "unreadable"
FAILED = "failed"

log = structlog.get_logger(__name__)

Load = Callable[[str], Encodes]


def answer(*, question: str, picture: str, load: Load) -> None:
    """Answer who asked for the vector of a picture (base64 of an image file) on their own list.

    It is that of the model by which the catalogue can be searched now, whichever is being made ready meanwhile.
    """
    reply = _reply(picture, load)
    pipeline = vectors.client().pipeline()
    pipeline.rpush(keyspace.reply(question), orjson.dumps(reply))
    pipeline.expire(keyspace.reply(question), KEPT_SECONDS)
    pipeline.execute()


def _reply(picture: str, load: Load) -> dict[str, object]:
    """What fails is told at once: the visitor would wait in vain."""
    try:
        return _vector(picture, load)
    except (PictureError, ValueError):
        return {"problem": UNREADABLE}
    except RuntimeError as error:
        log.warning("photo_not_answered", reason=str(error)[:300])
        return {"problem": FAILED}


def _vector(picture: str, load: Load) -> dict[str, object]:
    space = Space.active()
    if space is None:
        return {"problem": NOT_READY}
    encoder = load(space.model)
    if encoder.fingerprint != space.fingerprint:
        return {"problem": NOT_READY}
    found = decoded(base64.b64decode(picture), side=SIDE)
    row = encoder.encode(pictures=[found])[0]
    values = base64.b64encode(row.tobytes()).decode()
    return {"values": values, "fingerprint": space.fingerprint, "cut": space.cut}
