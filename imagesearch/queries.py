"""What looks like a picture: products by likeness, with facets, and products that look like others."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from catalog.api import PRODUCT_FACETS, Facet, Selection, selection_clauses, stems
from imagesearch import keyspace, vectors
from imagesearch.vectors import VECTOR, Space, Vector
from redismart.redis import clauses, replies
from redismart.redis.batch import Batch, Reply
from redismart.redis.clauses import Params, all_of, tag_any

NEAREST = 400
"""Pictures that a search looks at: of several of one product the nearest counts."""

BEYOND = 8
KINSHIP = 0.25
"""Of the cut: by so much a product of the same category is taken for nearer, where products are beside each other.
What looks almost the same comes first from wherever it is; of what looks alike, the same kind of thing does."""

MOST_WORDS, LONGEST_WORD = 8, 40
NO_TIMEOUT = ("TIMEOUT", "0")


@dataclass(frozen=True, slots=True)
class Match:
    """A product by its nearest picture. ``distance`` is the cosine distance, 0 (the same) to 2."""

    sku: str
    distance: float
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What looks like a picture, the nearest first.

    ``close`` are within the cut; ``beyond`` are a few of the nearest that are not. ``tallies`` count the close ones by
    facet value, each facet without its own selection; ``capped`` says that there may be more than were looked at.
    """

    close: tuple[Match, ...] = ()
    beyond: tuple[Match, ...] = ()
    tallies: Mapping[Facet, Counter[str]] = field(default_factory=dict)
    capped: bool = False


Rows = list[dict[str, str]]


def find(*, vector: Vector, selection: Selection | None = None, words: str = "") -> Found:
    """Products that look like a picture, within a selection of facet values and with all of some words.

    One round trip, however many facets are selected.
    """
    # RediSearch takes no value that is empty, or that its C strings end in.
    named = {facet: tuple(filter(_can_be, values)) for facet, values in (selection or {}).items()}
    chosen: Selection = {facet: values for facet, values in named.items() if values}
    batch = Batch(vectors.client())
    whole = _ask(batch, vector, chosen, words)
    others = {facet: _ask(batch, vector, chosen, words, without=facet) for facet in chosen}
    batch.run()
    matches = _matches(whole.value)
    close = tuple(each for each in matches if each.distance <= vector.cut)
    tallies = {facet: _tally(others.get(facet, whole).value, facet, vector.cut) for facet in PRODUCT_FACETS}
    capped = len(whole.value) >= NEAREST and len(close) == len(matches)
    return Found(close, tuple(matches[len(close) : len(close) + BEYOND]), tallies, capped)


def _can_be(value: str) -> bool:
    return bool(value) and value.isprintable()


def similar(*, skus: Sequence[str], limit: int = 12) -> dict[str, tuple[str, ...]]:
    """Products that look like others, the likest first; of those without a vector nothing. Two round trips.

    Of two that look about as alike, one of the same category comes first (see ``KINSHIP``).
    """
    space = Space.active() if skus else None
    if space is None:
        return {}
    own = _own(space, skus)
    batch = Batch(vectors.client())
    asked = {
        sku: _ask(batch, Vector(values, space.fingerprint, space.cut), {}, "", nearest=4 * (limit + 1))
        for sku, (values, _category) in own.items()
    }
    batch.run()
    return {sku: _others(sku, own[sku][1], reply.value, space.cut)[:limit] for sku, reply in asked.items()}


def index_of(vector: Vector) -> str:
    """The index in which a vector's neighbours are."""
    return keyspace.index(vector.fingerprint)


def ready() -> int:
    """How many pictures can be found; 0 while no model has seen the whole catalogue."""
    space = Space.active()
    return (vectors.total(space) or 0) if space else 0


def _own(space: Space, skus: Sequence[str]) -> dict[str, tuple[bytes, str]]:
    """A vector of each product, and its category."""
    parameters = [Params() for _sku in skus]
    index, names = keyspace.index(space.fingerprint), (VECTOR, Facet.SUB.value)
    returned = ("RETURN", len(names), *names, "LIMIT", 0, 1)
    commands = [
        ("FT.SEARCH", index, tag_any("sku", [sku], params), *returned, *params.arguments())
        for sku, params in zip(skus, parameters, strict=True)
    ]
    found = zip(skus, vectors.raw(commands), strict=True)
    own: dict[str, dict[Any, Any]] = {sku: replies.pairs(reply[2]) for sku, reply in found if reply[0] and reply[2]}
    return {
        sku: (fields[VECTOR.encode()], fields.get(Facet.SUB.value.encode(), b"").decode())
        for sku, fields in own.items()
        if VECTOR.encode() in fields
    }


def _ask(
    batch: Batch,
    vector: Vector,
    selection: Selection,
    words: str,
    *,
    without: Facet | None = None,
    nearest: int = NEAREST,
) -> Reply[Rows]:
    params = Params()
    wanted = [*selection_clauses(selection, params, without=without), *_words(words, params)]
    query = f"({all_of(wanted)})=>[KNN {nearest} @{VECTOR} $vector AS distance]"
    names = ["distance", "sku", "cost", *(facet.value for facet in PRODUCT_FACETS)]
    options = ["RETURN", len(names), *names, "SORTBY", "distance", "LIMIT", 0, nearest, *NO_TIMEOUT]
    command = ("FT.SEARCH", index_of(vector), query, *options, *_arguments(params, vector))
    return batch.add(*command, parse=_rows)


def _arguments(params: Params, vector: Vector) -> list[object]:
    """As those of ``params``, which take texts only, and the vector."""
    named: list[object] = [part for index, value in enumerate(params.values) for part in (f"p{index}", value)]
    return ["PARAMS", len(named) + 2, *named, "vector", vector.values, "DIALECT", clauses.DIALECT]


def _words(text: str, params: Params) -> list[str]:
    """All words must be there, in whatever form."""
    return [f"@words:({params.add(stem[:LONGEST_WORD])})" for stem in filter(_can_be, stems(text)[:MOST_WORDS])]


def _rows(reply: list[Any]) -> Rows:
    """A damaged hash, which does not say whose it is, is passed over."""
    return [row for row in replies.hits(reply).rows if row.get("sku")]


def _matches(rows: Rows) -> list[Match]:
    """The nearest picture of each product."""
    nearest: dict[str, Match] = {}
    for row in rows:
        cost = row.get("cost")
        match = Match(row["sku"], float(row["distance"]), float(cost) if cost else None)
        nearest.setdefault(match.sku, match)
    return list(nearest.values())


def _tally(rows: Rows, facet: Facet, cut: float) -> Counter[str]:
    values = {row["sku"]: row[facet.value] for row in rows if float(row["distance"]) <= cut and facet.value in row}
    return Counter(values.values())


def _others(sku: str, category: str, rows: Rows, cut: float) -> tuple[str, ...]:
    kin = {row["sku"] for row in rows if category and row.get(Facet.SUB.value) == category}
    close = [each for each in _matches(rows) if each.sku != sku and each.distance <= cut]
    close.sort(key=lambda each: each.distance - KINSHIP * cut * (each.sku in kin))
    return tuple(each.sku for each in close)


def unit(values: Sequence[float]) -> bytes:
    """Numbers as the bytes of a vector of unit length."""
    row = np.asarray(values, np.float32)
    return (row / np.linalg.norm(row)).astype(np.float32).tobytes()
