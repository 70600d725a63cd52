"""What other apps follow of the catalogue: which products changed, and what their copies of a product need."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redis.exceptions import ResponseError

from catalog import facets, keyspace, search
from catalog.facets import Facet
from catalog.models import Product
from redismart.redis import replies

BEGINNING = "0-0"


@dataclass(frozen=True, slots=True)
class Changes:
    """Products that changed after a position of the stream, each once, and the position that they lead to.

    ``whole`` is false when some before them are no longer known: whoever follows has to look at every product.
    """

    skus: tuple[str, ...]
    position: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Traits:
    """What a product is found by elsewhere: its pictures' names, stems of its words, facet values, comparable price."""

    sku: str
    pictures: tuple[str, ...]
    words: str
    facets: Mapping[Facet, str]
    cost: float | None


def changes(*, after: str, most: int) -> Changes:
    """Up to ``most`` changes after a position; ``BEGINNING`` follows nothing yet. One round trip."""
    pipeline = Product.db().pipeline()
    pipeline.execute_command("XINFO", "STREAM", keyspace.CHANGES)
    pipeline.xrange(keyspace.CHANGES, min=f"({after}", count=most)
    facts, entries = pipeline.execute(raise_on_error=False)
    if isinstance(facts, ResponseError):
        return Changes((), BEGINNING, whole=after == BEGINNING)
    told: Mapping[str, Any] = facts if isinstance(facts, Mapping) else replies.pairs(facts)
    skus = dict.fromkeys(fields["sku"] for _position, fields in entries)
    position = str(entries[-1][0]) if entries else after
    return Changes(tuple(skus), position, whole=_is_known(told, after))


def latest() -> str:
    """The position of the last change."""
    try:
        facts = Product.db().execute_command("XINFO", "STREAM", keyspace.CHANGES)
    except ResponseError:
        return BEGINNING
    told: Mapping[str, Any] = facts if isinstance(facts, Mapping) else replies.pairs(facts)
    return str(told["last-generated-id"])


def traits(*, skus: Sequence[str]) -> dict[str, Traits]:
    """What there is of products by SKU; those that are gone or damaged are missing. One round trip."""
    return {found.sku: _traits(found) for found in Product.find_readable(skus)}


def some_skus(*, cursor: int, most: int = 500) -> tuple[int, list[str]]:
    """About ``most`` SKUs of the whole catalogue, and the cursor that leads on: 0 begins, and ends.

    Whatever is there all the while comes at least once.
    """
    prefix = keyspace.product("")
    cursor, keys = Product.db().scan(cursor, match=f"{prefix}*", count=most)
    return int(cursor), [key.removeprefix(prefix) for key in keys]


def known(*, skus: Sequence[str]) -> set[str]:
    """Those of some SKUs that are in the catalogue. One round trip."""
    pipeline = Product.db().pipeline()
    for sku in skus:
        pipeline.exists(keyspace.product(sku))
    return {sku for sku, there in zip(skus, pipeline.execute() if skus else [], strict=True) if there}


def _traits(product: Product) -> Traits:
    derived = product.projection()["x"]
    words = " ".join(search.stems(" ".join((product.name, product.brand, *product.categories))))
    values = {facet: str(derived[facet.value]) for facet in facets.PRODUCT_FACETS}
    pictures = tuple(picture.name for picture in product.pictures)
    return Traits(product.sku, pictures, words, values, derived.get("cost"))


def _is_known(told: Mapping[str, Any], after: str) -> bool:
    """Whether nothing after a position was cut off, and the stream is the one that it is of."""
    if after == BEGINNING:
        return int(told["entries-added"]) == int(told["length"])
    first = told["first-entry"]
    if not first:
        return after == str(told["last-generated-id"])
    return _order(str(first[0])) <= _order(after) <= _order(str(told["last-generated-id"]))


def _order(position: str) -> tuple[int, int]:
    moment, _, number = position.partition("-")
    return int(moment), int(number or 0)
