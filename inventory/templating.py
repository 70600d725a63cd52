"""What the inventory gives to every page's templates: stock badges, and the names of what its own pages show.

A page asks once, with all its SKUs: ``{% set stocked = stock(skus) %}``; then ``stock_of(sku)`` knows each. It asks in
a hurry, since a page without badges is better than a page that waits.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import structlog
from django.urls import reverse
from jinja2 import Environment, pass_context
from jinja2.ext import Extension
from jinja2.runtime import Context
from redis.exceptions import RedisError

from inventory import places, queries
from inventory.fence import StockUnavailableError
from inventory.results import Levels
from redismart.redis import connections

FEW = 5
"""From so many units down a badge says how many are left."""

FACT = "inventory.stock"
BADGE_SECONDS = 0.2
REST_SECONDS = 2.0
"""A node that did not answer in time is left alone for so long: no other page waits for it meanwhile."""

SECOND_MS, MINUTE_MS = 1_000, 60_000
KINDS = {
    "receive": "Received",
    "return": "Returned",
    "count": "Counted",
    "adjust": "Adjusted",
    "hold": "Held",
    "release": "Released",
    "sale": "Sold",
    "move-in": "Moved in",
    "move-out": "Moved out",
    "give": "Rights given",
    "settle": "Settled",
    "retire": "Retired",
    "epoch": "Began anew",
}

log = structlog.get_logger(__name__)
_rests = {"until": 0.0}


@dataclass(frozen=True, slots=True)
class Badge:
    """What a shopper is told of a product's stock."""

    state: str
    text: str
    levels: Levels


class InventoryTemplating(Extension):
    """Adds the inventory's globals to the shop's Jinja2 environment."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.globals.update(
            stock=stock,
            stock_of=stock_of,
            place_names=place_names,
            seen=seen,
            moment=moment,
            stock_item_url=stock_item_url,
            event_names=KINDS,
        )


@pass_context
def stock(context: Context, skus: Iterable[str], detailed: Iterable[str] = ()) -> Mapping[str, Badge]:
    """Badges of all products of a page in one round trip; ``detailed`` come with their locations."""
    wanted, whole = list(dict.fromkeys(skus)), list(dict.fromkeys(detailed))
    found = _asked([sku for sku in wanted if sku not in whole], whole)
    # Nobody can be sold what the shop never had; but a shop without any place for stock says nothing of it.
    sells = bool(found) and bool(place_names())
    badges = {sku: badge(levels) for sku, levels in found.items() if sells or levels.tracked}
    if (request := context.get("request")) is not None:
        request.META[FACT] = badges
    return badges


@pass_context
def stock_of(context: Context, sku: str) -> Badge | None:
    """The badge of a product that the page has asked about; None when nothing is known, or to be said."""
    request: Any = context.get("request")
    badges: Mapping[str, Badge] = {} if request is None else request.META.get(FACT, {})
    return badges.get(sku)


def place_names() -> Mapping[str, str]:
    """What people call each location. A page that has asked for stock makes no round trip of its own for it."""
    try:
        with connections.hurried(BADGE_SECONDS):
            return places.lately().names
    except (StockUnavailableError, RedisError, OSError) as error:
        log.warning("no_place_names", error=str(error))
        return places.Names()


def badge(levels: Levels) -> Badge:
    """How much there is, in a word. Pure."""
    if not levels.total:
        return Badge("out", "Out of stock", levels)
    if levels.total <= FEW:
        return Badge("few", f"Only {levels.total} left", levels)
    return Badge("in", "In stock", levels)


def seen(age: int | None) -> str:
    """How old what is known may be, for people; ``age`` in ms."""
    if age is None:
        return "not heard of yet"
    if age < MINUTE_MS:
        return f"seen {age / SECOND_MS:.1f} s ago"
    return f"seen {age // MINUTE_MS:,} min ago"


def moment(at: int) -> datetime:
    """A time of the ledger; ``at`` in epoch ms."""
    return datetime.fromtimestamp(at / SECOND_MS, UTC)


def stock_item_url(sku: str) -> str:
    """The address of an item's ledger. A SKU may hold anything printable, slashes and question marks included."""
    return f"{reverse('board')}{quote(sku, safe='')}/"


def _asked(skus: list[str], detailed: list[str]) -> Mapping[str, Levels]:
    if not (skus or detailed) or time.monotonic() < _rests["until"]:
        return {}
    try:
        with connections.hurried(BADGE_SECONDS):
            return queries.totals(skus=skus, detailed=detailed)
    except (StockUnavailableError, RedisError, OSError) as error:
        log.warning("no_stock_badges", error=str(error))
        _rests["until"] = time.monotonic() + REST_SECONDS
        return {}
