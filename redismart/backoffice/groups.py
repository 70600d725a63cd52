"""The groups of staff, and what each may do: permissions as ``app.codename``."""

from collections.abc import Mapping

REVIEWS = ("catalog.view_review", "catalog.change_review", "catalog.delete_review")
ORDERS = tuple(f"purchasing.{action}_order" for action in ("view", "handle", "cancel", "refund", "take_back"))
SUPPORT = ("catalog.view_product", *REVIEWS, "inventory.view_location", *ORDERS)
STORES = tuple(f"inventory.{action}_location" for action in ("view", "add", "change", "delete"))
INVENTORY = ("catalog.view_product", "inventory.view_board", "inventory.change_stock", "inventory.drill", *STORES)
WORDS = tuple(
    f"catalog.{action}_{kind}" for kind in ("category", "synonyms") for action in ("view", "add", "change", "delete")
)
EMBEDDINGS = ("imagesearch.view_embedding", "imagesearch.change_embedding")
EDITOR = (
    *("catalog.view_product", "catalog.add_product", "catalog.change_product", "catalog.delete_product"),
    *REVIEWS,
    *WORDS,
    *("catalog.view_suggestion", "catalog.change_suggestion", "catalog.view_load"),
    *EMBEDDINGS,
)
ACCOUNTS = tuple(
    f"auth.{action}_{kind}" for kind in ("user", "group") for action in ("view", "add", "change", "delete")
)

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Shopper support": SUPPORT,
    "Inventory manager": INVENTORY,
    "Catalogue editor": EDITOR,
    "Administrator": tuple(dict.fromkeys((*EDITOR, *INVENTORY, *SUPPORT, *ACCOUNTS))),
}
