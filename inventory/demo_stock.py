"""The demo's stock: plausible, the same on every machine, with rarities and things that are sold out. Pure."""

import zlib
from collections.abc import Iterable, Iterator, Mapping

from inventory.results import Line

FULFILMENT = "fulfilment"
SOLD_OUT_OF, RARE_OF = 23, 7
"""Of so many products one is sold out everywhere; of so many others one is rare."""

CARRIED_PERCENT = 45


def lines(*, skus: Iterable[str], kinds: Mapping[str, str]) -> Iterator[Line]:
    """What is on hand of each SKU at each location that carries it; ``kinds`` are the locations' kinds by their id."""
    for sku in skus:
        for location, kind in kinds.items():
            if (on_hand := units(sku, location, kind)) is not None:
                yield Line(location, sku, on_hand)


def is_rare(sku: str) -> bool:
    """Whether there are few units of a product, if any."""
    product = zlib.crc32(sku.encode())
    return product % SOLD_OUT_OF != 0 and product % RARE_OF == 0


def units(sku: str, location: str, kind: str) -> int | None:
    """What is on hand; None where a location does not carry the product."""
    product, here = zlib.crc32(sku.encode()), zlib.crc32(f"{sku} {location}".encode())
    if kind != FULFILMENT and here % 100 >= CARRIED_PERCENT:
        return None
    if product % SOLD_OUT_OF == 0:
        return 0
    if product % RARE_OF == 0:
        return 1 + here % 2 if here % 5 == 0 else 0
    return 20 + here % 180 if kind == FULFILMENT else here // 100 % 13
