"""Decodes the pictures of strangers: what they are by their bytes, upright, and never more memory than is promised."""

import warnings
from io import BytesIO
from math import ceil

from PIL import ExifTags, Image, ImageFile, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MOST_PIXELS = 60_000_000
MOST_PIXELS_PROGRESSIVE = 40_000_000
MOST_PIXELS_WEBP = 20_000_000
"""So that a process takes less than 400 MB, measured with the worst of each kind that programs write: a pixel takes 5
bytes on its way from a PNG, 9 from a progressive JPEG of four colours, 16 to 18 from a WebP."""

LONGEST_SIDE = 65_535
STRIP_PIXELS = 4_000_000
ORIENTATION = ExifTags.Base.Orientation


class PictureError(ValueError):
    """A file that is no picture we take; the message says why."""


def decoded(data: bytes, *, side: int) -> Image.Image:
    """The picture upright, as RGB or RGBA, its longer side less than twice ``side``. Raises ``PictureError``.

    Of an animation the first frame. Its size is judged by its header, before anything is decoded.
    """
    try:
        with warnings.catch_warnings():
            # Our own limit is lower than Pillow's warning.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(BytesIO(data), formats=FORMATS)
            _check_size(picture)
            # A JPEG decodes straight to a fraction of its size.
            picture.draft("RGB", (side, side))
            picture.load()
            return _upright(shrunk(picture, side=side), picture.getexif().get(ORIENTATION, 1))
    except UnidentifiedImageError:
        raise PictureError(f"is not a picture of a kind we take ({', '.join(FORMATS)})") from None
    except Image.DecompressionBombError as error:
        raise PictureError(f"has too many pixels ({error})") from None
    except PictureError:
        raise
    except Exception as error:  # Pillow's decoders raise whatever damaged bytes lead them to.
        raise PictureError(f"is damaged ({error})") from None


def shrunk(picture: Image.Image, *, side: int) -> Image.Image:
    """The picture in our colours, its longer side less than twice ``side``.

    Strip by strip: turning the whole of it into other colours would take its memory once or twice more.
    """
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    factor = max(*picture.size) // side
    if factor <= 1:
        return picture if picture.mode == mode else _converted(picture, mode)
    width, height = picture.size
    small = Image.new(mode, (ceil(width / factor), ceil(height / factor)))
    rows = max(STRIP_PIXELS // (width * factor), 1)
    for row in range(0, small.height, rows):
        strip = picture.crop((0, row * factor, width, min((row + rows) * factor, height)))
        small.paste(_converted(strip, mode).reduce(factor), (0, row))
    return small


def _converted(picture: Image.Image, mode: str) -> Image.Image:
    if picture.mode.startswith("I;16"):
        # Pillow would show all that is brighter than 255 of 65,535 as white.
        picture = picture.point(lambda level: level / 256).convert("L")
    return picture.convert(mode)


def _upright(picture: Image.Image, orientation: int) -> Image.Image:
    picture.getexif()[ORIENTATION] = orientation
    ImageOps.exif_transpose(picture, in_place=True)
    return picture


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
