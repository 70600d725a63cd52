"""Category rows are read whole or refused with the line that is wrong."""

from pathlib import Path

import pytest

from catalog.loading import categories
from catalog.pictures import StoredPicture
from redismart.loading.problems import LoadError


def written(folder: Path, text: str) -> Path:
    path = folder / "categories.jsonl"
    path.write_text(text)
    return path


def test_a_category_has_its_picture_position_and_description(tmp_path: Path) -> None:
    path = written(
        tmp_path, '{"path": ["Audio", "Headphones &amp; more"], "picture": "a.webp", "position": 3, "description": "d"}'
    )
    (row,) = categories.read(path)
    category = row.category({"a.webp": StoredPicture("ab" * 16, 640, 480)})
    assert (category.slug, category.position, category.description) == ("audio/headphones-more", 3, "d")
    assert category.picture is not None
    assert (category.picture.width, category.picture.alt) == (640, "Headphones & more")
    assert row.category({"a.webp": "is damaged"}).picture is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"path": ["A"]}\n{"path": []}', "line 2: path"),
        ('{"path": ["A"]}\n{', "line 2 is not valid JSON"),
        ('{"path": ["A", "B", "C", "D"]}', "more than 3 entries"),
        ('{"position": 1}', "path is required"),
    ],
)
def test_a_wrong_category_is_refused_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(LoadError, match=words):
        categories.read(written(tmp_path, text))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="cannot be read"):
        categories.read(tmp_path / "none.jsonl")
