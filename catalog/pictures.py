"""Checks pictures and stores them for the web: three sizes, WebP, named by their content.

A picture is what its bytes say, never what its name says. Metadata (place, camera, owner) is dropped;
the orientation it told is applied first. The same bytes always get the same name, so a stored
picture can be cached for ever and is never made twice.
"""

import hashlib
import os
import tempfile
import warnings
from dataclasses import dataclass
from io import BytesIO
from math import ceil
from pathlib import Path

from PIL import ExifTags, Image, ImageFile, ImageOps, UnidentifiedImageError

from catalog.picture_paths import LONGEST_SIDES, SIZES, Size, fitted, picture_path

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MOST_BYTES = 25 * 1024 * 1024
MOST_PIXELS = 60_000_000
MOST_PIXELS_PROGRESSIVE = 40_000_000
MOST_PIXELS_WEBP = 20_000_000
"""So that a process takes less than 400 MB, measured with the worst of each kind that programs write: a pixel takes 5
bytes on its way from a PNG, 9 from a progressive JPEG of four colours, 16 to 18 from a WebP."""

LONGEST_SIDE = 65_535

QUALITY = 82
METHOD = 2
"""Effort of the WebP encoder, 0 to 6: 2 takes two thirds of the time of 4 for files a twentieth larger."""

NAME_LENGTH = 32
RECIPE = b"2"
"""Part of every name: a change to how pictures are made must change their names, which are cached for a year."""

LARGEST: Size = "large"
DECODED_SIDE = LONGEST_SIDES[LARGEST] * 2
"""Enough pixels that the largest size loses nothing."""

STRIP_PIXELS = 4_000_000
ORIENTATION = ExifTags.Base.Orientation


class PictureError(ValueError):
    """A file that is no picture we take; the message says why."""


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
    picture = _opened(data)
    return StoredPicture(picture_name(data), *fitted(picture.width, picture.height, LARGEST))


def picture_name(data: bytes) -> str:
    """The name that a picture's bytes have."""
    return hashlib.sha256(RECIPE + data).hexdigest()[:NAME_LENGTH]


def _known(name: str, folder: Path) -> StoredPicture | None:
    """The picture when it is stored already. The largest size is written last, so then all are there."""
    try:
        with Image.open(folder / picture_path(name, LARGEST)) as stored:
            return StoredPicture(name, stored.width, stored.height)
    except (FileNotFoundError, UnidentifiedImageError):
        return None


def _make(data: bytes, name: str, folder: Path) -> StoredPicture:
    picture = _opened(data)
    made = {}
    for size in reversed(SIZES):
        picture.thumbnail((LONGEST_SIDES[size], LONGEST_SIDES[size]), Image.Resampling.LANCZOS)
        made[size] = _encoded(picture), picture.size
    for size in SIZES:
        _write(folder / picture_path(name, size), made[size][0])
    return StoredPicture(name, *made[LARGEST][1])


def _opened(data: bytes) -> Image.Image:
    """The picture decoded, upright, as RGB or RGBA, and little larger than it is worth keeping."""
    try:
        with warnings.catch_warnings():
            # Our own limit is lower than Pillow's warning.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(BytesIO(data), formats=FORMATS)
            _check_size(picture)
            # A JPEG decodes straight to a fraction of its size.
            picture.draft("RGB", (DECODED_SIDE, DECODED_SIDE))
            picture.load()
            return _upright(_shrunk(picture), picture.getexif().get(ORIENTATION, 1))
    except UnidentifiedImageError:
        raise PictureError(f"is not a picture of a kind we take ({', '.join(FORMATS)})") from None
    except Image.DecompressionBombError as error:
        raise PictureError(f"has too many pixels ({error})") from None
    except PictureError:
        raise
    except Exception as error:  # Pillow's decoders raise whatever damaged bytes lead them to.
        raise PictureError(f"is damaged ({error})") from None


def _shrunk(picture: Image.Image) -> Image.Image:
    """The picture in our colours, its longer side less than twice ``DECODED_SIDE``.

    Strip by strip: turning the whole of it into other colours would take its memory once or twice more.
    """
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    factor = max(*picture.size) // DECODED_SIDE
    if factor <= 1:
        return picture if picture.mode == mode else picture.convert(mode)
    width, height = picture.size
    small = Image.new(mode, (ceil(width / factor), ceil(height / factor)))
    rows = max(STRIP_PIXELS // (width * factor), 1)
    for row in range(0, small.height, rows):
        strip = picture.crop((0, row * factor, width, min((row + rows) * factor, height)))
        small.paste(strip.convert(mode).reduce(factor), (0, row))
    return small


def _upright(picture: Image.Image, orientation: int) -> Image.Image:
    picture.getexif()[ORIENTATION] = orientation
    ImageOps.exif_transpose(picture, in_place=True)
    return picture


def _check_length(data: bytes) -> None:
    if len(data) > MOST_BYTES:
        raise PictureError(f"is larger than {MOST_BYTES // 1024 // 1024} MB")


def _check_size(picture: ImageFile.ImageFile) -> None:
    """Refuse what would take too much memory, from the header alone."""
    most = _most_pixels(picture)
    if picture.width * picture.height > most:
        raise PictureError(f"has {picture.width} x {picture.height} pixels, more than {most // 1_000_000} million")
    if max(picture.size) > LONGEST_SIDE:
        raise PictureError(f"has {picture.width} x {picture.height} pixels, more than {LONGEST_SIDE:,} on a side")


def _most_pixels(picture: ImageFile.ImageFile) -> int:
    if picture.format == "WEBP":
        return MOST_PIXELS_WEBP
    return MOST_PIXELS_PROGRESSIVE if "progressive" in picture.info else MOST_PIXELS


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
