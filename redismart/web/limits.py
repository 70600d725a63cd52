"""How often visitors do something, counted in Django's cache.

Without its node nothing is counted: the shop stays open.
"""

import hmac
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

ONE_LINE = 64
"""The bits of an IPv6 address that say whose line it is: the rest a visitor may choose anew for each request."""

MARK_DIGITS = 16


def count(key: str, *, seconds: int) -> int:
    """How often something has happened within ``seconds`` of its first time, this time included."""
    if cache.add(key, 1, timeout=seconds):
        return 1
    try:
        return cache.incr(key) or 0
    except ValueError:
        # It ended just now.
        return 1


def too_often(what: str, who: str, *, most: int, seconds: int) -> bool:
    """Whether somebody has done something more than ``most`` times."""
    return count(key_of(what, who), seconds=seconds) > most


def has_often(what: str, who: str, *, most: int) -> bool:
    """Whether somebody has done something ``most`` times or more, as ``too_often`` counted it."""
    return int(cache.get(key_of(what, who)) or 0) >= most


def address_of(request: HttpRequest) -> str:
    """The visitor's address of the network; of IPv6 the network of their line, as ``2001:db8::/64``.

    Of what proxies tell, only what our own have added can be believed.
    """
    told = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if settings.PROXIES else []
    if len(told) >= settings.PROXIES > 0:
        return _line(told[-settings.PROXIES].strip())
    return _line(str(request.META.get("REMOTE_ADDR", "")))


def key_of(what: str, *who: str) -> str:
    """The name under which something is counted; who it is about cannot be read from it."""
    digest = sha256("\0".join(who).encode(errors="replace")).hexdigest()
    return f"guard-{what}-{digest}"


def mark_of(request: HttpRequest, about: str) -> str:
    """Tells visitors apart for one purpose, without saying who they are: the address cannot be had from it."""
    told = f"{about}\0{address_of(request)}".encode(errors="replace")
    return hmac.new(settings.SECRET_KEY.encode(), told, sha256).hexdigest()[:MARK_DIGITS]


def _line(address: str) -> str:
    """Whose line it is; what is no address stays as it is. Some proxies tell the port as well."""
    bracketed, dotted = address.startswith("["), address.count(":") == 1
    bare = address[1:].partition("]")[0] if bracketed else address.partition(":")[0] if dotted else address
    try:
        found = ip_address(bare)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((int(found), ONE_LINE), strict=False))
