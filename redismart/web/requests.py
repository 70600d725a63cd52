"""What every request gets: an id, which its log lines and its response carry, and a word on caching."""

import re
import time
from collections.abc import Callable
from uuid import uuid4

import structlog
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

from redismart.web import metrics

Handler = Callable[[HttpRequest], HttpResponse]

HEADER = "X-Request-ID"
# A caller's id goes into our logs, so only harmless ones are taken over.
ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{8,64}")

log = structlog.get_logger(__name__)


def request_id(get_response: Handler) -> Handler:
    """Bind the request's id to its log lines, log its outcome, and answer with the id."""

    def middleware(request: HttpRequest) -> HttpResponse:
        offered = request.headers.get(HEADER, "")
        identity = offered if ACCEPTABLE.fullmatch(offered) else uuid4().hex
        started = time.perf_counter()
        # Bound until the next request of this thread: Django logs errors once every middleware has returned.
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=identity)
        response = get_response(request)
        seconds = time.perf_counter() - started
        metrics.observe(request, response, seconds=seconds)
        outcome = {"status": response.status_code, "ms": round(seconds * 1000, 1)}
        log.debug("request", method=request.method, path=request.path, **outcome)
        response.headers[HEADER] = identity
        return response

    return middleware


def private_pages(get_response: Handler) -> Handler:
    """Keep pages out of shared caches: theme, language, recent products and staff see different ones."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, max_age=0)
        return response

    return middleware
