"""What a shopper agrees to by paying. A page says it by its digest, and only just that is charged."""

import hashlib

import orjson

from purchasing.models import Checkout

AGREED = {"items", "fulfilment", "method", "address", "parcels", "totals"}
LENGTH = 32


def digest(checkout: Checkout) -> str:
    """A digest of what is bought, at which prices, where it goes, how and when, and what all of it costs."""
    agreed = orjson.dumps(checkout.model_dump(mode="json", include=AGREED), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(agreed).hexdigest()[:LENGTH]
