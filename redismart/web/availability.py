"""Turns a Redis node that is away, or silent, into a page that says so, instead of a crash or a long wait."""

from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from redis import exceptions

from redismart.redis import away, connections

Handler = Callable[[HttpRequest], HttpResponse]

RETRY_SECONDS = 5
UNREADABLE = ("no such index", "unknown index", "wrongtype")

log = structlog.get_logger(__name__)


def page_patience(get_response: Handler) -> Handler:
    """Have every node answer in a page's time: who waits is a visitor, and a thread of the web server."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with connections.hurried():
            return get_response(request)

    return middleware


class RedisErrors:
    """Answers 503 with a friendly page when a node needed by the request cannot serve it."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if away.behind(error) is None and not _unreadable(error):
            return None
        log.error("redis_away", path=request.path, error=str(error))
        response = render(request, "503.html", status=503)
        response.headers["Retry-After"] = str(RETRY_SECONDS)
        return response


def _unreadable(error: BaseException | None) -> bool:
    """Whether a search failed because ``create_indexes`` has not run yet, or Redis was emptied under us; or something
    was read that somebody has put another thing in place of."""
    while error is not None and not isinstance(error, exceptions.ResponseError):
        error = error.__cause__
    return any(sign in str(error).lower() for sign in UNREADABLE)


redis_errors = RedisErrors
