"""Pictures of any mode and shape become the squares that a network looks at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from imagesearch.framing import framed, on_white
from imagesearch.variants import VIEWS

MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I", "I;16", "F")


@given(
    st.sampled_from(VIEWS), st.sampled_from(MODES), st.integers(1, 90), st.integers(1, 90), st.sampled_from([64, 100])
)
def test_every_view_of_every_picture_is_a_square(view: str, mode: str, width: int, height: int, size: int) -> None:
    square = framed(Image.new(mode, (width, height)), size=size, view=view)
    assert (square.mode, square.size) == ("RGB", (size, size))


def test_what_is_transparent_is_white() -> None:
    assert on_white(Image.new("RGBA", (2, 2), (255, 0, 0, 0))).getpixel((0, 0)) == (255, 255, 255)
    assert on_white(Image.new("LA", (2, 2), (0, 0))).getpixel((0, 0)) == (255, 255, 255)
    palette = Image.new("P", (2, 2), 0)
    palette.info["transparency"] = 0
    assert on_white(palette).getpixel((0, 0)) == (255, 255, 255)


def test_half_transparent_black_is_grey() -> None:
    red, green, blue = on_white(Image.new("RGBA", (1, 1), (0, 0, 0, 128))).getpixel((0, 0))  # type: ignore[misc]
    assert red == green == blue == pytest.approx(127, abs=1)


def test_the_crop_leaves_out_the_edge_and_the_pad_keeps_it() -> None:
    """A blue picture in a red frame, of a tenth of its side."""
    picture = Image.new("RGB", (400, 200), "red")
    picture.paste((0, 0, 255), (20, 20, 380, 180))
    red = (255, 0, 0)
    assert red not in (_corner(framed(picture, size=100, view="crop")), _corner(framed(picture, size=100, view="fit")))
    assert _corner(framed(picture, size=100, view="squash")) == red


def test_the_pad_has_the_colour_of_the_border() -> None:
    picture = Image.new("RGB", (200, 100), (10, 200, 30))
    picture.paste((0, 0, 0), (50, 25, 150, 75))
    padded = framed(picture, size=100, view="pad")
    assert padded.getpixel((50, 2)) == (10, 200, 30)
    assert framed(picture, size=100, view="white").getpixel((50, 2)) == (255, 255, 255)


def _corner(picture: Image.Image) -> object:
    return picture.getpixel((0, 50))
