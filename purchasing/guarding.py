"""Slows down who tries passwords: django-axes, counting in Django's cache.

Three counts run at once. An address of the network that misses a name's password too often is locked out for that
name; one that misses very often is locked out for all names, and a name that is missed from everywhere is closed to
everybody. The wider counts have wider limits, so that nobody is locked out by neighbours, or by an enemy, in a few
tries. Without its node nothing is counted: the shop stays open, as it does without the cache elsewhere.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from axes.handlers.base import AbstractAxesHandler, AxesBaseHandler
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

ONE_LINE = 64
"""The bits of an IPv6 address that say whose line it is: the rest a visitor may choose anew for each request."""

NETWORK_TIMES, NAME_TIMES = 10, 20
"""How many times the limit an address of the network, and a name, may miss in all."""

Credentials = Mapping[str, Any] | None


class SignInGuard(AbstractAxesHandler, AxesBaseHandler):
    """Counts failed sign-ins of the shop and of the admin alike."""

    def get_failures(self, request: HttpRequest, credentials: Credentials = None) -> int:
        """The failures that count: of each count so much as it is wide."""
        keys = dict(_keys(request, credentials))
        counts = cache.get_many(keys) or {}
        return max((int(counts.get(key) or 0) // width for key, width in keys.items()), default=0)

    def user_login_failed(
        self, _sender: object, credentials: dict[str, Any], request: HttpRequest | None = None, **_facts: object
    ) -> None:
        if request is None or self.is_locked(request, credentials):
            _lock_out(request)
            return
        for key, _width in _keys(request, credentials):
            count(key, seconds=int(settings.AXES_COOLOFF_TIME.total_seconds()))
        if self.is_locked(request, credentials):
            _lock_out(request)

    def user_logged_in(self, _sender: object, request: HttpRequest, user: Any, **_facts: object) -> None:
        """Who knows the password has only mistyped it; what was tried on other names is not forgotten."""
        pair = _key("pair", address_of(request), user.get_username())
        cache.delete(pair)

    def user_logged_out(self, _sender: object, request: HttpRequest, user: Any, **_facts: object) -> None:
        """Nothing is counted then."""


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
    return count(_key(what, who), seconds=seconds) > most


def has_often(what: str, who: str, *, most: int) -> bool:
    """Whether somebody has done something ``most`` times or more, as ``too_often`` counted it."""
    return int(cache.get(_key(what, who)) or 0) >= most


def address_of(request: HttpRequest) -> str:
    """The visitor's address of the network; of IPv6 the network of their line, as ``2001:db8::/64``.

    Of what proxies tell, only what our own have added can be believed.
    """
    told = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if settings.PROXIES else []
    if len(told) >= settings.PROXIES > 0:
        return _line(told[-settings.PROXIES].strip())
    return _line(str(request.META.get("REMOTE_ADDR", "")))


def locked_out(request: HttpRequest, *_facts: object) -> HttpResponse:
    """The page that says how to go on."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds()) // 60
    response = render(request, "locked_out.html", {"minutes": minutes}, status=429)
    response.headers["Retry-After"] = str(minutes * 60)
    return response


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


def _keys(request: HttpRequest, credentials: Credentials) -> Iterator[tuple[str, int]]:
    name, address = str((credentials or {}).get("username") or ""), address_of(request)
    yield _key("network", address), NETWORK_TIMES
    if name:
        yield _key("pair", address, name), 1
        yield _key("name", name), NAME_TIMES


def _key(what: str, *who: str) -> str:
    digest = sha256("\0".join(who).encode(errors="replace")).hexdigest()
    return f"guard-{what}-{digest}"


def _lock_out(request: HttpRequest | None) -> None:
    if request is not None:
        request.axes_locked_out = True  # type: ignore[attr-defined]
