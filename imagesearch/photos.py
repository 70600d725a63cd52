"""What is kept of a visitor's photo while they look through what it found: its vector, and nothing of the picture."""

import base64
import re
import secrets

import orjson

from imagesearch import keyspace, vectors
from imagesearch.vectors import Vector

KEPT_SECONDS = 1_800
ID_BYTES = 24
ID = re.compile(r"[A-Za-z0-9_-]{32}")


def keep(*, vector: Vector) -> str:
    """Keep a vector for half an hour, under a name that nobody can guess."""
    name = secrets.token_urlsafe(ID_BYTES)
    facts = {
        "values": base64.b64encode(vector.values).decode(),
        "fingerprint": vector.fingerprint,
        "cut": vector.cut,
    }
    vectors.client().set(keyspace.photo(name), orjson.dumps(facts), ex=KEPT_SECONDS)
    return name


def kept(*, name: str) -> Vector | None:
    """The vector of that name, which lives half an hour from now; None when it is gone."""
    if not ID.fullmatch(name):
        return None
    stored = vectors.client().getex(keyspace.photo(name), ex=KEPT_SECONDS)
    if stored is None:
        return None
    facts = orjson.loads(stored)
    return Vector(base64.b64decode(facts["values"]), facts["fingerprint"], facts["cut"])
