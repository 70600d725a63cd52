"""Serves stored pictures.

A picture's name comes from its content, so what a name leads to never changes and every copy may be kept for
a year. Where a front server (nginx, Caddy) is in use, let it serve ``/media/`` from the media folder by
itself: addresses and paths are the same. On one machine this view is good enough, since a browser
asks for each picture once.
"""

import re

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase

from redismart.web.methods import read_only

# The only paths there are; none of them can lead out of the folder.
PICTURE = re.compile(r"[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{32}-(?:small|medium|large)\.webp", re.ASCII)
YEAR_SECONDS = 31_536_000
FOR_EVER = f"public, max-age={YEAR_SECONDS}, immutable"


@read_only
def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """One size of a stored picture."""
    if not PICTURE.fullmatch(path):
        raise Http404("There is no such picture.")
    tag = f'"{path}"'
    if request.headers.get("If-None-Match") == tag:
        return _cached(HttpResponseNotModified(), tag)
    try:
        file = (settings.MEDIA_ROOT / path).open("rb")
    except FileNotFoundError:
        raise Http404("There is no such picture.") from None
    return _cached(FileResponse(file, content_type="image/webp"), tag)


def _cached(response: HttpResponse | FileResponse, tag: str) -> HttpResponseBase:
    response.headers["Cache-Control"] = FOR_EVER
    response.headers["ETag"] = tag
    return response
