"""The category tree as every page needs it: kept in the process, renewed when its version moves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

from catalog import facets, keyspace
from catalog.models import Category
from redismart.redis import replies
from redismart.redis.batch import Batch, Reply

SIZES = TypeAdapter(dict[str, int])
MOST_CATEGORIES = 100_000
OTHER_LABEL = "Other"
NO_CATEGORY_LABEL = "Uncategorised"


@dataclass(frozen=True, slots=True)
class Tree:
    """All categories by slug path, and the main ones in their order."""

    version: str
    categories: Mapping[str, Category] = field(default_factory=dict)
    mains: tuple[Category, ...] = ()
    children: Mapping[str, tuple[Category, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, categories: Iterable[Category], *, version: str, sizes: Mapping[str, int] | None = None) -> "Tree":
        """Categories by their position; those with the same or none by ``sizes``, their numbers of products."""

        def order(category: Category) -> tuple[int, int, str]:
            return category.position, -(sizes or {}).get(category.slug, 0), category.name.casefold()

        ordered = sorted(categories, key=order)
        by_slug = {category.slug: category for category in ordered}
        children: dict[str, list[Category]] = {}
        for category in ordered:
            parent, _, _ = category.slug.rpartition("/")
            children.setdefault(parent, []).append(category)
        branches = {parent: tuple(below) for parent, below in children.items()}
        return cls(version, by_slug, branches.get("", ()), branches)

    def label(self, slug: str) -> str:
        """What a category facet value is called."""
        if slug.endswith(facets.OTHER_SUB):
            return OTHER_LABEL
        if slug == facets.NO_CATEGORY:
            return NO_CATEGORY_LABEL
        category = self.categories.get(slug)
        return category.name if category else slug


class TreeCache:
    """One tree a process. A page asks for the version along with its own commands, and fetches the tree
    in its second round trip only when that has moved."""

    def __init__(self) -> None:
        self._tree = Tree(version="")

    def ask_version(self, batch: Batch) -> Reply[str]:
        return batch.add("GET", keyspace.TREE_VERSION, parse=lambda version: version or "0")

    def ask_tree(self, batch: Batch, *, version: str) -> Reply[Tree] | None:
        """Queue the fetching of the tree when ours is of another version."""
        if self._tree.version == version:
            return None
        sizes = batch.add("GET", keyspace.CATEGORY_SIZES, parse=_sizes)
        return batch.add(
            *("FT.SEARCH", keyspace.CATEGORY_INDEX, "*", "LIMIT", "0", str(MOST_CATEGORIES)),
            *("TIMEOUT", "0", "DIALECT", "2"),
            parse=lambda reply: self._renew(_tree_from(reply, version, sizes.value)),
        )

    def current(self, renewed: Reply[Tree] | None = None) -> Tree:
        """The tree, after the batch that may have renewed it."""
        return renewed.value if renewed else self._tree

    def _renew(self, tree: Tree) -> Tree:
        self._tree = tree
        return tree


def _sizes(stored: str | None) -> Mapping[str, int]:
    """Only an order hangs on them: without any that can be read it is by name."""
    try:
        return SIZES.validate_json(stored or "{}")
    except ValueError:
        return {}


def _tree_from(reply: list[Any], version: str, sizes: Mapping[str, int]) -> Tree:
    stored = (row.get("$") for row in replies.hits(reply).rows)
    return Tree.of(Category.readable(stored), version=version, sizes=sizes)


cache = TreeCache()
