"""Serves stored pictures.

A picture's name comes from its content, so what a name leads to never changes and every copy may be kept for
a year. Where a front server (nginx, Caddy) is in use, let it serve ``/media/`` from the media folder by
itself: addresses and paths are the same. On one machine this view is good enough, since a browser
asks for each picture once. It answers no ranges: a picture is small, and HTTP allows the whole instead.
"""

import re
from http import HTTPStatus
from pathlib import Path
from typing import IO

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag

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
    tag, picture = quote_etag(path), _opened(path)
    conditional = get_conditional_response(request, etag=tag)
    if conditional is not None:
        picture.close()
    response = conditional or FileResponse(picture, content_type="image/webp")
    if response.status_code != HTTPStatus.PRECONDITION_FAILED:
        response.headers["Cache-Control"] = FOR_EVER
        response.headers["ETag"] = tag
        response.headers["Accept-Ranges"] = "none"
    return response


def _opened(path: str) -> IO[bytes]:
    folder: Path = settings.MEDIA_ROOT
    try:
        return (folder / path).open("rb")
    except FileNotFoundError:
        raise Http404("There is no such picture.") from None
