"""A folder of labelled pictures to judge encoders by: its manifest and its files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from PIL import Image

from redismart.decoding import PictureError, decoded

MANIFEST = "manifest.jsonl"
GALLERY, QUERY, DISTRACTOR = "gallery", "query", "distractor"
SPLITS = (GALLERY, QUERY, DISTRACTOR)
UNGROUPED = "all"
SIDE = 512
"""Pictures are made no smaller than this before they are encoded: as large as a visitor's photo reaches the encoder."""


class SampleError(ValueError):
    """The folder cannot be judged by; the message says what is wrong and where."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture: where it is, what it is to find or be found as, its category, its part, and whose picture it is."""

    path: Path
    concept: str
    group: str
    split: str
    source: str

    def picture(self) -> Image.Image:
        """Its pixels, at most twice ``SIDE`` on the longer side. Raises ``PictureError``."""
        try:
            return decoded(self.path.read_bytes(), side=SIDE)
        except OSError as error:
            raise PictureError(f"cannot be read ({error.strerror or error})") from None


def read(folder: Path) -> list[Sample]:
    """The pictures that the folder's ``manifest.jsonl`` tells of. Raises ``SampleError``."""
    manifest = folder / MANIFEST
    try:
        lines = manifest.read_bytes().splitlines()
    except OSError as error:
        raise SampleError(f"{manifest} cannot be read: {error.strerror or error}.") from None
    found = [
        _sample(folder, line, f"{manifest}, line {number}") for number, line in enumerate(lines, 1) if line.strip()
    ]
    _check_parts(found, manifest)
    return found


def _check_parts(samples: Sequence[Sample], manifest: Path) -> None:
    if len({sample.path for sample in samples}) < len(samples):
        raise SampleError(f"{manifest} tells of a file twice: each picture belongs to one part.")
    for part in (GALLERY, QUERY):
        if not any(sample.split == part for sample in samples):
            raise SampleError(f'{manifest} has no picture whose "split" is "{part}": there is nothing to measure.')


def _sample(folder: Path, line: bytes, where: str) -> Sample:
    try:
        facts = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise SampleError(f"{where}: is not JSON ({error}).") from None
    if not isinstance(facts, dict) or facts.get("split") not in SPLITS:
        raise SampleError(f'{where}: needs a "split", one of {", ".join(SPLITS)}.')
    concept = _text(facts, "concept")
    if not concept and facts["split"] != DISTRACTOR:
        raise SampleError(f'{where}: needs a text "concept", what the picture shows.')
    return Sample(
        _file(folder, facts, where), concept, _text(facts, "group") or UNGROUPED, facts["split"], _text(facts, "source")
    )


def _file(folder: Path, facts: dict[str, Any], where: str) -> Path:
    """A file inside the folder, and nowhere else."""
    name = _text(facts, "file")
    path = folder / name
    if not name or "\0" in name or not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
        raise SampleError(f'{where}: needs a "file" of this folder, and {name!r} is none.')
    return path


def _text(facts: dict[str, Any], name: str) -> str:
    value = facts.get(name)
    return value.strip() if isinstance(value, str) else ""
