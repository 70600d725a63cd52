"""Stores categories with their pictures."""

from collections.abc import Sequence
from pathlib import Path

from catalog import operations
from catalog.loading.categories import CategoryRow
from catalog.loading.picture_files import picture_files
from catalog.loading.picture_shop import PictureShop


def store(rows: Sequence[CategoryRow], *, pictures: Path, media: Path) -> list[str]:
    """Store categories, replacing those of the same path; ``pictures`` is a folder or zip.

    Returns a sentence for each picture that could not be had; its category is stored without one.
    """
    with PictureShop(picture_files(pictures), media=media) as shop:
        stored = shop.store(row.picture for row in rows if row.picture)
    operations.save_categories(categories=[row.category(stored) for row in rows])
    return [f"Category picture {name} {problem}." for name, problem in stored.items() if isinstance(problem, str)]
