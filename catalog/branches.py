"""Changes of the category tree by staff: a branch is added, moved or renamed with its products, or pruned when empty.

A product names its categories, so that a move changes every product of the branch. It is noted first and done in
batches; whoever comes next goes on with what is noted, so that a machine that dies in the middle leaves nothing behind.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
import structlog
from pydantic import Field, TypeAdapter

from catalog import bulk, keyspace, moved, operations, queries
from catalog.models import CATEGORY_LEVELS, LONGEST_SLUG, Category, Product, slug_paths
from redismart.redis import editing, replies, scanning
from redismart.redis.clauses import Params, tag_any
from redismart.redis.documents import damage

PER_BATCH = 200
MOST_PRODUCTS = 10_000_000
Path = tuple[str, ...]
PATHS: TypeAdapter[Path] = TypeAdapter(Annotated[Path, Field(min_length=1)])

log = structlog.get_logger(__name__)


class BranchError(ValueError):
    """The tree cannot be changed like that; says why and what to do."""


def add(*, category: Category) -> None:
    """Store a new category. Raises ``redismart.redis.editing.TakenError``, ``BranchError`` without its parent."""
    if category.parent and category.parent not in queries.categories().categories:
        raise BranchError("The category above is gone: choose another.")
    editing.add(category, pk=category.slug)
    pipeline = Category.db().pipeline()
    moved.take(pipeline, [category.slug])
    operations.renew_tree(pipeline)
    pipeline.execute()


def change(*, slug: str, fields: tuple[str, ...], since: str, values: Mapping[str, Any]) -> Category:
    """Change what a category is called where its address stays, its text or position.

    Raises as ``redismart.redis.editing.change``.
    """

    def store(pipeline: Any, category: Category) -> None:
        category.save(pipeline=pipeline)

    changed = editing.change(Category, pk=slug, fields=fields, since=since, values=values, store=store)
    operations.note_tree_changed()
    return changed


def check_move(*, slug: str, to: Path) -> None:
    """Whether a branch can go to a path of names; raises ``BranchError`` when not."""
    known = queries.categories().categories
    if slug not in known:
        raise BranchError("This category is gone, or has been moved meanwhile: look at the list anew.")
    target = slug_paths(to)[-1]
    if target != slug and target in known:
        raise BranchError(
            f"There is a category {' > '.join(known[target].path)} already: choose another name or place."
        )
    if target.startswith(f"{slug}/"):
        raise BranchError("A category cannot go below itself: choose another place.")
    parent = target.rpartition("/")[0]
    if parent and parent not in known:
        raise BranchError("The category above is gone: choose another.")
    below = [other for other in known if other == slug or other.startswith(f"{slug}/")]
    if max(map(len, below)) - len(slug) + len(target) > LONGEST_SLUG:
        raise BranchError(f"Addresses have at most {LONGEST_SLUG} letters, all levels together: choose another name.")
    depth = max(other.count("/") for other in below)
    if len(to) + depth - slug.count("/") > CATEGORY_LEVELS:
        raise BranchError(
            f"There are at most {CATEGORY_LEVELS} levels, and others are below this one: choose a place above."
        )


def move(*, slug: str, to: Path, seconds: float) -> int:
    """Move or rename a branch with all its products. Returns how many products are left to do after so long.

    Raises ``BranchError``, ``redismart.redis.editing.BusyError``.
    """
    check_move(slug=slug, to=to)
    Category.db().hset(keyspace.MOVES, slug, orjson.dumps(to).decode())
    return _go_on(slug, to, until=time.monotonic() + seconds)


def finish_moves(*, seconds: float) -> int:
    """Go on with every move that is noted. Returns how many products are left after so long."""
    until = time.monotonic() + seconds
    return sum(_go_on(slug, to, until=until) for slug, to in moving().items())


def moving() -> dict[str, Path]:
    """Moves that are not finished: the slug path each branch had, and the names of where it goes."""
    noted = Category.db().hgetall(keyspace.MOVES)
    return {slug: to for slug, told in sorted(noted.items()) if (to := _path(told))}


def _path(told: str) -> Path | None:
    """The names that a note tells; None of one that somebody has damaged."""
    try:
        return PATHS.validate_json(told)
    except ValueError as error:
        log.warning("move_left_out", reason=damage(error))
        return None


def remove(*, slug: str) -> None:
    """Take an empty category away. Raises ``BranchError`` while it has products or others below it."""
    for reason in remove_many(slugs=[slug]).values():
        raise BranchError(reason)


def remove_many(*, slugs: Sequence[str]) -> dict[str, str]:
    """Take empty categories away, one with all below it too where those are among them. Returns why some are kept.

    The tree is read once, not for each: every removal has all processes read it anew. Raises
    ``redismart.redis.editing.BusyError``.
    """
    kept = {slug: reasons[0] for slug, reasons in why_kept(slugs=slugs).items()}
    gone = [slug for slug in slugs if slug not in kept]
    if not gone:
        return kept
    stored = Category.find_readable(gone)

    def take_away(pipeline: Any) -> None:
        pipeline.delete(*map(Category.key_of, gone))
        operations.renew_tree(pipeline)

    moved.note_gone(gone, also=take_away)
    _keep_those_in_use(stored)
    return kept


def why_kept(*, slugs: Sequence[str]) -> dict[str, list[str]]:
    """What keeps each of some categories from being taken away together; those that can go are not in it."""
    below = Counter(above for slug in queries.categories().categories for above in _above(slug))
    products, kept = count(slugs=slugs), {}
    # The lowest first: those below others come after them by their addresses.
    for slug in sorted(set(slugs), reverse=True):
        if reasons := _kept_by(below[slug], products[slug]):
            kept[slug] = reasons
        else:
            below.subtract(_above(slug))
    return kept


def _above(slug: str) -> list[str]:
    """Addresses of what is above a category."""
    names = slug.split("/")
    return ["/".join(names[:level]) for level in range(1, len(names))]


def _kept_by(below: int, products: int) -> list[str]:
    return [
        *([f"{below:,} categories are below it: move or delete those first."] if below > 0 else []),
        *([f"{products:,} products are in it: move those first, or move the whole category."] if products else []),
    ]


def count(*, slugs: Sequence[str]) -> dict[str, int]:
    """How many products each of some categories has, with those below it. One round trip."""
    pipeline = Product.db().pipeline()
    for slug in slugs:
        pipeline.execute_command(*_products_of(slug, most=0))
    return dict(zip(slugs, map(replies.total, pipeline.execute()), strict=True))


def _go_on(slug: str, to: Path, *, until: float) -> int:
    """New categories, then the products, then what is old goes: each step may be done again."""
    _save_branch(slug, to)
    for skus, left in _batches(slug, to):
        if time.monotonic() > until:
            return left
        bulk.change_products(skus=skus, change=lambda products: _moved(products, slug, to))
    _finish(slug, to)
    return 0


def _batches(slug: str, to: Path) -> Iterator[tuple[list[str], int]]:
    """Products that are still to be moved, by their SKUs, and how many there are."""
    return _respelt(slug) if slug_paths(to)[-1] == slug else _leaving(slug)


def _leaving(slug: str) -> Iterator[tuple[list[str], int]]:
    """As they are moved they are found no more."""
    while True:
        reply = Product.db().execute_command(*_products_of(slug, most=PER_BATCH))
        if not (left := replies.total(reply)):
            return
        yield [_sku(key) for key in reply[1:]], left


def _respelt(slug: str) -> Iterator[tuple[list[str], int]]:
    """Those of a category whose address stays are found as before: what is done is noted."""
    client, params = Product.db(), Params()
    clause, done = tag_any("paths", [slug], params), client.hget(keyspace.RESPELT, slug) or ""
    index = keyspace.PRODUCT_INDEX
    keys = scanning.keys(client, index=index, clauses=[clause], params=params, most=MOST_PRODUCTS)
    skus = [sku for sku in map(_sku, keys) if sku > done]
    for start in range(0, len(skus), PER_BATCH):
        batch = skus[start : start + PER_BATCH]
        yield batch, len(skus) - start
        client.hset(keyspace.RESPELT, slug, batch[-1])


def _sku(key: str) -> str:
    return key.removeprefix(keyspace.product(""))


def _moved(products: Sequence[Product], slug: str, to: Path) -> list[Product]:
    level = slug.count("/")
    return [
        product.model_copy(
            update={
                "categories": (*to, *product.categories[level + 1 :])[:CATEGORY_LEVELS],
                "updated": datetime.now(UTC),
            }
        )
        for product in products
        if product.category_slugs[level : level + 1] == (slug,) and product.categories[: level + 1] != to
    ]


def _save_branch(slug: str, to: Path) -> None:
    """The categories of a branch at their new place, with their pictures and texts."""
    parents = [Category.at(to[:depth]) for depth in range(1, len(to))]
    operations.save_categories(categories=parents, overwrite=False)
    new = [_at_new_place(category, slug, to) for category in _branch(slug)]
    # Where the move is gone on with, they are there already, and staff may have changed them.
    operations.save_categories(categories=new, overwrite=slug_paths(to)[-1] == slug)


def _at_new_place(category: Category, slug: str, to: Path) -> Category:
    path = (*to, *category.path[slug.count("/") + 1 :])
    placed: Category = category.model_copy(update={"path": path, "slug": slug_paths(path)[-1]})
    return placed


def _finish(slug: str, to: Path) -> None:
    """What is old goes, and its addresses lead to what is new, in the step that ends the move."""
    left = [] if slug_paths(to)[-1] == slug else _branch(slug)

    def end(pipeline: Any) -> None:
        for category in left:
            pipeline.delete(Category.key_of(category.slug))
        pipeline.hdel(keyspace.MOVES, slug)
        pipeline.hdel(keyspace.RESPELT, slug)
        operations.renew_tree(pipeline)

    moved.note_moved({each.slug: _at_new_place(each, slug, to).slug for each in left}, also=end)
    _keep_those_in_use(left)


def _keep_those_in_use(removed: Sequence[Category]) -> None:
    """Categories that somebody has put a product into just as they went are there again."""
    products = count(slugs=[category.slug for category in removed])
    used = [category for category in removed if products[category.slug]]
    operations.save_categories(categories=used, overwrite=False)


def _branch(slug: str) -> list[Category]:
    known = queries.categories().categories
    return [category for other, category in known.items() if other == slug or other.startswith(f"{slug}/")]


def _products_of(slug: str, *, most: int) -> tuple[Any, ...]:
    """Keys of some of a category's products, and how many there are."""
    params = Params()
    clause = tag_any("paths", [slug], params)
    ending = ("NOCONTENT", "LIMIT", "0", str(most), "TIMEOUT", "0", *params.arguments())
    return ("FT.SEARCH", keyspace.PRODUCT_INDEX, clause, *ending)
