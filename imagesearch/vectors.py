"""The vectors of pictures as Redis hashes, and the index by which the nearest are found.

Every model has vectors and an index of its own. The index is FLAT (exact) while there are few vectors and HNSW
(approximate) from ``Tuning.hnsw_from`` on: see docs/image-search.md for what both cost.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import structlog
from redis.exceptions import ResponseError

from catalog.api import PRODUCT_FACETS, Traits
from imagesearch import keyspace
from redismart.redis import connections, indexes, replies
from redismart.redis.clauses import Params, tag_any
from redismart.redis.connections import ShopRedis
from redismart.redis.indexes import Field, Index, hash_tag, number

APP = "imagesearch"
VECTOR = "vector"
MOST_FOUND = 10_000
NO_TIMEOUT = ("TIMEOUT", "0")


log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Tuning:
    """How an index is laid out: from how many vectors on it is HNSW, and HNSW's M, EF_CONSTRUCTION and EF_RUNTIME."""

    hnsw_from: int = 50_000
    links: int = 16
    build_effort: int = 200
    search_effort: int = 64


@dataclass(frozen=True, slots=True)
class Space:
    """The vectors of one model: its name and fingerprint, how many numbers a vector has, and its cut.

    ``cut`` is the cosine distance beyond which nothing is a close match.
    """

    model: str
    fingerprint: str
    dimension: int
    cut: float

    @classmethod
    def active(cls) -> "Space | None":
        """That by which photos are searched now; None while no model has seen the whole catalogue."""
        stored = client().get(keyspace.ACTIVE)
        try:
            return cls(**orjson.loads(stored)) if stored else None
        except (ValueError, TypeError):
            # Somebody has damaged it: the worker writes it anew when it next follows the catalogue.
            log.warning("model_unread")
            return None

    def activate(self) -> None:
        """Have photos searched by it from now on."""
        facts = {name: getattr(self, name) for name in ("model", "fingerprint", "dimension", "cut")}
        client().set(keyspace.ACTIVE, orjson.dumps(facts))


@dataclass(frozen=True, slots=True)
class Vector:
    """A photo as a model sees it: float32 numbers of unit length as bytes, the model's fingerprint, and its cut."""

    values: bytes
    fingerprint: str
    cut: float


@dataclass(frozen=True, slots=True)
class Stored:
    """A picture of a product that has a vector, with what it is filtered by.

    ``whole`` is false where the vector itself is damaged: no search finds it, and it is to be made anew.
    """

    sku: str
    picture: str
    fields: Mapping[str, str]
    whole: bool = True


def client() -> ShopRedis:
    return connections.client(APP)


def layout(space: Space, *, tuning: Tuning, count: int) -> Index:
    """The index of a model's vectors when there are about ``count``."""
    shape = ("TYPE", "FLOAT32", "DIM", str(space.dimension), "DISTANCE_METRIC", "COSINE")
    effort = ("M", tuning.links, "EF_CONSTRUCTION", tuning.build_effort, "EF_RUNTIME", tuning.search_effort)
    options = (*shape, *map(str, effort)) if count >= tuning.hnsw_from else shape
    kind = "HNSW" if count >= tuning.hnsw_from else "FLAT"
    return Index(
        alias=keyspace.index(space.fingerprint),
        prefix=keyspace.vectors(space.fingerprint),
        kind="HASH",
        fields=(
            Field(VECTOR, VECTOR, "VECTOR", (kind, str(len(options)), *options)),
            hash_tag("sku"),
            hash_tag("picture"),
            *(hash_tag(facet.value) for facet in PRODUCT_FACETS),
            number("cost", "cost"),
            # Stems already: RediSearch stems no words of a query that goes on to the nearest vectors.
            Field("words", "words", "TEXT", ("NOSTEM",)),
        ),
    )


def ensure(space: Space, *, tuning: Tuning, count: int = 0) -> None:
    """Make sure that there is an index of the right kind for so many vectors; another is built beside it first."""
    indexes.ensure(client(), layout(space, tuning=tuning, count=max(count, total(space) or 0)))


def total(space: Space) -> int | None:
    """How many vectors a model has; None where it has no index yet, or one that was never finished."""
    try:
        found = client().execute_command("FT.SEARCH", keyspace.index(space.fingerprint), "*", "LIMIT", 0, 0)
    except ResponseError as error:
        if "no such index" not in str(error).lower():
            raise
        return None
    return replies.total(found)


def of_products(space: Space, skus: Sequence[str]) -> list[Stored]:
    """What there is of some products. Two round trips."""
    if not skus:
        return []
    params = Params()
    query = tag_any("sku", skus, params)
    wanted = _names()
    options = ["RETURN", len(wanted), *wanted, "LIMIT", 0, MOST_FOUND, *NO_TIMEOUT, *params.arguments()]
    found = client().execute_command("FT.SEARCH", keyspace.index(space.fingerprint), query, *options)
    rows = _rows(found)
    keys = [keyspace.vector(space.fingerprint, row["picture"], row["sku"]) for row in rows]
    sizes = raw([("HSTRLEN", key, VECTOR) for key in keys])
    whole = space.dimension * np.dtype(np.float32).itemsize
    return [Stored(row["sku"], row["picture"], row, size == whole) for row, size in zip(rows, sizes, strict=True)]


def of_pictures(space: Space, pictures: Sequence[str]) -> dict[str, bytes]:
    """Vectors that are there already, of whatever product, by their pictures' names. Two round trips."""
    if not pictures:
        return {}
    params = Params()
    query = tag_any("picture", pictures, params)
    options = ["RETURN", 2, "picture", "sku", "LIMIT", 0, MOST_FOUND, *NO_TIMEOUT, *params.arguments()]
    found = client().execute_command("FT.SEARCH", keyspace.index(space.fingerprint), query, *options)
    keys = {row["picture"]: keyspace.vector(space.fingerprint, row["picture"], row["sku"]) for row in _rows(found)}
    values = raw([("HGET", key, VECTOR) for key in keys.values()])
    return {picture: value for picture, value in zip(keys, values, strict=True) if value}


def fields_of(traits: Traits, picture: str) -> dict[str, str]:
    """What a picture of a product is filtered by."""
    told = {facet.value: value for facet, value in traits.facets.items()}
    cost = {} if traits.cost is None else {"cost": f"{traits.cost:.12g}"}
    return {"sku": traits.sku, "picture": picture, "words": traits.words} | told | cost


def write(
    space: Space, *, new: Iterable[tuple[Mapping[str, str], bytes]], changed: Iterable[Mapping[str, str]]
) -> None:
    """Store vectors with their fields, and other fields of vectors that stay. One round trip."""
    pipeline = client().pipeline()
    for fields, vector in new:
        key = keyspace.vector(space.fingerprint, fields["picture"], fields["sku"])
        pipeline.hset(key, mapping={**fields, VECTOR: vector})
    for fields in changed:
        key = keyspace.vector(space.fingerprint, fields["picture"], fields["sku"])
        pipeline.hset(key, mapping=dict(fields))
        if "cost" not in fields:
            pipeline.hdel(key, "cost")
    pipeline.execute()


def remove(space: Space, stored: Iterable[Stored]) -> None:
    keys = [keyspace.vector(space.fingerprint, each.picture, each.sku) for each in stored]
    if keys:
        client().delete(*keys)


def some_products(space: Space, *, cursor: int, most: int = 1_000) -> tuple[int, list[str]]:
    """The SKUs of some of the vectors, and the cursor that leads on: 0 begins, and ends."""
    cursor, keys = client().scan(cursor, match=f"{keyspace.vectors(space.fingerprint)}*", count=most)
    return int(cursor), list(dict.fromkeys(keyspace.sku_of(key) for key in keys))


def drop_others(space: Space) -> None:
    """Drop the vectors of all other models."""
    own = keyspace.index(space.fingerprint)
    for name in map(str, client().execute_command("FT._LIST")):
        alias = name.rpartition(":")[0]
        if alias.startswith(keyspace.index("")) and alias != own:
            client().execute_command("FT.DROPINDEX", name, "DD")
            fingerprint = alias.removeprefix(keyspace.index(""))
            client().delete(keyspace.progress(fingerprint), keyspace.set_aside(fingerprint))


def raw(commands: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Replies as bytes, since a vector is no text. One round trip."""
    if not commands:
        return []
    pipeline = client().pipeline()
    for command in commands:
        pipeline.execute_command(*command, NEVER_DECODE=True)
    return pipeline.execute()


def _names() -> list[str]:
    return ["sku", "picture", "words", "cost", *(facet.value for facet in PRODUCT_FACETS)]


def _rows(found: list[Any]) -> list[dict[str, str]]:
    """A damaged hash, which does not say whose it is, counts as not there: it is written anew."""
    return [row for row in replies.hits(found).rows if row.get("sku") and row.get("picture")]
