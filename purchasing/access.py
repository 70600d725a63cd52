"""Whose cart a request means. A guest's is named by a secret in a cookie, an account's by the account."""

import re
import secrets
from typing import Any, cast

import structlog
from django.conf import settings
from django.contrib import messages
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from redis.exceptions import RedisError

from purchasing import carts, checkout
from purchasing.models import MOST_LINES, MOST_OF_ONE, Buyer, Cart
from purchasing.stored import ConflictError
from redismart.web import limits
from redismart.web.formats import locale_for

COOKIE = "cart"
GUEST, ACCOUNT = "guest-", "user-"
SECRET_BYTES = 24
DAY = 86_400
SECRET = re.compile(r"[A-Za-z0-9_-]{32}")
ACCOUNTS_OF_A_LINE = 10
"""As often as that many accounts may do something, all accounts together may that use one line of the network."""

LEFT_OUT = (
    "Your cart now holds what you put in before you signed in, but not all of it: "
    f"it takes {MOST_LINES} products, and {MOST_OF_ONE} of each."
)

log = structlog.get_logger(__name__)


def cart_id(request: HttpRequest) -> str:
    """The cart of whoever asks; empty when a guest has none yet. No round trip."""
    account = user_id(request)
    return f"{ACCOUNT}{account}" if account else _guest_cart(request)


def owns(request: HttpRequest, *, cart: str) -> bool:
    """Whether a cart is that of whoever asks, or was until they signed in. A round trip only when in doubt."""
    mine = cart_id(request)
    if not mine or cart in (mine, _guest_cart(request)):
        return bool(mine)
    return cart.startswith(GUEST) and carts.cart_of(cart_id=cart).successor == mine


def cart_to_fill(request: HttpRequest) -> str:
    """As ``cart_id``, or a new one for a guest without: ``keep`` it once something is in it."""
    return cart_id(request) or f"{GUEST}{secrets.token_urlsafe(SECRET_BYTES)}"


def may_begin(request: HttpRequest) -> bool:
    """Whether there may be a cart that was none yet: a program could begin any number, and each lives for 30 days.

    Asked by the cart that is to be stored, not by the cookie, which anybody can make up.
    """
    if user_id(request):
        return True
    return not limits.too_often("carts", limits.address_of(request), most=settings.GUEST_CARTS, seconds=DAY)


def too_often(request: HttpRequest, what: str, *, most: int, seconds: int) -> bool:
    """Whether whoever asks has done something more than ``most`` times, this time included.

    An account counts for itself: many honest people share a line. Guests, who can begin anew with each request, count
    by their line; and so do accounts in the end, which a program can open.
    """
    counts = [
        limits.too_often(f"{what}{wide}", who, most=most * times, seconds=seconds)
        for wide, who, times in _counted(request)
    ]
    return any(counts)


def has_often(request: HttpRequest, what: str, *, most: int) -> bool:
    """Whether they have done it ``most`` times or more, as ``too_often`` counted it."""
    return any(limits.has_often(f"{what}{wide}", who, most=most * times) for wide, who, times in _counted(request))


def keep(request: HttpRequest, response: HttpResponse, *, cart: str) -> None:
    """Have a guest's browser remember the cart for as long as it lives from now; an account needs no cookie."""
    if cart.startswith(GUEST):
        value, secure = cart.removeprefix(GUEST), settings.SESSION_COOKIE_SECURE
        seconds = Cart.keep_seconds
        response.set_cookie(COOKIE, value, max_age=seconds, secure=secure, httponly=True, samesite="Lax")
    elif COOKIE in request.COOKIES:
        response.delete_cookie(COOKIE, samesite="Lax")


def buyer(request: HttpRequest) -> Buyer:
    """Who buys: the account, or a guest of whom only the language is known yet."""
    locale = locale_for(request.headers.get("Accept-Language", ""), settings.LOCALE)
    account, user = user_id(request), cast("Any", request).user
    return Buyer(email=user.email, user=account, locale=locale) if account else Buyer(locale=locale)


def user_id(request: HttpRequest) -> str:
    """The id of the account that has signed in; empty for a guest. Looks for a session only where there may be one."""
    user: Any = getattr(request, "user", None)
    if user is None or settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return ""
    try:
        return str(user.pk) if user.is_authenticated else ""
    except DatabaseError:
        # Guests need no database: a broken one must not take the shop with it.
        return ""


def take_over(request: HttpRequest | None, *, user: str) -> bool:
    """Put what a guest has gathered into the cart of the account that has signed in; whether that is done.

    Without its Redis node people sign in all the same, and while both carts are being paid neither is touched: the
    cart's page makes up for it.
    """
    guest, account = _guest_cart(request) if request is not None else "", f"{ACCOUNT}{user}"
    if request is None or not guest:
        return True
    try:
        if not checkout.take_over(source=guest, target=account):
            return False
        merged = carts.merge(source=guest, target=account)
        # Another tab may have begun a checkout of what was on its way.
        checkout.take_over(source=guest, target=account)
    except (RedisError, OSError, ConflictError) as error:
        log.warning("cart_not_merged", error=str(error))
        return False
    if merged.left_out:
        messages.warning(request, LEFT_OUT, fail_silently=True)
    return True


def _counted(request: HttpRequest) -> list[tuple[str, str, int]]:
    """What is counted: the kind of count, who it is about, and how many times as wide its limit is."""
    account, line = user_id(request), limits.address_of(request)
    return [("", f"{ACCOUNT}{account}", 1), ("-accounts", line, ACCOUNTS_OF_A_LINE)] if account else [("", line, 1)]


def _guest_cart(request: HttpRequest) -> str:
    secret = request.COOKIES.get(COOKIE, "")
    return f"{GUEST}{secret}" if SECRET.fullmatch(secret) else ""
