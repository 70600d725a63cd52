"""Reviews by buyers. A product's rating follows from what it was loaded with and from what its buyers say."""

from collections.abc import Iterable, Sequence
from typing import Any

from catalog import bulk, commands, keyspace, moderation
from catalog.models import Product, Rated, Review
from catalog.moderation import HIDDEN, SKU
from catalog.operations import save_reviews
from redismart.redis import replies
from redismart.redis.editing import BusyError


class UnknownProductError(LookupError):
    """The shop has no such product, or no longer."""


def write(*, sku: str, author_id: str, author: str, stars: int, title: str, text: str) -> Review:
    """Store what a buyer says of a product, in place of what they said before, and have its rating follow.

    What staff has hidden stays hidden, until they have read it anew.
    Raises ``UnknownProductError``, ``pydantic.ValidationError``.
    """
    facts = {"sku": sku, "author": author, "stars": stars, "title": title, "text": text}
    review = Review(review_id=f"{sku}:{author_id}", verified=True, **facts)
    if not Product.db().exists(keyspace.product(sku)):
        raise UnknownProductError(f"There is no product {sku!r} to review.")
    save_reviews(reviews=[review])
    rate(sku=sku)
    return review


def hide(*, review_ids: Sequence[str], hidden: bool) -> list[str]:
    """Take reviews out of the shop or show them again, and have ratings follow. Returns those that changed: of
    several who do it at once, one is told so.

    Ratings follow those that did not change too: a machine may have died between the two the time before.
    """
    found: dict[str, Any] = {}

    def store(pipeline: Any, known: moderation.Known) -> list[str]:
        # A damaged one may not say of what it is.
        found.clear()
        found.update((pk, facts) for pk, facts in known.items() if [type(sku) for sku in facts[SKU]] == [str])
        changed = [pk for pk, facts in found.items() if facts[HIDDEN] != [hidden] and (hidden or facts[HIDDEN])]
        for review_id in changed:
            _queue_hiding(pipeline, Review.key_of(review_id), hidden)
        return changed

    changed = moderation.change(review_ids=review_ids, queue=store)
    rate_those_of(changed, skus=moderation.products(found))
    return changed


def rate_those_of(changed: Sequence[str], *, skus: Iterable[str]) -> None:
    """Have ratings follow what was done to reviews. Raises ``BusyError`` with those reviews: they are changed."""
    try:
        rate_many(skus=sorted(skus))
    except BusyError as error:
        raise BusyError(str(error), done=changed) from None


def _queue_hiding(pipeline: Any, key: str, hidden: bool) -> None:
    """Only these values: what its author changes meanwhile is kept."""
    pipeline.execute_command("JSON.SET", key, "$.hidden", "true" if hidden else "false")
    if hidden:
        pipeline.execute_command("JSON.SET", key, "$.x.hidden", "1")
    else:
        pipeline.execute_command("JSON.DEL", key, "$.x.hidden")


def rate(*, sku: str) -> None:
    """Bring a product's rating in line with its reviews. Safe to repeat: it counts anew, and adds nothing to itself."""
    rate_many(skus=[sku])


def rate_many(*, skus: Sequence[str]) -> None:
    """Bring the ratings of products in line with their reviews, a batch in one transaction. Raises ``BusyError``."""
    bulk.change_products(skus=skus, change=_rated)


def _rated(products: Sequence[Product]) -> list[Product]:
    said = _said([product.sku for product in products])
    rated = [_with_reviews(product, *said[product.sku]) for product in products]
    return [newer for newer, product in zip(rated, products, strict=True) if newer != product]


def _with_reviews(product: Product, count: int, total: int) -> Product:
    """A product whose buyers gave so many ratings, of so many stars in all."""
    loaded = product.loaded or Rated(rating=product.rating, count=product.rating_count)
    counted = loaded.count if loaded.rating is not None else 0
    everybody = counted + count
    rating = ((loaded.rating or 0) * counted + total) / everybody if everybody else loaded.rating
    changed = {"rating": rating, "rating_count": everybody or loaded.count, "loaded": loaded}
    newer: Product = product.model_copy(update=changed)
    return newer


def _said(skus: Sequence[str]) -> dict[str, tuple[int, int]]:
    """How many buyers have reviewed each product, and the sum of their stars."""
    pipeline = Review.db().pipeline()
    for sku in skus:
        pipeline.execute_command(*commands.count_stars(sku, query=" @verified:[1 1]"))
    counted = map(replies.groups, pipeline.execute())
    return {
        sku: (sum(counts.values()), sum(int(stars) * count for stars, count in counts.items()))
        for sku, counts in zip(skus, counted, strict=True)
    }
