"""Turns a Redis node, or a database, that is away or silent into a page that says so, not into a crash or long wait."""

from collections.abc import Callable

import structlog
from django.db import InterfaceError, OperationalError
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


class Outages:
    """Answers 503 with a friendly page when a node or the database that the request needs cannot serve it."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, (InterfaceError, OperationalError)):
            event = "database_away"
        elif away.behind(error) is not None or _unreadable(error):
            event = "redis_away"
        else:
            return None
        log.error(event, path=request.path, error=str(error))
        response = render(request, "503.html", status=503)
        response.headers["Retry-After"] = str(RETRY_SECONDS)
        return response


def _unreadable(error: BaseException | None) -> bool:
    """Whether a search failed because ``create_indexes`` has not run yet, or Redis was emptied under us; or something
    was read that somebody has put another thing in place of."""
    while error is not None and not isinstance(error, exceptions.ResponseError):
        error = error.__cause__
    return any(sign in str(error).lower() for sign in UNREADABLE)


outages = Outages
