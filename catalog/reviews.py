"""Reviews by buyers. A product's rating follows from what it was loaded with and from what its buyers say."""

from redis.exceptions import WatchError

from catalog import commands, keyspace
from catalog.models import Product, Rated, Review
from catalog.operations import announce_saved
from redismart.redis import replies

ATTEMPTS = 20


class UnknownProductError(LookupError):
    """The shop has no such product, or no longer."""


class BusyError(RuntimeError):
    """Too many review the same product at this moment: try again."""


def write(*, sku: str, author_id: str, author: str, stars: int, title: str, text: str) -> Review:
    """Store what a buyer says of a product, in place of what they said before, and have its rating follow.

    Raises ``UnknownProductError``, ``pydantic.ValidationError``.
    """
    facts = {"sku": sku, "author": author, "stars": stars, "title": title, "text": text}
    review = Review(review_id=f"{sku}:{author_id}", verified=True, **facts)
    if not Product.db().exists(keyspace.product(sku)):
        raise UnknownProductError(f"There is no product {sku!r} to review.")
    review.save()
    rate(sku=sku)
    return review


def rate(*, sku: str) -> None:
    """Bring a product's rating in line with its reviews. Safe to repeat: it counts anew, and adds nothing to itself."""
    for _attempt in range(ATTEMPTS):
        with Product.db().pipeline(transaction=True) as pipeline:
            pipeline.watch(keyspace.product(sku))
            stored = pipeline.execute_command("JSON.GET", keyspace.product(sku), "$")
            if stored is None:
                return
            product = _rated(Product.from_path_reply(stored))
            pipeline.multi()
            product.save(pipeline=pipeline)
            # Its popularity is that of before any sale again.
            pipeline.zadd(keyspace.SALES_DUE, {sku: 0}, xx=True)
            try:
                pipeline.execute()
            except WatchError:
                continue
            announce_saved(skus=[sku])
            return
    raise BusyError(f"Too many review {sku!r} at this moment: try again.")


def _rated(product: Product) -> Product:
    loaded = product.loaded or Rated(rating=product.rating, count=product.rating_count)
    count, total = _said(product.sku)
    counted = loaded.count if loaded.rating is not None else 0
    everybody = counted + count
    rating = ((loaded.rating or 0) * counted + total) / everybody if everybody else loaded.rating
    changed = {"rating": rating, "rating_count": everybody or loaded.count, "loaded": loaded}
    newer: Product = product.model_copy(update=changed)
    return newer


def _said(sku: str) -> tuple[int, int]:
    """How many buyers have reviewed a product, and the sum of their stars."""
    counts = replies.groups(Review.db().execute_command(*commands.count_stars(sku, query=" @verified:[1 1]")))
    return sum(counts.values()), sum(int(stars) * count for stars, count in counts.items())
