"""Reviews are for those who bought: whoever may see an order may review what is in it, a product once.

Once per account, that is, and once per order of a guest.
"""

import hashlib

from catalog.api import Review, write_review
from purchasing.models import Order, Status

ARRIVED = (Status.SHIPPED, Status.COMPLETED, Status.RETURN_REQUESTED, Status.RETURNED)
"""Before, an order can still be cancelled: a review would cost nothing."""


class NotBoughtError(ValueError):
    """The order has no such product, or it has not reached the buyer: there is nothing to review."""


def may_review(order: Order, sku: str) -> bool:
    return order.status in ARRIVED and any(item.sku == sku for item in order.items)


def review(*, order: Order, sku: str, author: str, stars: int, title: str, text: str) -> Review:
    """Store a buyer's review, in place of their earlier one, and have the product's rating follow.

    Raises ``NotBoughtError``, ``catalog.api.UnknownProductError``.
    """
    if not may_review(order, sku):
        raise NotBoughtError(f"Order {order.number} has no {sku!r} to review.")
    return write_review(sku=sku, author_id=_person(order), author=author, stars=stars, title=title, text=text)


def _person(order: Order) -> str:
    """Who bought, without saying it to whoever reads the review: an account is the same in each of its orders.

    A guest is their order. Anybody may type anybody's address at the checkout: it proves nothing.
    """
    who = f"user:{order.buyer.user}" if order.buyer.user else f"checkout:{order.checkout_id}"
    return f"buyer-{hashlib.sha256(who.encode()).hexdigest()[:24]}"
