"""Changes that staff make to the catalogue: one thing at a time, and never over what another changed meanwhile."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from catalog import keyspace, moderation, operations, reviews, stocked
from catalog.models import Category, Product, Review
from redismart.redis import editing


def add_product(*, values: Mapping[str, Any]) -> Product:
    """Store a new product with its categories. Raises ``TakenError``, ``pydantic.ValidationError``."""
    checked = Product.model_validate(dict(values))
    product: Product = checked.model_copy(update=_spelt(checked))
    categories = _categories(product.categories)
    operations.save_categories(categories=categories, overwrite=False)
    editing.add(product, pk=product.sku)
    operations.announce_saved(skus=[product.sku])
    return product


def change_product(*, sku: str, fields: tuple[str, ...], since: str, values: Mapping[str, Any]) -> Product:
    """Change some fields of a product. Raises as ``redismart.redis.editing.change``."""

    def store(pipeline: Any, product: Product) -> None:
        told = stocked.known(skus=[sku])
        product.save(pipeline=pipeline)
        stocked.keep(pipeline, told)
        # Its popularity is that of before any sale again.
        pipeline.zadd(keyspace.SALES_DUE, {sku: 0}, xx=True)

    wanted = {**values, "updated": datetime.now(UTC), "sku": sku}
    if wanted.get("brand"):
        wanted["brand"] = operations.spellings(brands=[wanted["brand"]])[wanted["brand"]]
    # Before anything is stored: names may be too long for a category.
    categories = _categories(wanted.get("categories", ()))
    changed = editing.change(Product, pk=sku, fields=fields, since=since, values=wanted, store=store)
    operations.save_categories(categories=categories, overwrite=False)
    operations.announce_saved(skus=[sku])
    return changed


def delete_reviews(*, review_ids: Sequence[str]) -> list[str]:
    """Remove reviews, and count their products' stars anew. Returns those there were: of several who remove one, one
    is told so. Raises ``redismart.redis.editing.BusyError``.
    """
    found: dict[str, Any] = {}

    def remove(pipeline: Any, known: moderation.Known) -> list[str]:
        found.clear()
        found.update(known)
        for review_id in known:
            pipeline.delete(Review.key_of(review_id))
        return list(known)

    removed = moderation.change(review_ids=review_ids, queue=remove)
    if removed:
        reviews.rate_those_of(removed, skus=moderation.products(found))
    return removed


def _spelt(product: Product) -> dict[str, str]:
    """The brand as the shop spells it."""
    return {"brand": operations.spellings(brands=[product.brand])[product.brand]} if product.brand else {}


def _categories(names: tuple[str, ...]) -> list[Category]:
    """The categories that a product names, parents too. Raises ``pydantic.ValidationError``."""
    return [Category.at(names[:level]) for level in range(1, len(names) + 1)]
