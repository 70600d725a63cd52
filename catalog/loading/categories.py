"""Reads categories with their pictures, positions and descriptions from JSON lines.

A row has ``path`` (names, top first), and may have ``picture``, ``position`` (their order on a page) and
``description``.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from catalog.loading import rows
from catalog.models import CATEGORY_LEVELS, Category, Picture, slug_paths
from catalog.pictures import StoredPicture
from redismart.loading.files import DAMAGED, opened
from redismart.loading.problems import LoadError
from redismart.loading.reasons import reasons
from redismart.loading.records import Record, json_lines


class CategoryRow(BaseModel):
    """One category row."""

    model_config = ConfigDict(frozen=True)

    path: tuple[rows.Level, ...] = Field(min_length=1, max_length=CATEGORY_LEVELS)
    picture: str = ""
    position: int = 1_000
    description: str = Field(default="", max_length=2_000)

    def category(self, pictures: Mapping[str, StoredPicture | str]) -> Category:
        """The category, with its picture when that could be stored."""
        stored = pictures.get(self.picture)
        return Category(
            slug=slug_paths(self.path)[-1],
            path=self.path,
            picture=Picture(name=stored.name, width=stored.width, height=stored.height, alt=self.path[-1])
            if isinstance(stored, StoredPicture)
            else None,
            position=self.position,
            description=self.description,
        )


def read(path: Path) -> Sequence[CategoryRow]:
    """The rows of a file. Raises ``LoadError`` when any of them is wrong: a shop has few, and needs them all."""
    try:
        with opened(path) as (_raw, file):
            return [_row(path, record) for record in json_lines(file)]
    except DAMAGED as error:
        raise LoadError(f"{path} is damaged ({error}): fetch it again. Nothing was changed.") from None
    except OSError as error:
        raise LoadError(f"{path} cannot be read: {error.strerror}.") from None


def _row(path: Path, record: Record) -> CategoryRow:
    if record.problem:
        raise LoadError(f"{path} line {record.position} {record.problem}.")
    try:
        return CategoryRow.model_validate({k: v for k, v in record.fields.items() if v is not None})
    except ValidationError as error:
        name, _value, reason = reasons(error)[0]
        raise LoadError(f"{path} line {record.position}: {name} {reason}.") from None
