"""From a checked row to the document that Redis stores.

A document's digest covers all that is stored except the times: the row, its pictures, and what is derived
from them by the shop's settings and this code. So a product is written again exactly when something
that anyone could see or find has changed, settings and releases included.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from catalog.loading.rows import ReviewRow, Row
from catalog.models import Category, Picture, Product, Review, slug_paths

NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Document:
    """A product ready to be stored but for its times. ``created`` is what its row says, if it does.

    ``with_pictures`` is there when the row says nothing of pictures: the same document with those of the product.
    """

    sku: str
    digest: str
    stored: dict[str, Any]
    created: datetime | None
    updated: datetime | None
    reviews: tuple[ReviewRow, ...]
    with_pictures: Callable[[Sequence[Picture]], "Document"] | None = None

    def encoded(self, *, known_since: datetime | None, now: datetime) -> bytes:
        """The JSON to store. ``known_since`` is when the shop first had the product, None if it is new."""
        created = self.created or known_since or now
        self.stored["created"] = _written(created)
        self.stored["updated"] = _written(self.updated or now)
        self.stored["x"]["created"] = int(created.timestamp())
        self.stored["digest"] = self.digest
        return orjson.dumps(self.stored)

    def review_documents(self, *, now: datetime) -> list[Review]:
        """Its reviews, under keys that are the same in every load."""
        return [
            Review(
                review_id=f"{self.sku}:{review.digest}",
                sku=self.sku,
                author=review.author,
                stars=review.stars,
                title=review.title,
                text=review.text,
                created=review.created or now,
            )
            for review in self.reviews
        ]


def document(row: Row, *, brand: str, pictures: Sequence[Picture] | None) -> Document:
    """The document of a row, with the shop's spelling of its brand and its stored pictures; None if it has no say."""
    if pictures is not None:
        return _sealed(row, brand, pictures)
    bare = _sealed(row, brand, ())

    def with_pictures(kept: Sequence[Picture]) -> Document:
        # The digest is that of what the row says, so that the next load finds it unchanged.
        named = [picture.model_copy(update={"alt": row.name}) for picture in kept]
        return replace(_sealed(row, brand, named), digest=bare.digest)

    return replace(bare, with_pictures=with_pictures)


def _sealed(row: Row, brand: str, pictures: Sequence[Picture]) -> Document:
    product = _product(row, brand, pictures)
    stored = product.model_dump(mode="json", exclude_none=True, exclude={"pk", "digest"}) | product.projection()
    given = tuple(_written(time) if time else "" for time in (row.created, row.updated))
    seal = hashlib.blake2b(orjson.dumps([stored, given, [review.digest for review in row.reviews]]), digest_size=12)
    return Document(row.sku, seal.hexdigest(), stored, row.created, row.updated, row.reviews)


def categories(rows: Sequence[Row], *, known: Collection[str] = ()) -> Mapping[str, Category]:
    """Every category that the rows are in, ancestors included, by slug path, but for the ``known`` ones; the first
    spelling wins."""
    paths = dict.fromkeys(row.levels[: depth + 1] for row in rows for depth in range(len(row.levels)))
    found: dict[str, Category] = {}
    for path in paths:
        slug = slug_paths(path)[-1]
        if slug not in known and slug not in found:
            found[slug] = Category.at(path)
    return found


def _product(row: Row, brand: str, pictures: Sequence[Picture]) -> Product:
    rating, rating_count = row.stars
    return Product(
        # redis-om makes up a ULID for a document without it, at a fifth of the cost of the whole row.
        pk=row.sku,
        sku=row.sku,
        mpn=row.mpn,
        name=row.name,
        description=row.shown_description,
        brand=brand,
        categories=row.levels,
        price=row.price,
        list_price=row.former_price,
        currency=row.currency,
        rating=rating,
        rating_count=rating_count,
        popularity=row.demand,
        attributes=row.all_attributes,
        pictures=tuple(pictures),
        created=row.created or NO_TIME,
        updated=NO_TIME,
    )


def _written(time: datetime) -> str:
    """A time as pydantic writes it in every other document."""
    return time.isoformat().replace("+00:00", "Z")
