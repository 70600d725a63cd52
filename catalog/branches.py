"""Changes of the category tree by staff: a branch is added, moved or renamed with its products, or pruned when empty.

A product names its categories, so that a move changes every product of the branch. It is noted first and done in
batches; whoever comes next goes on with what is noted, so that a machine that dies in the middle leaves nothing behind.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from catalog import bulk, keyspace, moved, moves, operations, queries
from catalog.models import CATEGORY_LEVELS, LONGEST_SLUG, Category, Product, slug_paths
from catalog.moves import Move, Path, is_below
from redismart.redis import editing, replies, scanning
from redismart.redis.clauses import Params, tag_any

PER_BATCH = 200
MOST_PRODUCTS = 10_000_000


class BranchError(ValueError):
    """The tree cannot be changed like that; says why and what to do."""


def add(*, category: Category) -> None:
    """Store a new category. Raises ``redismart.redis.editing.TakenError``, ``BusyError``, and ``BranchError`` without
    its parent, and where a move is under way.
    """

    def store(pipeline: Any) -> None:
        if Category.db().exists(key):
            raise editing.TakenError(f"There is a category {' > '.join(category.path)} already: choose another name.")
        if category.parent and category.parent not in _known():
            raise BranchError("The category above is gone: choose another.")
        _refuse_while(lambda move: move.meets(category.slug))
        operations.queue_categories(pipeline, categories=[category], overwrite=False)

    key = Category.key_of(category.slug)
    moves.in_turn(store, key)


def change(*, slug: str, fields: tuple[str, ...], since: str, values: Mapping[str, Any], to: Path = ()) -> Category:
    """Change a category's text or position; ``to`` notes in the same step that it is to be moved or renamed.

    Raises as ``redismart.redis.editing.change``, and ``BranchError``.
    """

    def store(pipeline: Any) -> None:
        stored = editing.read(Category, pk=slug, client=Category.db())
        changed[:] = [editing.merged(stored, fields=fields, since=since, values=values)]
        _refuse_while(lambda move: move.takes(slug))
        if to:
            check_move(slug=slug, to=to)
            moves.note(pipeline, slug=slug, to=to)
        changed[0].save(pipeline=pipeline)
        operations.renew_tree(pipeline)

    changed: list[Category] = []
    moves.in_turn(store, Category.key_of(slug))
    return changed[0]


def check_move(*, slug: str, to: Path) -> None:
    """Whether a branch can go to a path of names; raises ``BranchError`` when not."""
    target = slug_paths(to)[-1]
    _refuse_while(lambda move: move.meets(slug) or move.meets(target))
    known = _known()
    if slug not in known:
        raise BranchError("This category is gone, or has been moved meanwhile: look at the list anew.")
    if target != slug and target in known:
        raise BranchError(
            f"There is a category {' > '.join(known[target].path)} already: choose another name or place."
        )
    if target.startswith(f"{slug}/"):
        raise BranchError("A category cannot go below itself: choose another place.")
    parent = target.rpartition("/")[0]
    if parent and parent not in known:
        raise BranchError("The category above is gone: choose another.")
    below = [other for other in known if is_below(other, slug)]
    if max(map(len, below)) - len(slug) + len(target) > LONGEST_SLUG:
        raise BranchError(f"Addresses have at most {LONGEST_SLUG} letters, all levels together: choose another name.")
    depth = max(other.count("/") for other in below)
    if len(to) + depth - slug.count("/") > CATEGORY_LEVELS:
        raise BranchError(
            f"There are at most {CATEGORY_LEVELS} levels, and others are below this one: choose a place above."
        )


def _refuse_while(hinders: Callable[[Move], bool]) -> None:
    """Two moves at once of what belongs together would share its products out between them."""
    for move in moves.noted():
        if hinders(move):
            raise BranchError(str(move))


def move(*, slug: str, to: Path, seconds: float) -> int:
    """Move or rename a branch with all its products. Returns how many products are left to do after so long.

    Raises ``BranchError``, ``redismart.redis.editing.BusyError``.
    """

    def store(pipeline: Any) -> None:
        check_move(slug=slug, to=to)
        moves.note(pipeline, slug=slug, to=to)

    moves.in_turn(store)
    return go_on(slug=slug, seconds=seconds)


def go_on(*, slug: str, seconds: float) -> int:
    """Go on with the move of a branch that is noted. Returns how many products are left to do after so long."""
    until = time.monotonic() + seconds
    return sum(_go_on(move, until=until) for move in moves.noted() if move.slug == slug)


def finish_moves(*, seconds: float) -> int:
    """Go on with every move that is noted. Returns how many products are left after so long."""
    until = time.monotonic() + seconds
    return sum(_go_on(move, until=until) for move in moves.noted())


def moving() -> dict[str, Path]:
    """Moves that are not finished: the slug path each branch had, and the names of where it goes."""
    return {move.slug: move.to for move in moves.noted()}


def remove(*, slug: str) -> None:
    """Take an empty category away. Raises ``BranchError`` while it has products or others below it."""
    for reason in remove_many(slugs=[slug]).values():
        raise BranchError(reason)


def remove_many(*, slugs: Sequence[str]) -> dict[str, str]:
    """Take empty categories away, one with all below it too where those are among them. Returns why some are kept.

    The tree is read once, not for each: every removal has all processes read it anew. Raises
    ``redismart.redis.editing.BusyError``.
    """
    kept: dict[str, str] = {}
    removed: list[Category] = []

    def take_away(pipeline: Any) -> list[str]:
        kept.clear()
        kept.update((slug, reasons[0]) for slug, reasons in why_kept(slugs=slugs).items())
        there = _there([slug for slug in slugs if slug not in kept])
        kept.update((slug, "It is not there any more.") for slug in slugs if slug not in {*kept, *there})
        removed[:] = Category.find_readable(there)
        if there:
            pipeline.delete(*map(Category.key_of, there))
            operations.renew_tree(pipeline)
        return there

    moved.note_gone(by=take_away, watched=moves.WATCHED)
    _keep_those_in_use(removed)
    return kept


def _there(slugs: Sequence[str]) -> list[str]:
    """Those categories that there are, damaged ones too."""
    pipeline = Category.db().pipeline()
    for slug in slugs:
        pipeline.exists(Category.key_of(slug))
    return [slug for slug, found in zip(slugs, pipeline.execute(), strict=True) if found]


def why_kept(*, slugs: Sequence[str]) -> dict[str, list[str]]:
    """What keeps each of some categories from being taken away together; those that can go are not in it."""
    below = Counter(above for slug in _known() for above in _above(slug))
    products, under_way, kept = count(slugs=slugs), moves.noted(), {}
    # The lowest first: those below others come after them by their addresses.
    for slug in sorted(set(slugs), reverse=True):
        met = [str(move) for move in under_way if move.meets(slug)]
        if reasons := [*_kept_by(below[slug], products[slug]), *met]:
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


def _go_on(move: Move, *, until: float) -> int:
    """New categories, then the products, then what is old goes: each step may be done again, and by several at once."""
    unmoved: set[str] = set()
    try:
        _save_branch(move)
        for skus, left in _batches(move, unmoved):
            if time.monotonic() > until:
                return left
            unmoved.update(set(skus) - set(_move_products(move, skus)))
        _finish(move)
    except moves.OverError:
        return 0
    return 0


def _move_products(move: Move, skus: Sequence[str]) -> list[str]:
    def changed(products: Sequence[Product]) -> list[Product]:
        moves.require(move)
        return _moved(products, move)

    return bulk.change_products(skus=skus, change=changed, watched=(keyspace.MOVES,))


def _batches(move: Move, unmoved: set[str]) -> Iterator[tuple[list[str], int]]:
    """Products that are still to be moved, by their SKUs, and how many there are."""
    return _respelt(move) if move.target == move.slug else _leaving(move.slug, unmoved)


def _leaving(slug: str, unmoved: set[str]) -> Iterator[tuple[list[str], int]]:
    """As they are moved they are found no more; those that cannot be read stay, and are not waited for."""
    while True:
        reply = Product.db().execute_command(*_products_of(slug, most=PER_BATCH + len(unmoved)))
        waiting = [sku for sku in map(_sku, reply[1:]) if sku not in unmoved]
        if not waiting:
            return
        yield waiting[:PER_BATCH], replies.total(reply)


def _respelt(move: Move) -> Iterator[tuple[list[str], int]]:
    """Those of a category whose address stays are found as before: what is done is noted."""
    client, params = Product.db(), Params()
    clause, done = tag_any("paths", [move.slug], params), client.hget(keyspace.RESPELT, move.slug) or ""
    index = keyspace.PRODUCT_INDEX
    keys = scanning.keys(client, index=index, clauses=[clause], params=params, most=MOST_PRODUCTS)
    skus = [sku for sku in map(_sku, keys) if sku > done]
    for start in range(0, len(skus), PER_BATCH):
        batch = skus[start : start + PER_BATCH]
        yield batch, len(skus) - start
        moves.in_turn(lambda pipeline, last=batch[-1]: _note_respelt(pipeline, move, last))  # type: ignore[misc]


def _note_respelt(pipeline: Any, move: Move, last: str) -> None:
    moves.require(move)
    pipeline.hset(keyspace.RESPELT, move.slug, last)


def _sku(key: str) -> str:
    return key.removeprefix(keyspace.product(""))


def _moved(products: Sequence[Product], move: Move) -> list[Product]:
    level = move.slug.count("/")
    return [
        product.model_copy(
            update={
                "categories": (*move.to, *product.categories[level + 1 :])[:CATEGORY_LEVELS],
                "updated": datetime.now(UTC),
            }
        )
        for product in products
        if product.category_slugs[level : level + 1] == (move.slug,) and product.categories[: level + 1] != move.to
    ]


def _save_branch(move: Move) -> None:
    """The categories of a branch at their new place, with their pictures and texts."""
    parents = [Category.at(move.to[:depth]) for depth in range(1, len(move.to))]

    def store(pipeline: Any) -> None:
        moves.require(move)
        operations.queue_categories(pipeline, categories=parents, overwrite=False)
        # Where the move is gone on with, they are there already, and staff may have changed them.
        respelt = move.target == move.slug
        operations.queue_categories(pipeline, categories=_at_new_place(_branch(move), move), overwrite=respelt)

    moves.in_turn(store)


def _at_new_place(branch: Sequence[Category], move: Move) -> list[Category]:
    depth = move.slug.count("/") + 1
    paths = [(*move.to, *category.path[depth:]) for category in branch]
    return [
        category.model_copy(update={"path": path, "slug": slug_paths(path)[-1]})
        for category, path in zip(branch, paths, strict=True)
    ]


def _finish(move: Move) -> None:
    """What is old goes, and its addresses lead to what is new, in the step that ends the move."""
    left: list[Category] = []

    def end(pipeline: Any) -> dict[str, str]:
        moves.require(move)
        left[:] = [] if move.target == move.slug else _branch(move)
        new = _at_new_place(left, move)
        # A load may have brought more of them while products were moved.
        operations.queue_categories(pipeline, categories=new, overwrite=False)
        for category in left:
            pipeline.delete(Category.key_of(category.slug))
        moves.end(pipeline, move)
        operations.renew_tree(pipeline)
        return {old.slug: placed.slug for old, placed in zip(left, new, strict=True)}

    moved.note_moved(by=end, watched=moves.WATCHED)
    _keep_those_in_use(left)


def _keep_those_in_use(removed: Sequence[Category]) -> None:
    """Categories that somebody has put a product into just as they went are there again."""
    products = count(slugs=[category.slug for category in removed])
    used = [category for category in removed if products[category.slug]]
    operations.save_categories(categories=used, overwrite=False)


def _branch(move: Move) -> list[Category]:
    return [category for slug, category in _known().items() if move.takes(slug)]


def _known() -> Mapping[str, Category]:
    """All categories, not as a replica may remember them."""
    return queries.categories(latest=True).categories


def _products_of(slug: str, *, most: int) -> tuple[Any, ...]:
    """Keys of some of a category's products, and how many there are."""
    params = Params()
    clause = tag_any("paths", [slug], params)
    ending = ("NOCONTENT", "LIMIT", "0", str(most), "TIMEOUT", "0", *params.arguments())
    return ("FT.SEARCH", keyspace.PRODUCT_INDEX, clause, *ending)
