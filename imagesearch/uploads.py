"""Checks the photo a visitor searches by: what it is by its bytes, how large, and that it is nothing else besides.

What comes out is pixels only: upright, on white, small. Nothing else that the file told is in it.
"""

import re

from PIL import Image

from redismart.decoding import PictureError, decoded

MOST_BYTES = 15 * 1024 * 1024
SIDE = 1_024
"""Twice what the encoder is sent: enough that a cut-out of half the photo loses nothing."""

LEAST_SIDE = 16
KINDS = "Choose a JPEG, PNG, WebP or GIF."

PDF_WITHIN, ZIP_WITHIN = 1_024, 65_557
"""Where readers look for the mark of a PDF (from the start) and of a zip file (from the end)."""

MARKUP = re.compile(rb"<(?:script|!doctype|\?php)|<html[\s>]|<svg\s[^>]{0,300}xmlns", re.IGNORECASE)
"""Long enough that the noise of a large photo has none of it by chance."""
DRAWING = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<(?:\?xml|!doctype|!--|svg|html)", re.IGNORECASE)
PHONE_KINDS = {b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIC", b"avif": "AVIF", b"avis": "AVIF"}
"""Brands of the container that phones keep photos in; see ISO/IEC 23008-12."""


class UploadError(ValueError):
    """A file that is no photo to search by; the message tells its owner what to do."""


def checked(data: bytes) -> Image.Image:
    """The photo as RGB, upright, at most ``SIDE`` on its longer side, without metadata. Raises ``UploadError``."""
    _check_length(data)
    _check_kind(data)
    try:
        picture = decoded(data, side=SIDE)
    except PictureError as error:
        raise UploadError(f"This file {error}. {KINDS}") from None
    if min(picture.size) < LEAST_SIDE:
        raise UploadError(
            "This picture is too small, or too narrow for its length, to see anything on it: "
            f"cut it so that it has {LEAST_SIDE} pixels a side or more."
        )
    picture.thumbnail((SIDE, SIDE), Image.Resampling.BICUBIC)
    return _on_white(picture)


def _check_length(data: bytes) -> None:
    if not data:
        raise UploadError(f"This file is empty. {KINDS}")
    if len(data) > MOST_BYTES:
        raise UploadError(f"This file is larger than {MOST_BYTES // 1024 // 1024} MB: choose a smaller photo.")


def _check_kind(data: bytes) -> None:
    """Refuse what has a name of its own, and a picture that is something else as well."""
    if DRAWING.match(data):
        raise UploadError(f"This is a drawing or a page of markup, such as SVG, not a photo. {KINDS}")
    if data[4:8] == b"ftyp":
        raise UploadError(
            f"This is a photo or film of the kind {_phone_kind(data)}, which cannot be read here. {KINDS}"
        )
    if MARKUP.search(data) or b"%PDF-" in data[:PDF_WITHIN] or b"PK\x05\x06" in data[-ZIP_WITHIN:]:
        raise UploadError("This file is not only a picture: something else is hidden in it. Save it anew.")


def _phone_kind(data: bytes) -> str:
    return PHONE_KINDS.get(data[8:12], "MP4")


def _on_white(picture: Image.Image) -> Image.Image:
    """A new image, so that whatever came along with the old one stays behind."""
    clean = Image.new("RGB", picture.size, "white")
    clean.paste(picture, mask=picture.getchannel("A") if picture.mode == "RGBA" else None)
    return clean
