"""Checks pictures and stores them for the web: three sizes, WebP, named by their content.

A picture is what its bytes say, never what its name says. Metadata (place, camera, owner) is dropped;
the orientation it told is applied first. The same bytes always get the same name, so a stored
picture can be cached for ever and is never made twice.
"""

import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from catalog.picture_paths import LONGEST_SIDES, SIZES, Size, fitted, picture_path
from redismart.decoding import PictureError, decoded

MOST_BYTES = 25 * 1024 * 1024

QUALITY = 82
METHOD = 2
"""Effort of the WebP encoder, 0 to 6: 2 takes two thirds of the time of 4 for files a twentieth larger."""

NAME_LENGTH = 32
RECIPE = b"2"
"""Part of every name: a change to how pictures are made must change their names, which are cached for a year."""

RECIPE_GREY16 = b"3"
"""Of 16-bit greys, which recipe 2 stored almost white: the next load stores them anew, and vectors follow."""

GREY16_PNG = re.compile(rb"\x89PNG\r\n\x1a\n.{4}IHDR.{8}\x10\x00", re.DOTALL)
"""Depth 16 and colour type 0."""

LARGEST: Size = "large"
DECODED_SIDE = LONGEST_SIDES[LARGEST] * 2
"""Enough pixels that the largest size loses nothing."""


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """A picture in the media folder: its name, and the pixels of its largest size."""

    name: str
    width: int
    height: int


def store(data: bytes, *, folder: Path) -> StoredPicture:
    """Check a picture and store its sizes under ``folder``. Raises ``PictureError``.

    What is there already is left as it is.
    """
    _check_length(data)
    name = picture_name(data)
    known = _known(name, folder)
    return known or _make(data, name, folder)


def check(data: bytes) -> StoredPicture:
    """What storing a picture would give, without storing it. Raises ``PictureError``."""
    _check_length(data)
    picture = decoded(data, side=DECODED_SIDE)
    return StoredPicture(picture_name(data), *fitted(picture.width, picture.height, LARGEST))


def picture_name(data: bytes) -> str:
    """The name that a picture's bytes have."""
    recipe = RECIPE_GREY16 if GREY16_PNG.match(data) else RECIPE
    return hashlib.sha256(recipe + data).hexdigest()[:NAME_LENGTH]


def _known(name: str, folder: Path) -> StoredPicture | None:
    """The picture when it is stored already. The largest size is written last, so then all are there."""
    try:
        with Image.open(folder / picture_path(name, LARGEST)) as stored:
            return StoredPicture(name, stored.width, stored.height)
    except (FileNotFoundError, UnidentifiedImageError):
        return None


def _make(data: bytes, name: str, folder: Path) -> StoredPicture:
    picture = decoded(data, side=DECODED_SIDE)
    made = {}
    for size in reversed(SIZES):
        picture.thumbnail((LONGEST_SIDES[size], LONGEST_SIDES[size]), Image.Resampling.LANCZOS)
        made[size] = _encoded(picture), picture.size
    for size in SIZES:
        _write(folder / picture_path(name, size), made[size][0])
    return StoredPicture(name, *made[LARGEST][1])


def _check_length(data: bytes) -> None:
    if len(data) > MOST_BYTES:
        raise PictureError(f"is larger than {MOST_BYTES // 1024 // 1024} MB")


def _encoded(picture: Image.Image) -> bytes:
    target = BytesIO()
    # A new image: whatever metadata came along stays behind.
    clean = Image.new(picture.mode, picture.size)
    clean.paste(picture)
    clean.save(target, "WEBP", quality=QUALITY, method=METHOD)
    return target.getvalue()


def _write(path: Path, data: bytes) -> None:
    """Write a file so that a reader, or a crash, finds the whole of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, staged = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(staged).chmod(0o644)
        Path(staged).replace(path)
    except BaseException:
        Path(staged).unlink(missing_ok=True)
        raise
