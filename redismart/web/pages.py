"""Pages that say something about the shop itself."""

from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control

from redismart.web.methods import read_only

ICON = Path(__file__).parents[1] / "static" / "redismart" / "favicon.ico"
ICON_SECONDS = 86_400


@read_only
def about(request: HttpRequest) -> HttpResponse:
    """What the shop is, and whom its pictures and letters come from."""
    return render(request, "about.html")


@read_only
@cache_control(public=True, max_age=ICON_SECONDS)
def favicon(_request: HttpRequest) -> FileResponse:
    """The shop's sign, for those who ask for it where it has always been and read no page's links."""
    return FileResponse(ICON.open("rb"), content_type="image/x-icon")
