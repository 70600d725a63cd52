"""Drawn stand-ins for pictures that cannot be fetched: a letter on soft shapes in the category's colours.

They keep a shop without npm presentable, and differ from each other, so that a page of them can
still be scanned by eye. Where the shapes lie follows from the picture's name, never from chance.
"""

from __future__ import annotations

import hashlib

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFont

from catalog.demo_recipe import Picture
from catalog.demo_transforms import gradient

SHAPES = 3


def draw_placeholder(*, picture: Picture, size: int) -> Image.Image:
    """An RGB square of `size` pixels with the picture's letter in the middle."""
    square = gradient(backdrop=picture.backdrop, size=size)
    seed = hashlib.sha256(picture.name.encode()).digest()
    for number in range(SHAPES):
        square = _with_shape(square, ink=picture.backdrop.ink, seed=seed[number * 4 :])
    return _with_letter(square, letter=picture.label, ink=picture.backdrop.ink)


def _with_shape(square: Image.Image, *, ink: str, seed: bytes) -> Image.Image:
    """One large translucent disc or rounded square, mostly inside the picture."""
    size = square.width
    radius = size * (0.16 + seed[0] / 255 * 0.2)
    x, y = (size * (0.15 + value / 255 * 0.7) for value in seed[1:3])
    box = (x - radius, y - radius, x + radius, y + radius)
    mask = Image.new("L", square.size)
    draw = ImageDraw.Draw(mask)
    if seed[3] % 2:
        draw.ellipse(box, fill=34)
    else:
        draw.rounded_rectangle(box, radius=radius / 3, fill=34)
    return Image.composite(Image.new("RGB", square.size, ink), square, mask)


def _with_letter(square: Image.Image, *, letter: str, ink: str) -> Image.Image:
    size = square.width
    mask = Image.new("L", square.size)
    font = ImageFont.load_default(size=size * 0.42)
    ImageDraw.Draw(mask).text((size / 2, size / 2), letter.upper(), fill=205, font=font, anchor="mm")
    shade = ImageChops.multiply(square, Image.new("RGB", square.size, _soft(ink)))
    return Image.composite(shade, square, mask)


def _soft(colour: str) -> tuple[int, int, int]:
    """Half-way between a colour and mid-grey: multiplying by it keeps the letter legible, not loud."""
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return (red + 128) // 2, (green + 128) // 2, (blue + 128) // 2
