"""Every key and index of purchasing: the only place that spells one."""

PREFIX = "purchasing"
CART, CHECKOUT, ORDER, ADDRESSES, CHARGE = "cart", "checkout", "order", "addresses", "charge"
ORDER_INDEX = f"{PREFIX}:orders"

AVAILABILITY = f"{PREFIX}:availability"
"""How far the catalogue has been told of stock, as JSON: see ``purchasing.availability``."""

AVAILABILITY_LOCK = f"{AVAILABILITY}:lock"
"""There while somebody tells it."""

WATCHED = f"{PREFIX}:watched"
"""What somebody waits for, and where."""


def order(number: str) -> str:
    return f"{PREFIX}:{ORDER}:{number}"


def order_numbers(region: str) -> str:
    """The counter from which a region's order numbers come."""
    return f"{PREFIX}:order-numbers:{region}"


def open_checkouts(region: str) -> str:
    """A region's checkouts that have not ended, by the moment (epoch ms) from which somebody must look after them."""
    return f"{PREFIX}:open-checkouts:{region}"


def current_checkout(cart_id: str) -> str:
    """The id of a cart's latest checkout."""
    return f"{PREFIX}:current-checkout:{cart_id}"


def watchers(sku: str, location: str) -> str:
    """Who waits for a SKU at a location, or at any (empty): see ``purchasing.watching``."""
    return f"{PREFIX}:watchers:{location}:{sku}"


def watching(person: str) -> str:
    """What one person, known by a digest of their address, waits for."""
    return f"{PREFIX}:watching:{person}"


def once(name: str) -> str:
    """A mark that something was done, and must not be done again."""
    return f"{PREFIX}:once:{name}"
