"""Pages that say something about the shop itself."""

from pathlib import Path
from typing import NoReturn

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control

from redismart.web.methods import read_only

ICON = Path(__file__).parents[1] / "static" / "redismart" / "favicon.ico"
ICON_SECONDS = 86_400


@read_only
def about(request: HttpRequest) -> HttpResponse:
    """What the shop is, and whom its pictures and letters come from."""
    return render(request, "about.html")


def not_in_a_table(_request: HttpRequest, object_path: str) -> NoReturn:
    """Django's way from a row to its page, by a table that documents have none of; the admin links to pages itself."""
    raise Http404(f"{object_path} is no address of a row.")


@read_only
@cache_control(public=True, max_age=ICON_SECONDS)
def favicon(_request: HttpRequest) -> FileResponse:
    """The shop's sign, for those who ask for it where it has always been and read no page's links."""
    return FileResponse(ICON.open("rb"), content_type="image/x-icon")
