"""The products a visitor looked at last, kept in a cookie: no session, no round trip."""

from urllib.parse import quote, unquote

from django.conf import settings
from django.http import HttpRequest, HttpResponse

COOKIE = "recently_viewed"
MOST = 12
LONGEST_SKU = 200
LONGEST_COOKIE = 3_000
"""Characters; browsers drop cookies of more than 4,096, and web servers refuse requests with too many of them."""

SECONDS = 60 * 60 * 24 * 90


def recent_skus(request: HttpRequest) -> list[str]:
    """The SKUs in the cookie, latest first; whatever a visitor put there, at most ``MOST`` short texts."""
    parts = request.COOKIES.get(COOKIE, "").split("|")[:MOST]
    skus = (unquote(part) for part in parts)
    return [sku for sku in skus if 0 < len(sku) <= LONGEST_SKU and sku.isprintable()]


def remember(response: HttpResponse, *, sku: str, earlier: list[str]) -> None:
    """Put a SKU at the front of the cookie."""
    skus = [sku, *(other for other in earlier if other != sku)][:MOST]
    value = "|".join(quote(part, safe="") for part in skus)
    if len(value) > LONGEST_COOKIE:
        # Without the SKU that is cut through, and those after it.
        value = value[:LONGEST_COOKIE].rpartition("|")[0]
    secure = settings.SESSION_COOKIE_SECURE
    response.set_cookie(COOKIE, value, max_age=SECONDS, secure=secure, httponly=True, samesite="Lax")
