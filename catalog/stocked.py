"""What others tell of products' stock, for lists to filter and count by: whether there is any, and at which locations.

It is no part of a product: whoever stores one anew keeps what was told of it. Who tells follows the catalogue's changes
too, for products that are new, and for what was told in the moment between.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from catalog import facets, keyspace
from catalog.facets import IN_STOCK, PLACES_FIELD, Facet
from catalog.models import Product
from redismart.redis import replies

READ = f'$.x["{Facet.STOCK.value}","{PLACES_FIELD}"]'


@dataclass(frozen=True, slots=True)
class Stocked:
    """Where there is some of a product to be sold; ``anywhere`` also where no location has it as its own."""

    sku: str
    anywhere: bool = False
    places: tuple[str, ...] = ()

    @property
    def indexed(self) -> dict[str, Any]:
        return facets.stocked(self.places, anywhere=self.anywhere)


def tell(*, products: Sequence[Stocked]) -> int:
    """Have lists know of products' stock; returns of how many they did not. Those that are gone are left.

    Two round trips. Whoever tells must be alone: of two at once the later word may be the older.
    """
    told = _stored([product.sku for product in products])
    there = [product for product in products if product.sku in told]
    changed = [product for product in there if told[product.sku] != product.indexed]
    if not changed:
        return 0
    # A shop without any stock has no counts of it.
    counts = any(product.anywhere or told[product.sku].get(Facet.STOCK) == IN_STOCK for product in changed)
    writing = Product.db().pipeline()
    # Before and after, as with products: in between no counts pass for exact.
    if counts:
        writing.incr(keyspace.STOCK_VERSION)
    for product in changed:
        _merge(writing, product.sku, product.indexed)
    if counts:
        writing.incr(keyspace.STOCK_VERSION)
    # One that is deleted meanwhile answers with an error, and there is nothing to tell.
    list(map(replies.sound, writing.execute(raise_on_error=False)))
    return len(changed)


def known(*, skus: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What was told of products' stock: of those that are in stock. One round trip."""
    return {sku: facts for sku, facts in _stored(skus).items() if facts.get(Facet.STOCK) == IN_STOCK}


def keep(pipeline: Any, told: Mapping[str, Mapping[str, Any]]) -> None:
    """Queue, after products were stored anew, that lists know of their stock what was ``known``."""
    for sku, facts in told.items():
        _merge(pipeline, sku, facts)


def _merge(pipeline: Any, sku: str, facts: Mapping[str, Any]) -> None:
    pipeline.execute_command("JSON.MERGE", keyspace.product(sku), "$.x", orjson.dumps(facts))


def _stored(skus: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What products that are there are known by, of what is told here; in part of those of an older release."""
    found = Product.db().execute_command("JSON.MGET", *map(keyspace.product, skus), READ) if skus else []
    return {sku: _named(orjson.loads(reply)) for sku, reply in zip(skus, found, strict=True) if reply is not None}


def _named(values: Sequence[Any]) -> dict[str, Any]:
    """The values by their fields: what is there comes without its name, and no two are of one type."""
    names: dict[type, str] = {str: Facet.STOCK.value, list: PLACES_FIELD}
    return {names[type(value)]: value for value in values if type(value) in names}
