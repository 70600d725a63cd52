"""What purchasing gives to every page's templates: how many units are in the visitor's cart."""

import time

import structlog
from django.http import HttpRequest
from jinja2 import Environment, pass_context
from jinja2.ext import Extension
from jinja2.runtime import Context
from redis.exceptions import RedisError

from purchasing import access, carts
from redismart.redis import connections

FACT = "purchasing.units"
PATIENCE_SECONDS = 0.2
REST_SECONDS = 2.0
"""A node that did not answer in time is left alone for so long: no other page waits for it meanwhile."""

log = structlog.get_logger(__name__)
_rests = {"until": 0.0}


class PurchasingTemplating(Extension):
    """Adds purchasing's globals to the shop's Jinja2 environment."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.globals.update(cart_units=cart_units)


def know_units(request: HttpRequest, units: int) -> None:
    """Tell the page how many units there are, where that has just been read or changed."""
    request.META[FACT] = units


@pass_context
def cart_units(context: Context) -> int | None:
    """Units in the visitor's cart, in one round trip, without a cart in none. None: not known at the moment."""
    request: HttpRequest | None = context.get("request")
    if request is None:
        return 0
    if FACT not in request.META:
        request.META[FACT] = _asked(access.cart_id(request))
    found: int | None = request.META[FACT]
    return found


def _asked(cart_id: str) -> int | None:
    if not cart_id:
        return 0
    if time.monotonic() < _rests["until"]:
        return None
    try:
        with connections.hurried(PATIENCE_SECONDS):
            return carts.units(cart_id=cart_id)
    except (RedisError, OSError) as error:
        log.warning("no_cart_badge", error=str(error))
        _rests["until"] = time.monotonic() + REST_SECONDS
        return None
