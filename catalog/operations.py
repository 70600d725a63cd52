"""Writes of the catalogue."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any
from uuid import uuid4

import orjson
from redis.exceptions import LockNotOwnedError

from catalog import counting, keyspace, moderation, moved, queries, stocked, suggesting
from catalog.counting import Prepared, Versions
from catalog.facets import CountQuery, Facet, TextClause, count_queries, stock_queries, within
from catalog.models import Category, Product, Review, SynonymGroup
from redismart.redis import indexes
from redismart.redis.batch import Batch
from redismart.redis.clauses import Params, tag_any
from redismart.redis.connections import ShopPipeline, ShopRedis

CHANGES_KEPT = 100_000
"""Changes a slow reader may lag behind before it has to look at everything again."""

PREPARED_SECONDS = 3_600
BROWSING_SECONDS = 86_400
"""What visitors ask for is kept shortly: whoever asks for a thousand odd things must not fill Redis."""
IMMATERIAL_SHARE = 0.01
"""By so much may the number of products have changed since counts were made that are still shown for a while."""

STOCK_SECONDS = 60
LOCK_SECONDS = 120
SUGGESTED_PRODUCTS = 20_000
SUGGESTIONS_PER_TRIP = 200
STAGED_SECONDS = 600
REVIEWS_PER_TRIP = 1_000


def save_products(*, products: Sequence[Product]) -> None:
    """Store products, new or changed, and tell other apps of each. Two round trips."""
    save_encoded(documents=[(product.sku, product.encoded()) for product in products])


def save_encoded(*, documents: Sequence[tuple[str, bytes]]) -> None:
    """Store products that are encoded already: SKU and ``Product.encoded`` of each. Two round trips."""
    if not documents:
        return
    told = stocked.known(skus=[sku for sku, _encoded in documents])
    pipeline = _versioned_pipeline()
    for sku, encoded in documents:
        pipeline.execute_command("JSON.SET", keyspace.product(sku), "$", encoded)
        announce(pipeline, sku, "saved")
    stocked.keep(pipeline, told)
    pipeline.incr(keyspace.VERSION)
    pipeline.execute()


def announce_saved(*, skus: Sequence[str]) -> None:
    """Tell other apps of products that were stored by other means, and that counts may have changed. One round trip."""
    pipeline = _versioned_pipeline()
    for sku in skus:
        announce(pipeline, sku, "saved")
    pipeline.execute()


def delete_products(*, skus: Sequence[str]) -> list[str]:
    """Remove products with their reviews and tell other apps. Returns those that there were: of several who remove
    one, one is told so.
    """
    if not skus:
        return []
    _delete_reviews(skus)
    pipeline = _versioned_pipeline()
    for sku in skus:
        pipeline.delete(keyspace.product(sku))
        announce(pipeline, sku, "deleted")
    pipeline.incr(keyspace.VERSION)
    removed = pipeline.execute()[1:-1:2]
    return [sku for sku, was_there in zip(skus, removed, strict=True) if was_there]


def _delete_reviews(skus: Sequence[str]) -> None:
    params = Params()
    written = ("FT.SEARCH", keyspace.REVIEW_INDEX, tag_any("sku", skus, params), "NOCONTENT")
    client = Review.db()
    while keys := client.execute_command(*written, "LIMIT", "0", str(REVIEWS_PER_TRIP), *params.arguments())[1:]:
        client.delete(*keys)


def save_categories(*, categories: Sequence[Category], overwrite: bool = True) -> None:
    """Store categories; with ``overwrite`` off, only those that are not there yet. One round trip."""
    if not categories:
        return
    pipeline = Category.db().pipeline()
    queue_categories(pipeline, categories=categories, overwrite=overwrite)
    pipeline.execute()


def queue_categories(pipeline: Any, *, categories: Sequence[Category], overwrite: bool) -> None:
    """Queue on a pipeline that categories are stored, as ``save_categories`` does."""
    if not categories:
        return
    for category in categories:
        category.save(pipeline=pipeline, nx=not overwrite)
    moved.take(pipeline, [category.slug for category in categories])
    # Even when all are there already: a writer that was killed may have stored them and come no further.
    renew_tree(pipeline)


def note_products_changed() -> None:
    """Have counts and completions made anew: searches find something else now."""
    Product.db().incr(keyspace.VERSION)


def note_tree_changed() -> None:
    """Have every process read the category tree anew."""
    renew_tree(Category.db())


def renew_tree(pipeline: Any) -> None:
    """Queue on a pipeline that every process is to read the category tree anew."""
    pipeline.set(keyspace.TREE_VERSION, uuid4().hex)


def save_reviews(*, reviews: Iterable[Review], overwrite: bool = True) -> None:
    """Store reviews. The products' ratings stay as they are: see ``save_products``.

    With ``overwrite`` off, only those that are not there yet. Raises ``redismart.redis.editing.BusyError``.
    """
    told = {review.review_id: review for review in reviews}

    def store(pipeline: Any, known: moderation.Known) -> list[str]:
        for review_id, review in told.items():
            # What staff has hidden stays so, whatever it says now.
            hidden = known.get(review_id, {}).get(moderation.HIDDEN) == [True]
            review.model_copy(update={"hidden": hidden}).save(pipeline=pipeline)
        return list(told)

    if overwrite:
        moderation.change(review_ids=list(told), queue=store)
        return
    pipeline = Review.db().pipeline()
    for review in told.values():
        review.save(pipeline=pipeline, nx=True)
    pipeline.execute()


def save_synonyms(*, groups: Sequence[SynonymGroup]) -> None:
    """Store groups of synonyms and put them to work, for products already indexed as well.

    Returns when they work: Redis goes over all products in the background.
    """
    if not groups:
        return
    # First: a group that is stored counts as one that works, also after a crash between the two.
    Product.apply_synonyms(keyspace.PRODUCT_INDEX, groups)
    pipeline = SynonymGroup.db().pipeline()
    for group in groups:
        group.save(pipeline=pipeline)
    pipeline.sadd(keyspace.SYNONYM_NAMES, *(group.name for group in groups))
    pipeline.execute()
    indexes.wait_until_complete(Product.db(), keyspace.PRODUCT_INDEX)
    Product.db().incr(keyspace.VERSION)


def spellings(*, brands: Iterable[str]) -> dict[str, str]:
    """The shop's one spelling of each brand: the first that was ever stored, whatever its case.

    Brands that are new are remembered as they are written here.
    """
    written = list(dict.fromkeys(brands))
    if not written:
        return {}
    pipeline = Product.db().pipeline()
    for brand in written:
        pipeline.hsetnx(keyspace.BRANDS, brand.casefold(), brand)
    pipeline.hmget(keyspace.BRANDS, [brand.casefold() for brand in written])
    return dict(zip(written, pipeline.execute()[-1], strict=True))


def prepare_counts(
    *, query: CountQuery, seconds: int = PREPARED_SECONDS, spared: Callable[[Prepared], bool] | None = None
) -> bool:
    """Make the exact counts of a wide query, in steps, and keep them for so many seconds.

    Those that are up to date are left, and those that are ``spared``. Returns False when another process is at
    it. Counts are stored with the catalogue version they began at: a change meanwhile makes them stale, never
    wrong about their age.
    """
    client = Product.db()
    version = versions().of(query)
    known = Prepared.decoded(client.get(keyspace.facet_counts(query.digest)))
    if known is not None and (known.version == version or (spared or _fresh_enough(query))(known)):
        return True
    lock = client.lock(keyspace.facet_lock(query.digest), timeout=LOCK_SECONDS, blocking=False)
    if not lock.acquire():
        return False
    try:
        prepared = Prepared.trimmed(version, time.time(), query.tally(queries.counts_in_steps(query=query)))
        client.set(keyspace.facet_counts(query.digest), prepared.encoded(), ex=seconds)
    finally:
        # Not ours any more when counting took longer than the lock lasts.
        with suppress(LockNotOwnedError):
            lock.release()
    return True


def versions() -> Versions:
    """What counts made now are of."""
    batch = Batch(Product.db())
    found = counting.ask_versions(batch)
    batch.run()
    return found.value


def order_categories(*, min_age: float = 0.0) -> bool:
    """Count the products of every category, for the order of those without a position; whether anything changed."""
    client = Product.db()
    by_sub = CountQuery("*", (), Facet.SUB.value, (Facet.SUB,))
    prepare_counts(query=by_sub, seconds=BROWSING_SECONDS, spared=lambda known: time.time() - known.made < min_age)
    counted = Prepared.decoded(client.get(keyspace.facet_counts(by_sub.digest)))
    if counted is None:
        return False
    sizes: Counter[str] = Counter()
    for sub, products in counted.tallies[Facet.SUB].items():
        sizes.update({sub.partition("/")[0]: products, sub: products})
    encoded = orjson.dumps(sizes, option=orjson.OPT_SORT_KEYS).decode()
    if client.get(keyspace.CATEGORY_SIZES) == encoded:
        return False
    client.mset({keyspace.CATEGORY_SIZES: encoded, keyspace.TREE_VERSION: uuid4().hex})
    return True


def prepare_browsing(*, min_age: float = 0.0) -> int:
    """Prepare the counts of what everybody opens: all products, and every category with many.

    Counts younger than ``min_age`` (seconds) are left, unless many products came or went: one write makes all of
    them stale, and to count a large shop anew takes Redis seconds. Returns how many count queries are prepared;
    those with few matches are left to the request.
    """
    order_categories(min_age=min_age)
    everything = TextClause("*")
    scopes = [everything, *(within(everything, slug) for slug in queries.categories().categories)]
    totals = [(scope, queries.total(text=scope)) for scope in scopes]
    wide = [(scope, matches) for scope, matches in totals if matches >= counting.WORTH_PREPARING]
    with_stock = bool(versions().stock)
    return sum(
        prepare_counts(query=query, seconds=BROWSING_SECONDS, spared=_young(min_age, matches))
        for scope, matches in wide
        for query in (*count_queries(scope, {}), *(stock_queries(scope, {}, ()) if with_stock else ()))
    )


def _fresh_enough(query: CountQuery) -> Callable[[Prepared], bool]:
    """Stock of something changes all the time: its counts are made anew no more often than ``STOCK_SECONDS``."""
    return lambda known: query.moves_with_stock and time.time() - known.made < STOCK_SECONDS


def _young(min_age: float, matches: int) -> Callable[[Prepared], bool]:
    """Whether counts need not be made again yet, now that so many products match."""

    def young(known: Prepared) -> bool:
        moved = abs(matches - known.counted) / matches
        return time.time() - known.made < min_age and moved <= IMMATERIAL_SHARE

    return young


def rebuild_suggestions_if_stale() -> bool:
    """Rebuild the completions when products have changed since; returns whether that was so."""
    client = Product.db()
    version = client.get(keyspace.VERSION) or "0"
    if client.get(keyspace.SUGGESTIONS_VERSION) == version:
        return False
    rebuild_suggestions()
    client.set(keyspace.SUGGESTIONS_VERSION, version)
    return True


def forget_suggestions() -> None:
    """Have the completions count as out of date."""
    Product.db().delete(keyspace.SUGGESTIONS_VERSION)


def rebuild_suggestions() -> int:
    """Build the completions anew beside the old ones and switch. Returns how many phrases there are."""
    client = Product.db()
    staged = keyspace.suggestions_staged(uuid4().hex)
    phrases = suggesting.phrases(most_products=SUGGESTED_PRODUCTS)
    entries = suggesting.entries(phrases)
    for start in range(0, len(entries), SUGGESTIONS_PER_TRIP):
        pipeline = client.pipeline()
        for entry in entries[start : start + SUGGESTIONS_PER_TRIP]:
            pipeline.execute_command("FT.SUGADD", staged, *entry)
        # What an interrupted rebuild leaves goes by itself.
        pipeline.expire(staged, STAGED_SECONDS)
        pipeline.execute()
    _switch_suggestions(client, staged if entries else None)
    return len(phrases)


def _switch_suggestions(client: ShopRedis, staged: str | None) -> None:
    if staged is None:
        client.delete(keyspace.SUGGESTIONS)
        return
    switch = client.pipeline(transaction=True)
    switch.persist(staged)
    switch.rename(staged, keyspace.SUGGESTIONS)
    switch.execute()


def _versioned_pipeline() -> ShopPipeline:
    """For writes that end with a new version as well: in between no counts pass for exact."""
    pipeline = Product.db().pipeline()
    pipeline.incr(keyspace.VERSION)
    return pipeline


def announce(pipeline: Any, sku: str, change: str) -> None:
    """Queue on a pipeline that other apps are told of a product's change: ``saved`` or ``deleted``."""
    pipeline.xadd(keyspace.CHANGES, {"sku": sku, "change": change}, maxlen=CHANGES_KEPT, approximate=True)
