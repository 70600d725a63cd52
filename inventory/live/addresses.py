"""Where a page's browser finds the live process, and what it needs to listen."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.http import urlencode

from inventory.live import tickets
from inventory.replication.reading import Item


def stream_url(request: HttpRequest, items: Sequence[Item]) -> str:
    """The address of a stream about these items, for this visitor and a short while."""
    origin = f"{request.scheme}://{request.get_host()}"
    ticket = tickets.issue(items=items, origin=origin)
    return f"{_base(request)}/board?{urlencode({'ticket': ticket})}"


def allow(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Let the page connect to the live process, which its content security policy forbids otherwise."""
    parts = urlsplit(_base(request))
    response._csp_update = {"connect-src": [f"{parts.scheme}://{parts.netloc}"]}  # type: ignore[attr-defined]
    return response


def _base(request: HttpRequest) -> str:
    """As configured, or the live process's own port on the host under which the visitor knows the shop."""
    host = urlsplit(f"//{request.get_host()}").hostname or ""
    shown = f"[{host}]" if ":" in host else host
    return settings.LIVE_URL or f"{request.scheme}://{shown}:{settings.LIVE_PORT}"
