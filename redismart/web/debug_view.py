"""The debug view: every page can show what Redis did for it.

Seen by staff, or by everyone with REDISMART_DEBUG_VIEW=1. Nothing is recorded otherwise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from redismart.redis import recorder

PLACEHOLDER = b"<!--debug-view-->"
EXPLAINED = ("FT.SEARCH", "FT.AGGREGATE")
SALT = "redismart.debug_view"
TOKEN_SECONDS = 3_600


@dataclass(frozen=True, slots=True)
class ShownCommand:
    """A command in the panel; ``token`` lets it be explained and profiled, for searches only.

    ``whole`` is what is copied where the line leaves something out.
    """

    line: str
    token: str
    whole: str = ""


def enabled(request: HttpRequest) -> bool:
    """Whether this visitor sees the debug view. Looks at the session only when there is one."""
    if settings.DEBUG_VIEW:
        return True
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    try:
        return bool(getattr(request, "user", None) and request.user.is_staff)
    except DatabaseError:
        # Shoppers need no database: a broken one must not take the shop with it.
        return False


def debug_view(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Record the request's round trips and put the panel where the page left a place for it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not enabled(request):
            return get_response(request)
        with recorder.recording() as recorded:
            response = get_response(request)
        page = response.headers.get("Content-Type", "").startswith("text/html")
        if page and not response.streaming and PLACEHOLDER in response.content:
            response.content = response.content.replace(PLACEHOLDER, _panel(request, recorded))
        return response

    return middleware


def sign(*, app: str, command: tuple[Any, ...]) -> str:
    """A token that stands for a command the server itself has run."""
    told = [part.decode("utf-8", "surrogateescape") if isinstance(part, bytes) else str(part) for part in command]
    return signing.dumps({"app": app, "command": told}, salt=SALT, compress=True)


def unsign(token: str) -> tuple[str, list[bytes]]:
    """App and command of a token. Raises ``signing.BadSignature`` for any other text."""
    signed = signing.loads(token, salt=SALT, max_age=TOKEN_SECONDS)
    return signed["app"], [part.encode("utf-8", "surrogateescape") for part in signed["command"]]


def _panel(request: HttpRequest, recorded: recorder.Recorder) -> bytes:
    trips = [(trip, [_shown(command) for command in trip.commands]) for trip in recorded.trips]
    return render_to_string("_debug_view.html", {"recorded": recorded, "trips": trips}, request).encode()


def _shown(command: tuple[Any, ...]) -> ShownCommand:
    token = sign(app=_app(command), command=command) if str(command[0]) in EXPLAINED else ""
    line, whole = recorder.to_look_at(command), recorder.as_redis_cli(command)
    return ShownCommand(line, token, whole if whole != line else "")


def _app(search: tuple[Any, ...]) -> str:
    """Whose search it is, by the name of its index: on a Redis of one's own the user may be called anything."""
    return str(search[1]).partition(":")[0]
