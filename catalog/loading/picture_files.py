"""Where the pictures of a load come from: a folder, a zip file, or the folder of the data file.

A name in a data file is a stranger's: it never leads out of the folder, and a zip never unpacks to disk.
"""

import csv
import lzma
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path, PurePosixPath

from catalog.pictures import MOST_BYTES
from redismart.loading.files import DAMAGED, opened
from redismart.loading.problems import LoadError

IMAGE_TABLES = ("images/metadata/images.csv.gz", "images/metadata/images.csv", "images.csv.gz", "images.csv")
IMAGE_FOLDERS = ("", "images/original/", "images/small/", "original/", "small/")
ROWS_PER_INSERT = 10_000


BROKEN_ARCHIVE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError)


class MissingPictureError(Exception):
    """There is no such picture, or it may not be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Folder:
    """Pictures in a folder and the folders below it."""

    root: Path

    def find(self, name: str) -> Path:
        """Where a picture is. Raises ``MissingPictureError`` when there is none."""
        root = self.root.resolve()
        try:
            path = (root / name).resolve()
            if not path.is_relative_to(root):
                raise MissingPictureError("leads out of the picture folder")
            if not path.is_file():
                raise MissingPictureError("is not in the picture folder")
        except (OSError, ValueError) as error:
            raise MissingPictureError(f"cannot be read ({getattr(error, 'strerror', None) or error})") from None
        return path

    def read(self, name: str) -> bytes:
        """A picture's bytes, one more than may be at most. Raises ``MissingPictureError``."""
        try:
            with self.find(name).open("rb") as file:
                return file.read(MOST_BYTES + 1)
        except OSError as error:
            raise MissingPictureError(f"cannot be read ({error.strerror or error})") from None


@dataclass(frozen=True, slots=True)
class Archive:
    """Pictures in a zip file. Read one at a time, never unpacked."""

    path: Path

    def find(self, name: str) -> zipfile.ZipInfo:
        """A picture's entry. Raises ``MissingPictureError`` when there is none."""
        try:
            return _archive(self.path).getinfo(PurePosixPath(name).as_posix())
        except KeyError:
            raise MissingPictureError("is not in the zip file") from None

    def read(self, name: str) -> bytes:
        """A picture's bytes, one more than may be at most. Raises ``MissingPictureError``."""
        entry = self.find(name)
        try:
            with _archive(self.path).open(entry) as member:
                return member.read(MOST_BYTES + 1)
        except (OSError, RuntimeError, NotImplementedError, EOFError, *BROKEN_ARCHIVE) as error:
            raise MissingPictureError(f"cannot be read from the zip file ({error})") from None


PictureFiles = Folder | Archive


def picture_files(path: Path) -> PictureFiles:
    """The pictures at a path. Raises ``LoadError`` when it is neither a folder nor a zip file."""
    if path.is_dir():
        return Folder(path)
    if path.is_file() and _is_archive(path):
        return Archive(path)
    raise LoadError(f"{path} holds no pictures: name a folder or a zip file.")


def _is_archive(path: Path) -> bool:
    """Whether a zip file can be opened: its mark alone says little."""
    try:
        with zipfile.ZipFile(path):
            return True
    except (OSError, ValueError, *BROKEN_ARCHIVE):
        return False


class ImageTable:
    """The ``images.csv`` of Amazon Berkeley Objects: where the picture of an ``image_id`` lies.

    It has 400,000 rows, so it is kept in a temporary database on disk rather than in memory. Raises ``LoadError``
    when it cannot be read.
    """

    def __init__(self, table: Path) -> None:
        self._rows = sqlite3.connect("")
        self._rows.execute("CREATE TABLE pictures (id TEXT PRIMARY KEY, path TEXT) WITHOUT ROWID")
        try:
            self._fill(table)
        except (OSError, csv.Error, *DAMAGED) as error:
            self.close()
            raise LoadError(f"{table} cannot be read ({error}): fetch it again.") from None

    def _fill(self, table: Path) -> None:
        with opened(table) as (_raw, file):
            rows = csv.DictReader(line.decode("utf-8", "replace") for line in file)
            pairs = ((row["image_id"], row["path"]) for row in rows if row.get("image_id") and row.get("path"))
            while chunk := list(islice(pairs, ROWS_PER_INSERT)):
                self._rows.executemany("INSERT OR REPLACE INTO pictures VALUES (?, ?)", chunk)

    def close(self) -> None:
        """Give the disk space back."""
        self._rows.close()

    def path_of(self, image_id: str) -> str:
        """The path of a picture within its image folder; the id itself when it is not listed."""
        found = self._rows.execute("SELECT path FROM pictures WHERE id = ?", (image_id,)).fetchone()
        return str(found[0]) if found else image_id


def image_table(*folders: Path) -> tuple[ImageTable, Path] | None:
    """The first image table in or above these folders, and the folder that its pictures lie under."""
    for folder in _with_parents(folders):
        for name in IMAGE_TABLES:
            if (folder / name).is_file():
                return ImageTable(folder / name), folder
    return None


def image_folder(root: Path, sample: str) -> str:
    """Which of the data set's image folders was fetched: the one that has a sample picture."""
    return next((folder for folder in IMAGE_FOLDERS if (root / folder / sample).is_file()), "")


def _with_parents(folders: tuple[Path, ...]) -> Iterator[Path]:
    for folder in folders:
        yield from (folder, *list(folder.resolve().parents)[:2])


@lru_cache(maxsize=4)
def _archive(path: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(path)
