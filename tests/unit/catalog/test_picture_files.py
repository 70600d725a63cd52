"""Pictures are found where they may be, and nowhere else."""

import gzip
import os
import zipfile
from pathlib import Path

import pytest

from catalog import pictures
from catalog.loading.picture_files import Folder, MissingPictureError, image_folder, image_table, picture_files
from redismart.loading.problems import LoadError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "pictures"
    (inside / "a").mkdir(parents=True)
    (inside / "a" / "lamp.jpg").write_bytes(b"lamp")
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    return inside


@pytest.mark.parametrize("name", ["a/lamp.jpg", "./a/lamp.jpg", "a/../a/lamp.jpg"])
def test_a_picture_in_the_folder_is_read(folder: Path, name: str) -> None:
    assert picture_files(folder).read(name) == b"lamp"


@pytest.mark.parametrize("name", ["../secret.jpg", "a/../../secret.jpg", "/etc/passwd", "link.jpg"])
def test_no_name_leads_out_of_the_folder(folder: Path, name: str) -> None:
    (folder / "link.jpg").symlink_to(folder.parent / "secret.jpg")
    with pytest.raises(MissingPictureError, match="leads out"):
        picture_files(folder).read(name)


@pytest.mark.parametrize("name", ["none.jpg", "a", "a\0b", "x" * 5000, ""])
def test_a_picture_that_is_not_there_is_missing(folder: Path, name: str) -> None:
    with pytest.raises(MissingPictureError):
        picture_files(folder).read(name)


def archive(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, data in members.items():
            zipped.writestr(name, data)
    return path


def test_a_picture_in_a_zip_is_read_without_unpacking(tmp_path: Path) -> None:
    path = archive(tmp_path / "p.zip", {"a/lamp.jpg": b"lamp", "../../outside.jpg": b"out"})
    files = picture_files(path)
    assert files.read("a/lamp.jpg") == b"lamp"
    assert files.read("../../outside.jpg") == b"out"
    assert [entry.name for entry in tmp_path.iterdir()] == ["p.zip"]
    with pytest.raises(MissingPictureError, match="not in the zip"):
        files.read("/etc/passwd")


def test_a_zip_bomb_is_read_no_further_than_a_picture_may_be(tmp_path: Path) -> None:
    path = archive(tmp_path / "bomb.zip", {"bomb.jpg": b"\0" * (pictures.MOST_BYTES * 3)})
    assert len(picture_files(path).read("bomb.jpg")) == pictures.MOST_BYTES + 1


def test_a_damaged_zip_member_is_missing(tmp_path: Path) -> None:
    path = archive(tmp_path / "p.zip", {"lamp.jpg": os.urandom(1000)})
    data = bytearray(path.read_bytes())
    data[200:300] = bytes(100)
    path.write_bytes(data)
    with pytest.raises(MissingPictureError, match="zip"):
        picture_files(path).read("lamp.jpg")


def test_something_else_holds_no_pictures(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    for path in (tmp_path / "a.txt", tmp_path / "none"):
        with pytest.raises(LoadError, match="name a folder or a zip file"):
            picture_files(path)


def test_image_ids_lead_to_paths_through_their_table(tmp_path: Path) -> None:
    table = tmp_path / "images" / "metadata" / "images.csv"
    table.parent.mkdir(parents=True)
    table.write_text("image_id,height,width,path\n61aa,10,20,4b/4b61.jpg\n,1,1,x\n")
    (tmp_path / "images" / "small" / "4b").mkdir(parents=True)
    (tmp_path / "images" / "small" / "4b" / "4b61.jpg").write_bytes(b"box")
    found = image_table(tmp_path / "listings" / "metadata")
    assert found is not None
    paths, root = found
    assert (paths.path_of("61aa"), paths.path_of("other"), root) == ("4b/4b61.jpg", "other", tmp_path)
    assert Folder(root).read(image_folder(root, "4b/4b61.jpg") + "4b/4b61.jpg") == b"box"


TABLE = b"image_id,height,width,path\n" + b"".join(b"%x,10,20,4b/%x.jpg\n" % (n, n) for n in range(2_000))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("images.csv.gz", gzip.compress(TABLE)[:-3000]),
        ("images.csv.gz", gzip.compress(TABLE)[:-4]),
        ("images.csv.gz", gzip.compress(TABLE)[:500] + bytes(400) + gzip.compress(TABLE)[900:]),
        ("images.csv", TABLE + b"x,1,1," + b"x" * 2_000_000),
    ],
    ids=["cut", "cut at its end", "overwritten", "a cell without end"],
)
def test_a_damaged_table_of_pictures_is_told_with_what_to_do(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(LoadError, match=f"{name} cannot be read .*: fetch it again"):
        image_table(tmp_path)
