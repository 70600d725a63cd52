"""Pictures of any mode and shape as the squares that a network looks at. Pure."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageOps

SHOWN = 0.875
"""What ``crop`` keeps of the shorter side, as when networks are judged on ImageNet."""

SMOOTH = Image.Resampling.BICUBIC


def framed(picture: Image.Image, *, size: int, view: str) -> Image.Image:
    """The picture as an RGB square of ``size`` pixels a side, by one of the views of ``imagesearch.variants``."""
    return _VIEWS[view](on_white(picture), size)


def on_white(picture: Image.Image) -> Image.Image:
    """The picture as RGB; what is transparent becomes white, as a shop's page would show it."""
    if picture.mode == "RGB":
        return picture
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    plain = Image.new("RGB", layer.size, "white")
    plain.paste(layer, mask=layer.getchannel("A"))
    return plain


def _crop(picture: Image.Image, size: int) -> Image.Image:
    whole = round(size / SHOWN)
    edge = (whole - size) // 2
    return _fit(picture, whole).crop((edge, edge, edge + size, edge + size))


def _fit(picture: Image.Image, size: int) -> Image.Image:
    """The largest square in the middle."""
    return ImageOps.fit(picture, (size, size), SMOOTH)


def _squash(picture: Image.Image, size: int) -> Image.Image:
    return picture.resize((size, size), SMOOTH)


def _pad(picture: Image.Image, size: int) -> Image.Image:
    """All of it, on the colour that most of its border has: white for most pictures of products."""
    return ImageOps.pad(picture, (size, size), SMOOTH, color=_border(picture))


def _white(picture: Image.Image, size: int) -> Image.Image:
    return ImageOps.pad(picture, (size, size), SMOOTH, color="white")


def _border(picture: Image.Image) -> tuple[int, ...]:
    pixels = np.asarray(picture)
    edges = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    return tuple(int(value) for value in np.median(edges, axis=0))


_VIEWS: dict[str, Callable[[Image.Image, int], Image.Image]] = {
    "crop": _crop,
    "fit": _fit,
    "squash": _squash,
    "pad": _pad,
    "white": _white,
}
