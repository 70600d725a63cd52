"""The shop's own image models: how EfficientNet-Lite is asked, and the calibration of each. Pure.

What was measured of them is told in docs/image-search.md.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

NETWORKS = ("lite0", "lite1", "lite2")
VIEWS = ("crop", "fit", "squash", "pad", "white")
POOLINGS = ("mean", "centre", "max", "gem")
COLOURS = ("network", "imagenet")
LEAST_SIZE, MOST_SIZE = 64, 512
FEATURES = 1280


class VariantError(ValueError):
    """No variant of that description; the message says which part of it is wrong."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to make vectors of pictures, with its calibrated cut (cosine distance) where there is one.

    Pictures of ``size`` pixels a side are looked at in each of the ``views``, and become ``dimension`` numbers.
    """

    network: str = "lite0"
    size: int = 224
    views: tuple[str, ...] = ("fit",)
    pooling: str = "mean"
    dimension: int = FEATURES
    colours: str = "network"
    cut: float | None = None

    @property
    def options(self) -> dict[str, Any]:
        """What the module is made with."""
        return {field.name: getattr(self, field.name) for field in fields(self)} | {"views": list(self.views)}


DEFAULT = "efficientnet-lite2"
KNOWN = {
    DEFAULT: Variant("lite2", 256, views=("crop", "pad"), pooling="centre", dimension=512, cut=0.62),
    "efficientnet-lite0": Variant("lite0", 224, views=("crop", "pad"), pooling="centre", dimension=512, cut=0.559),
    "plain": Variant(colours="imagenet"),
}
"""By name: the best within the budget of a photo search, a cheaper one, and what both are measured against."""


def described(text: str) -> Variant:
    """A variant by name, or by its parts: ``lite2,size=260,views=fit+pad,pooling=centre,dimension=512``.

    Raises ``VariantError``.
    """
    if text in KNOWN:
        return KNOWN[text]
    network, *parts = text.split(",")
    found = Variant(_one_of(NETWORKS)(network))
    for part in parts:
        name, _, value = part.partition("=")
        if name not in _READERS:
            raise VariantError(f"{part!r} is none of {', '.join(f'{known}=…' for known in _READERS)}")
        found = replace(found, **{name: _READERS[name](value)})
    return found


def _one_of(known: tuple[str, ...]) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in known:
            raise VariantError(f"{value!r} is none of {', '.join(known)}")
        return value

    return read


def _views(value: str) -> tuple[str, ...]:
    return tuple(_one_of(VIEWS)(view) for view in value.split("+"))


def _number(least: int, most: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
            raise VariantError(f"{value!r} is no whole number from {least} to {most}")
        return int(value)

    return read


_READERS: dict[str, Callable[[str], Any]] = {
    "size": _number(LEAST_SIZE, MOST_SIZE),
    "views": _views,
    "pooling": _one_of(POOLINGS),
    "dimension": _number(1, FEATURES),
    "colours": _one_of(COLOURS),
}
