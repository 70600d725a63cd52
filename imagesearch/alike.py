"""Products that look like one: of what is sold out, those that can be had."""

from dataclasses import dataclass

from redis.exceptions import RedisError

from catalog import api as catalog
from catalog.api import Card
from imagesearch import queries
from inventory import api as inventory

SHOWN, LOOKED_AT = 12, 40


@dataclass(frozen=True, slots=True)
class Alike:
    """What looks like a product, the likest first. ``instead`` says that it is sold out and these are in stock."""

    cards: tuple[Card, ...] = ()
    instead: bool = False


def alike(*, sku: str) -> Alike:
    """Four round trips. Without its stock it is not known to be sold out."""
    found = queries.similar(skus=[sku], limit=LOOKED_AT).get(sku, ())
    if not found:
        return Alike()
    stock = _stock([sku, *found])
    instead = stock.get(sku) == 0
    wanted = [each for each in found if not instead or stock.get(each, 0) > 0][:SHOWN]
    cards = catalog.cards(skus=wanted)
    return Alike(tuple(cards[each] for each in wanted if each in cards), instead)


def _stock(skus: list[str]) -> dict[str, int]:
    """Units that may be sold; nothing when the stock cannot be asked, or has none of what was asked for ever."""
    try:
        found = inventory.totals(skus=skus)
    except (inventory.StockUnavailableError, RedisError, OSError):
        return {}
    return {sku: levels.total for sku, levels in found.items()}
