"""Tells the catalogue of made-up stock, so that pages count what is available as they do in a shop that sells."""

import zlib
from collections.abc import Sequence

from catalog import api as catalog
from catalog.api import Stocked

PLACES = tuple(f"store-{number:02d}" for number in range(40))
AT_EACH = 4
OUT_OF = 10
"""One product in so many is out of stock."""

PER_TRIP = 1_000


def tell_of_everything() -> None:
    """Each product is at ``AT_EACH`` of ``PLACES``, or nowhere; always the same."""
    cursor, begun = 0, False
    while cursor or not begun:
        cursor, skus = catalog.some_skus(cursor=cursor, most=PER_TRIP)
        catalog.tell_stock(products=_stocked(skus))
        begun = True


def _stocked(skus: Sequence[str]) -> list[Stocked]:
    numbers = {sku: zlib.crc32(sku.encode()) for sku in skus}
    return [
        Stocked(sku, anywhere=bool(number % OUT_OF), places=_places(number) if number % OUT_OF else ())
        for sku, number in numbers.items()
    ]


def _places(number: int) -> tuple[str, ...]:
    return tuple(PLACES[(number // OUT_OF + step * step) % len(PLACES)] for step in range(AT_EACH))
