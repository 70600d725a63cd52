"""Slows down who tries passwords: django-axes, counting in Django's cache.

Three counts run at once. An address of the network that misses a name's password too often is locked out for that
name; one that misses very often is locked out for all names, and a name that is missed from everywhere is closed to
everybody. The wider counts have wider limits, so that nobody is locked out by neighbours, or by an enemy, in a few
tries. Without its node nothing is counted: the shop stays open, as it does without the cache elsewhere.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from axes.handlers.base import AbstractAxesHandler, AxesBaseHandler
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from redismart.web.limits import address_of, count, key_of

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
        pair = key_of("pair", address_of(request), user.get_username())
        cache.delete(pair)

    def user_logged_out(self, _sender: object, request: HttpRequest, user: Any, **_facts: object) -> None:
        """Nothing is counted then."""


def locked_out(request: HttpRequest, *_facts: object) -> HttpResponse:
    """The page that says how to go on."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds()) // 60
    response = render(request, "locked_out.html", {"minutes": minutes}, status=429)
    response.headers["Retry-After"] = str(minutes * 60)
    return response


def _keys(request: HttpRequest, credentials: Credentials) -> Iterator[tuple[str, int]]:
    name, address = str((credentials or {}).get("username") or ""), address_of(request)
    yield key_of("network", address), NETWORK_TIMES
    if name:
        yield key_of("pair", address, name), 1
        yield key_of("name", name), NAME_TIMES


def _lock_out(request: HttpRequest | None) -> None:
    if request is not None:
        request.axes_locked_out = True  # type: ignore[attr-defined]
