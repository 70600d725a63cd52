"""A folder of labelled pictures is read whole, or refused with the line that is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest

from imagesearch.samples import Sample, SampleError, read
from redismart.decoding import PictureError
from tests.pictures import thing

CUP = {"file": "cup.png", "concept": "cup", "split": "gallery"}
ASKED = {"file": "asked.png", "concept": "cup", "split": "query", "group": "Kitchen", "source": "phone"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("cup.png", "asked.png", "wall.png"):
        thing("ring", 0).save(tmp_path / name)
    return tmp_path


def manifest(folder: Path, *lines: Any) -> Path:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    (folder / "manifest.jsonl").write_text(text)
    return folder


def test_samples_come_in_their_order(folder: Path) -> None:
    wall = {"file": "wall.png", "split": "distractor"}
    assert read(manifest(folder, CUP, "", ASKED, wall)) == [
        Sample(folder / "cup.png", "cup", "all", "gallery", ""),
        Sample(folder / "asked.png", "cup", "Kitchen", "query", "phone"),
        Sample(folder / "wall.png", "", "all", "distractor", ""),
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", r"line 3: is not JSON"),
        ("[]", r'line 3: needs a "split"'),
        ("1", r'line 3: needs a "split"'),
        (CUP | {"split": "train"}, r"gallery, query, distractor"),
        (CUP | {"concept": " "}, r'line 3: needs a text "concept"'),
        (CUP | {"concept": 7}, r'line 3: needs a text "concept"'),
        (CUP | {"file": "gone.png"}, r"'gone.png' is none"),
        (CUP | {"file": "../../etc/passwd"}, r"needs a \"file\" of this folder"),
        (CUP | {"file": "/etc/passwd"}, r"needs a \"file\" of this folder"),
        (CUP | {"file": "a\0b"}, r"needs a \"file\" of this folder"),
        (CUP | {"file": None}, r"needs a \"file\" of this folder"),
        (CUP, r"a file twice"),
    ],
)
def test_a_wrong_line_is_named(folder: Path, line: Any, told: str) -> None:
    with pytest.raises(SampleError, match=told):
        read(manifest(folder, CUP, ASKED, line))


def test_both_parts_are_needed(folder: Path) -> None:
    with pytest.raises(SampleError, match='"split" is "query"'):
        read(manifest(folder, CUP))
    with pytest.raises(SampleError, match='"split" is "gallery"'):
        read(manifest(folder, ASKED))


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SampleError, match=r"manifest\.jsonl cannot be read: No such file"):
        read(tmp_path)


def test_what_is_no_picture_is_told_when_it_is_opened(folder: Path) -> None:
    (folder / "cup.png").write_bytes(b"not a picture")
    sample, _asked = read(manifest(folder, CUP, ASKED))
    with pytest.raises(PictureError):
        sample.picture()
