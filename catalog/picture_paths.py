"""Where the sizes of a stored picture lie, under the media folder and under ``/media/``. Pure."""

from collections.abc import Mapping
from typing import Literal, get_args

Size = Literal["small", "medium", "large"]
SIZES: tuple[Size, ...] = get_args(Size)

LONGEST_SIDES: Mapping[Size, int] = {"small": 160, "medium": 480, "large": 1080}
"""Pixels of the longest side, at most: for a list of thumbnails, a card, and a product page."""


def picture_path(name: str, size: Size) -> str:
    """``ab/cd/abcd…-medium.webp``: two levels of folders, so that none gets too full."""
    return f"{name[:2]}/{name[2:4]}/{name}-{size}.webp"


def fitted(width: int, height: int, size: Size) -> tuple[int, int]:
    """Pixels of one size of a picture whose largest has ``width`` by ``height``. Never enlarged."""
    scale = min(1.0, LONGEST_SIDES[size] / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))
