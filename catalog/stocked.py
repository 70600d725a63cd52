"""What others tell of products' stock, for lists to filter and count by: whether there is any, and at which locations.

It is no part of a product. Whoever stores one anew leaves it out of stock until it is told again, so who tells follows
the catalogue's changes too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from catalog import facets, keyspace
from catalog.facets import IN_STOCK, PLACES_FIELD, Facet
from catalog.models import Product
from redismart.redis import replies

READ = (f"$.x.{Facet.STOCK.value}", f"$.x.{PLACES_FIELD}")


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
    client, pipeline = Product.db(), Product.db().pipeline()
    for product in products:
        pipeline.execute_command("JSON.GET", keyspace.product(product.sku), *READ)
    known = map(replies.sound, pipeline.execute(raise_on_error=False) if products else [])
    told = {product: _told(reply) for product, reply in zip(products, known, strict=True) if reply is not None}
    changed = [product for product, before in told.items() if before != product.indexed]
    if not changed:
        return 0
    # A shop without any stock has no counts of it.
    counts = any(product.anywhere or told[product].get(Facet.STOCK) == IN_STOCK for product in changed)
    writing = client.pipeline()
    # Before and after, as with products: in between no counts pass for exact.
    writing.incrby(keyspace.STOCK_VERSION, 1) if counts else None
    for product in changed:
        writing.execute_command("JSON.MERGE", keyspace.product(product.sku), "$.x", orjson.dumps(product.indexed))
    writing.incrby(keyspace.STOCK_VERSION, 1) if counts else None
    # One that is deleted meanwhile answers with an error, and there is nothing to tell.
    list(map(replies.sound, writing.execute(raise_on_error=False)))
    return len(changed)


def _told(reply: str | bytes) -> dict[str, Any]:
    """What a product is known by, of what is told here; nothing of one that was stored before anybody told."""
    known = orjson.loads(reply)
    return {path.removeprefix("$.x."): values[0] for path, values in known.items() if values}
