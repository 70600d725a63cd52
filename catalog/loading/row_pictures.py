"""The pictures that rows name, stored: where to look for them depends on the file and its format."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from catalog.adapters import abo, own
from catalog.loading.checking import Checked
from catalog.loading.picture_files import (
    Archive,
    Folder,
    ImageTable,
    PictureFiles,
    image_folder,
    image_table,
    picture_files,
)
from catalog.loading.picture_shop import PictureShop
from catalog.loading.sources import Source
from catalog.models import Picture
from catalog.pictures import StoredPicture
from redismart.loading.problems import Problem, note


class RowPictures:
    """Finds and stores the pictures of one file's rows. A context manager.

    ``given`` is the folder or zip file that was named for pictures; without it, names are relative to
    the data file. Names that are no paths (addresses, ids) are then looked up only where pictures are.
    """

    def __init__(self, source: Source, *, given: Path | None, media: Path | None) -> None:
        self._source = source
        self._table: ImageTable | None = None
        self._prefix: str | None = None
        self._files = self._find(given)
        self._media = media
        self._shop: PictureShop | None = None
        self._closing = ExitStack()
        self._stored: dict[str, StoredPicture | str] = {}

    def __enter__(self) -> Self:
        if self._files is not None:
            self._shop = self._closing.enter_context(PictureShop(self._files, media=self._media))
        return self

    def __exit__(self, *_error: object) -> None:
        self._closing.close()
        if self._table is not None:
            self._table.close()

    def store(self, batch: Sequence[Checked]) -> Iterator[Problem]:
        """Store the pictures of a batch. Yields a note for each that is missing or broken."""
        self._stored = {}
        if self._shop is None:
            return
        self._stored = self._shop.store(self._path(name) for checked in batch for name in checked.row.pictures or ())
        for checked in batch:
            for name in checked.row.pictures or ():
                if isinstance(problem := self._stored[self._path(name)], str):
                    yield note(checked.position, field="pictures", value=name, reason=problem, key=checked.row.sku)

    def of(self, checked: Checked) -> list[Picture] | None:
        """The pictures of a row of the batch that was stored last.

        None where the row names none, or none of those it names can be had: its product keeps what it has.
        """
        if checked.row.pictures is None:
            return None
        found = (self._stored.get(self._path(name)) for name in checked.row.pictures)
        pictures = [
            Picture(name=picture.name, width=picture.width, height=picture.height, alt=checked.row.name)
            for picture in dict.fromkeys(found)
            if isinstance(picture, StoredPicture)
        ]
        return pictures if pictures or not checked.row.pictures else None

    def _find(self, given: Path | None) -> PictureFiles | None:
        files = None if given is None else picture_files(given)
        beside = self._source.path.parent
        if self._source.adapter.NAME == abo.NAME:
            found = image_table(*([given] if isinstance(files, Folder) and given else []), beside)
            if found is not None:
                self._table, folder = found
                return files or Folder(folder)
        if self._source.adapter.NAME == own.NAME:
            return files or Folder(beside)
        return files

    def _path(self, name: str) -> str:
        if self._table is None:
            return name
        path = self._table.path_of(name)
        if self._prefix is None:
            self._prefix = "" if isinstance(self._files, Archive | None) else image_folder(self._files.root, path)
        return self._prefix + path
