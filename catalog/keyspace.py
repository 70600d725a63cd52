"""Every key, index and stream name of the catalogue. The only place that spells them."""

PREFIX = "catalog"
PRODUCT = "product"
CATEGORY = "category"
REVIEW = "review"
SYNONYMS = "synonyms"

SYNONYM_NAMES = f"{PREFIX}:{SYNONYMS}-names"
"""Set of the names of all groups of synonyms."""

PRODUCT_INDEX = f"{PREFIX}:products"
CATEGORY_INDEX = f"{PREFIX}:categories"
REVIEW_INDEX = f"{PREFIX}:reviews"

VERSION = f"{PREFIX}:version"
"""Counts the writes to products: prepared facet counts of an older version are stale."""

STOCK_VERSION = f"{PREFIX}:stock-version"
"""Counts what was told of stock: see ``catalog.stocked``. Without any there is none, and no facet for it."""

TREE_VERSION = f"{PREFIX}:tree:version"
"""Another random text after every write to categories: a number would come back once the data was wiped."""

CATEGORY_SIZES = f"{PREFIX}:tree:sizes"
"""How many products each category has, as JSON by slug path: the order of those without a position."""

CHANGES = f"{PREFIX}:changes"
"""Stream of product changes for other apps: fields ``sku``, ``change`` (saved, deleted)."""

MOVES = f"{PREFIX}:tree:moves"
"""Hash: slug paths of categories that are being moved, to where each goes: see ``catalog.moves``."""

RESPELT = f"{PREFIX}:tree:respelt"
"""Hash: of moves that change no address, the last SKU that is done."""

MOVED = f"{PREFIX}:tree:moved"
"""Hash: slug paths that categories had, to where each is now and since when: see ``catalog.moved``."""

SUGGESTIONS = f"{PREFIX}:{{suggestions}}"
BLOCKED = f"{PREFIX}:suggestions:blocked"
"""Set of texts, case-folded, that are no completions."""

SYNONYMS_STALE = f"{PREFIX}:{SYNONYMS}-stale"
"""There, with a random text, while the index knows synonyms that are no longer any."""

LOADS = f"{PREFIX}:loads"
"""The latest loads by when they began (epoch seconds)."""

LOAD = "load-record"

SUGGESTIONS_VERSION = f"{PREFIX}:suggestions:version"

BRANDS = f"{PREFIX}:brands"
"""Hash: case-folded brand name to the spelling the shop shows."""


SALES = f"{PREFIX}:sales"
"""Hash: SKU to the units sold, each weighed by when: see ``catalog.sales``."""

SALES_DUE = f"{PREFIX}:sales:due"
"""SKUs that were sold, by the moment (epoch seconds) from which their popularity is to follow."""


MISSED = f"{PREFIX}:missed"
"""What was looked for in vain, by how often, each time weighed by when: see ``catalog.missed``."""


def missed_by(visitor: str) -> str:
    """There while a visitor's search in vain is not counted again."""
    return f"{PREFIX}:missed:by:{visitor}"


def product(sku: str) -> str:
    return f"{PREFIX}:{PRODUCT}:{sku}"


def pressed(token: str) -> str:
    """The SKUs that one press of a button has changed already, for a while."""
    return f"{PREFIX}:pressed:{token}"


def facet_counts(digest: str) -> str:
    """Prepared counts of one facet query."""
    return f"{PREFIX}:facets:{digest}"


def facet_lock(digest: str) -> str:
    """Held while those counts are being prepared."""
    return f"{PREFIX}:facets:{digest}:lock"


def suggestions_staged(token: str) -> str:
    """Completions being built; in the hash slot of those in use, so that they can be renamed."""
    return f"{SUGGESTIONS}:staged:{token}"


def load_problems(load_id: str) -> str:
    """List of the first problems of a load, each as its report has it."""
    return f"{PREFIX}:load-problems:{load_id}"


def load_progress(digest: str) -> str:
    """How far the loading of one file has come."""
    return f"{PREFIX}:load:{digest}"
