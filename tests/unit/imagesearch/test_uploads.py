"""A photo to search by is checked by its bytes, and only its pixels go on."""

import random
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from imagesearch import uploads
from imagesearch.uploads import UploadError, checked
from tests.redis_nodes import ROOT

ORIENTATION, CAMERA, TURNED_LEFT = 0x0112, 0x0110, 8
KINDS = ("JPEG", "PNG", "WEBP", "GIF")
MOST_GROWTH_MEGABYTES = 400
HOSTILE = 1_000


def photo(kind: str = "JPEG", *, size: tuple[int, int] = (320, 160), mode: str = "RGB", **options: object) -> bytes:
    target = BytesIO()
    picture = Image.effect_mandelbrot(size, (-2, -1, 1, 1), 50).convert(mode)
    picture.save(target, kind, **options)
    return target.getvalue()


def answered(data: bytes) -> bool:
    """Whether a photo comes out or a sentence for people; anything else goes on to the test."""
    try:
        return checked(data).mode == "RGB"
    except UploadError as error:
        return str(error).startswith("This ")


def near(picture: Image.Image, at: tuple[int, int], colour: tuple[int, int, int]) -> bool:
    found = picture.getpixel(at)
    return all(abs(one - other) < 12 for one, other in zip(found, colour, strict=True))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_a_photo_of_each_kind_becomes_its_pixels(kind: str) -> None:
    picture = checked(photo(kind))
    assert (picture.mode, picture.size, picture.info) == ("RGB", (320, 160), {})


def test_a_large_photo_comes_out_small_and_in_shape() -> None:
    assert checked(photo(size=(4_000, 3_000))).size == (uploads.SIDE, uploads.SIDE * 3 // 4)


def test_a_photo_is_turned_upright_and_tells_nothing_else() -> None:
    exif = Image.Exif()
    exif[ORIENTATION], exif[CAMERA] = TURNED_LEFT, "Camera of someone"
    picture = checked(photo(exif=exif, icc_profile=b"x" * 200, comment=b"secret"))
    assert (picture.size, picture.info, dict(picture.getexif())) == ((160, 320), {}, {})


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_seen_through_stands_on_white(mode: str) -> None:
    target = BytesIO()
    Image.new(mode, (64, 64), 0).save(target, "PNG")
    assert near(checked(target.getvalue()), (9, 9), (255, 255, 255))


def test_a_palette_with_a_colour_seen_through_stands_on_white() -> None:
    target = BytesIO()
    picture = Image.new("P", (64, 64), 0)
    picture.putpalette([0, 0, 0, 255, 0, 0])
    ImageDraw.Draw(picture).rectangle((32, 0, 63, 63), fill=1)
    picture.save(target, "PNG", transparency=0)
    found = checked(target.getvalue())
    assert near(found, (9, 9), (255, 255, 255))
    assert near(found, (50, 9), (255, 0, 0))


def test_of_an_animation_the_first_frame_counts() -> None:
    for kind in ("GIF", "WEBP", "PNG"):
        target = BytesIO()
        frames = [Image.new("RGB", (64, 64), colour) for colour in ((255, 0, 0), (0, 0, 255))]
        frames[0].save(target, kind, save_all=True, append_images=frames[1:])
        assert near(checked(target.getvalue()), (9, 9), (255, 0, 0)), kind


def test_printers_colours_are_turned_into_those_of_a_screen() -> None:
    target = BytesIO()
    Image.new("RGB", (64, 64), (255, 0, 0)).convert("CMYK").save(target, "JPEG")
    assert near(checked(target.getvalue()), (9, 9), (255, 0, 0))


@pytest.mark.parametrize("level", [0, 20_000, 40_000, 65_535])
def test_sixteen_bits_a_colour_keep_their_brightness(level: int) -> None:
    target = BytesIO()
    Image.new("I;16", (64, 64), level).save(target, "PNG")
    grey = level // 256
    assert near(checked(target.getvalue()), (9, 9), (grey, grey, grey))


def with_zip(data: bytes) -> bytes:
    target = BytesIO(data)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("run.js", "alert(1)")
    return target.getvalue()


def png_bomb(side: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = side.to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    body = chunk(b"IDAT", zlib.compress(bytes(100_000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")


SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
REFUSED = {
    "empty": (b"", "empty"),
    "words": (b"not a picture at all" * 9, "not a picture of a kind"),
    "svg": (SVG, "SVG"),
    "svg with a mark before it": (b"\xef\xbb\xbf \n<?xml version='1.0'?>" + SVG, "SVG"),
    "page": (b"<!DOCTYPE html><title>x</title>", "markup"),
    "pdf": (b"%PDF-1.7 " * 20, "something else"),
    "tiff": (photo("TIFF"), "not a picture of a kind"),
    "bmp": (photo("BMP"), "not a picture of a kind"),
    "heic": (b"\0\0\0\x18ftypheic" + bytes(99), "HEIC"),
    "avif": (photo("AVIF"), "AVIF"),
    "film": (b"\0\0\0\x18ftypisom" + bytes(99), "MP4"),
    "cut": (photo()[:900], "damaged"),
    "tiny": (photo("PNG", size=(8, 300)), "too small"),
    "narrow": (photo("PNG", size=(20_000, 40)), "too narrow for its length"),
    "zip behind": (with_zip(photo()), "something else"),
    "zip behind gif": (with_zip(photo("GIF")), "something else"),
    "script in comment": (photo(comment=b"<script>alert(1)</script>"), "something else"),
    "php behind": (photo("PNG") + b"<?php system($_GET[0]);", "something else"),
    "pdf in comment": (photo(comment=b"%PDF-1.4"), "something else"),
    "bomb": (png_bomb(30_000), "900|pixels"),
    "small bomb": (png_bomb(9_000), "more than 60 million"),
    "large": (b"\xff\xd8\xff" + bytes(uploads.MOST_BYTES), "larger than 15 MB"),
}


@pytest.mark.parametrize(("data", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_photo_is_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(UploadError, match=words):
        checked(data)


def test_a_photo_with_a_film_behind_it_is_still_a_photo() -> None:
    assert checked(photo() + b"\0\0\0\x18ftypmp42" + bytes(5_000)).size == (320, 160)


@given(st.binary(max_size=400), st.sampled_from(["", *KINDS]))
def test_any_bytes_are_a_photo_or_are_refused(data: bytes, kind: str) -> None:
    start = photo(kind, size=(32, 32))[:40] if kind else b""
    assert answered(start + data)


def damaged(seed: int) -> Iterator[bytes]:
    """Photos with bytes changed, cut out and put in."""
    dice = random.Random(seed)
    wholes = [photo(kind, progressive=kind == "JPEG") for kind in KINDS] + [photo(size=(640, 640))]
    while True:
        data = bytearray(dice.choice(wholes))
        for _change in range(dice.randint(1, 30)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        at = dice.randrange(len(data))
        yield bytes(data[:at] + dice.randbytes(dice.choice([0, 0, 4, 64])) + data[at + dice.choice([0, 0, 1, 50]) :])


def test_a_thousand_damaged_photos_are_answered_in_words() -> None:
    for _number, data in zip(range(HOSTILE), damaged(seed=5), strict=False):
        assert answered(data)


LARGEST = """
import sys
from pathlib import Path
from imagesearch.uploads import checked
def most():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024
before = most()
for path in sys.argv[1:]:
    checked(Path(path).read_bytes())
print(most() - before)
"""


def test_the_largest_photos_take_no_more_memory_than_is_promised(tmp_path: Path) -> None:
    paths = {"JPEG": (7_700, 7_700), "PNG": (7_700, 7_700), "WEBP": (4_400, 4_400), "GIF": (7_000, 7_000)}
    for kind, size in paths.items():
        Image.new("L", size, 128).save(tmp_path / kind, kind)
    command = [sys.executable, "-c", LARGEST, *(str(tmp_path / kind) for kind in paths)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(told.stdout) < MOST_GROWTH_MEGABYTES
