"""Refuses what is too large to be sent here before anything of it is read."""

from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

Handler = Callable[[HttpRequest], HttpResponse]

MOST_BYTES = 16 * 1024 * 1024
"""The largest photo that is taken to search by, and the form around it."""

log = structlog.get_logger(__name__)


def bounded_bodies(get_response: Handler) -> Handler:
    """Answer 413 by the length a client tells. A body of no told length is no body: nothing of it is ever read."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if _length(request) <= MOST_BYTES:
            return get_response(request)
        log.warning("body_too_large", path=request.path, length=_length(request))
        return HttpResponse(render_to_string("413.html", {"most": MOST_BYTES // 1024 // 1024 - 1}), status=413)

    return middleware


def _length(request: HttpRequest) -> int:
    told = request.META.get("CONTENT_LENGTH") or "0"
    return int(told) if told.isascii() and told.isdigit() else 0
