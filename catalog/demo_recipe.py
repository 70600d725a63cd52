"""The recipe for the demo shop's pictures: which file of which package becomes which picture.

`demo/pictures.json` decides everything; code only follows it. It holds, per output name, a package
with its pinned hash, a file inside it, a `Transform` and a backdrop. Names and paths are checked
here, once, so that nothing further down can be talked into writing outside its folder.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from catalog.demo_transforms import Backdrop, Transform

RECIPE = Path(__file__).parent / "demo" / "pictures.json"
ENGINE = 1
"""Raise this when `demo_transforms` or `demo_placeholders` changes what it paints."""

NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\.webp")
SPEC = re.compile(r"(?:@[a-z0-9-]+/)?[a-z0-9-]+@\d+\.\d+\.\d+")
PLACEMENT = {"flip", "scale"}


class RecipeError(ValueError):
    """The recipe is wrong; the message names the entry and what to correct."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """An npm package at an exact version, with its Subresource-Integrity hash and its credit line."""

    spec: str
    integrity: str
    credit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One output file and where it comes from. `label` is the letter of its drawn stand-in."""

    name: str
    package: Package
    file: str
    transform: Transform
    backdrop: Backdrop
    label: str

    @property
    def look(self) -> str:
        """Equal for two pictures that show the same thing in the same colours.

        Mirroring, size and backdrop do not make a different product out of a picture.
        """
        painted = {k: v for k, v in dataclasses.asdict(self.transform).items() if k not in PLACEMENT}
        return json.dumps([self.package.spec, self.file, painted], sort_keys=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """All pictures, in the recipe's order; `size` in pixels, `quality` of WebP from 0 to 100."""

    size: int
    quality: int
    pictures: tuple[Picture, ...]

    def fingerprint(self, *, picture: Picture, drawn: bool) -> str:
        """Changes exactly when the pixels would; a drawn stand-in never equals the real picture."""
        parts = [ENGINE, self.size, self.quality, drawn, dataclasses.asdict(picture)]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def load_recipe(*, path: Path = RECIPE) -> Recipe:
    """Read and check a recipe file; raises `RecipeError` on the first thing that is wrong."""
    try:
        return parse_recipe(document=json.loads(path.read_text(encoding="utf-8")))
    except (OSError, json.JSONDecodeError, KeyError, TypeError) as problem:
        raise RecipeError(f"{path.name} cannot be used: {problem!r}. Restore it from the repository.") from problem


def parse_recipe(*, document: Mapping[str, Any]) -> Recipe:
    """Build a recipe from its JSON document."""
    packages = {spec: _package(spec, entry) for spec, entry in document["packages"].items()}
    backdrops = {name: Backdrop(**entry) for name, entry in document["backdrops"].items()}
    pictures = [_picture(name, entry, packages, backdrops) for name, entry in document["pictures"].items()]
    return Recipe(size=int(document["size"]), quality=int(document["quality"]), pictures=tuple(pictures))


def _package(spec: str, entry: Mapping[str, str]) -> Package:
    if not SPEC.fullmatch(spec):
        raise RecipeError(f"{spec!r} is not a package with an exact version, such as name@1.2.3.")
    if not entry["integrity"].startswith("sha512-"):
        raise RecipeError(f"{spec} needs a sha512 integrity hash.")
    return Package(spec=spec, integrity=entry["integrity"], credit=entry["credit"])


def _picture(
    name: str, entry: Mapping[str, Any], packages: Mapping[str, Package], backdrops: Mapping[str, Backdrop]
) -> Picture:
    if not NAME.fullmatch(name):
        raise RecipeError(f"{name!r} is no picture name: lower-case letters, digits and hyphens, then .webp.")
    for kind, known, key in (("package", packages, entry["package"]), ("backdrop", backdrops, entry["backdrop"])):
        if key not in known:
            raise RecipeError(f"{name}: the {kind} {key!r} is not listed in the recipe.")
    return Picture(
        name=name,
        package=packages[entry["package"]],
        file=_inside(name, entry["file"]),
        transform=_transform(name, entry.get("transform", {})),
        backdrop=backdrops[entry["backdrop"]],
        label=entry["label"],
    )


def _inside(name: str, file: str) -> str:
    path = PurePosixPath(file)
    if path.is_absolute() or ".." in path.parts or "\\" in file:
        raise RecipeError(f"{name}: {file!r} leaves its package.")
    return str(path)


def _transform(name: str, entry: Mapping[str, Any]) -> Transform:
    try:
        return Transform(**{key: _frozen(value) for key, value in entry.items()})
    except TypeError as problem:
        raise RecipeError(f"{name}: {problem}") from problem


def _frozen(value: Any) -> Any:
    """Lists of JSON as tuples, so that a transform can be hashed and compared."""
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
