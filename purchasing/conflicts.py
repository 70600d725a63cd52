"""Turns a change that others were always faster with into a page that says so, instead of a crash."""

from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from purchasing.stored import ConflictError

log = structlog.get_logger(__name__)


class Conflicts:
    """Answers 409: nothing was changed, and the same may be tried again. Pages that know more say so themselves."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, ConflictError):
            return None
        log.warning("changed_too_often", path=request.path, error=str(error))
        return render(request, "409.html", status=409)
