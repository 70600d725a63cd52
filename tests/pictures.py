"""Pictures made up for tests: things with a shape of their own, and walls that show nothing."""

import random
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFilter

SIDE = 240
Drawing = Callable[[ImageDraw.ImageDraw, int, str], object]


def _ring(draw: ImageDraw.ImageDraw, edge: int, colour: str) -> None:
    draw.ellipse((edge, edge, SIDE - edge, SIDE - edge), outline=colour, width=26)


def _bars(draw: ImageDraw.ImageDraw, edge: int, colour: str) -> None:
    for left in range(edge, SIDE - edge, 36):
        draw.rectangle((left, edge, left + 14, SIDE - edge), fill=colour)


def _cross(draw: ImageDraw.ImageDraw, edge: int, colour: str) -> None:
    draw.line((edge, edge, SIDE - edge, SIDE - edge), fill=colour, width=30)
    draw.line((edge, SIDE - edge, SIDE - edge, edge), fill=colour, width=30)


SHAPES: dict[str, Drawing] = {"ring": _ring, "bars": _bars, "cross": _cross}
INKS = ("black", "navy", "maroon", "darkgreen")


def thing(shape: str, number: int, *, size: tuple[int, int] = (SIDE, SIDE)) -> Image.Image:
    """A thing of that shape on white; every number has another size and colour."""
    picture = Image.new("RGB", (SIDE, SIDE), "white")
    SHAPES[shape](ImageDraw.Draw(picture), 20 + 6 * (number % 5), INKS[number % len(INKS)])
    return picture.resize(size)


def wall(number: int, *, size: tuple[int, int] = (SIDE, SIDE)) -> Image.Image:
    """A plain, rough, shaded or bricked wall, or noise; every number has another colour."""
    chance = random.Random(number)
    colour = tuple(chance.randrange(60, 230) for _ in range(3))
    plain = Image.new("RGB", size, colour)
    rough = Image.effect_noise(size, 40).convert("RGB")
    kinds = (
        lambda: plain,
        lambda: Image.blend(plain, rough, 0.15),
        lambda: Image.composite(plain, Image.new("RGB", size, "white"), Image.linear_gradient("L").resize(size)),
        lambda: _bricks(plain),
        lambda: Image.frombytes("RGB", size, chance.randbytes(3 * size[0] * size[1])),
        lambda: rough.filter(ImageFilter.GaussianBlur(12)),
    )
    return kinds[number % len(kinds)]()


def _bricks(plain: Image.Image) -> Image.Image:
    picture = plain.copy()
    draw = ImageDraw.Draw(picture)
    for row, top in enumerate(range(0, picture.height, 24)):
        draw.line((0, top, picture.width, top), fill="lightgrey", width=3)
        for left in range(24 * (row % 2), picture.width, 48):
            draw.line((left, top, left, top + 24), fill="lightgrey", width=3)
    return picture
