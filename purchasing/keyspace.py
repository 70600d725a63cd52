"""Every key and index of purchasing: the only place that spells one."""

PREFIX = "purchasing"
CART, CHECKOUT, ORDER, ADDRESSES = "cart", "checkout", "order", "addresses"
ORDER_INDEX = f"{PREFIX}:orders"

OPEN_CHECKOUTS = f"{PREFIX}:open-checkouts"
"""Checkouts that are neither placed nor given up, by the moment (epoch ms) from which somebody must look after them."""

WATCHED = f"{PREFIX}:watched"
"""The SKUs that somebody waits for."""


def order(number: str) -> str:
    return f"{PREFIX}:{ORDER}:{number}"


def order_numbers(region: str) -> str:
    """The counter from which a region's order numbers come."""
    return f"{PREFIX}:order-numbers:{region}"


def charge(key: str) -> str:
    """What the embedded test provider knows of one payment."""
    return f"{PREFIX}:charge:{key}"


def watchers(sku: str) -> str:
    """Who waits for a SKU, and where: see ``purchasing.watching``."""
    return f"{PREFIX}:watchers:{sku}"


def watching(person: str) -> str:
    """What one person, known by a digest of their address, waits for."""
    return f"{PREFIX}:watching:{person}"


def once(name: str) -> str:
    """A mark that something was done, and must not be done again."""
    return f"{PREFIX}:once:{name}"
