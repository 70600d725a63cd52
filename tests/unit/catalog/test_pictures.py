"""Pictures are checked by their content and stored for the web."""

import hashlib
import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from catalog import pictures
from catalog.picture_paths import LONGEST_SIDES, SIZES, fitted, picture_path
from redismart import decoding
from redismart.decoding import PictureError
from tests.redis_nodes import ROOT

MOST_MEGABYTES = 400
STORE = """
import sys
from pathlib import Path
from catalog import pictures
pictures.store(Path(sys.argv[1]).read_bytes(), folder=Path(sys.argv[2]))
print(next(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")))
"""
ORIENTATION, CAMERA = 0x0112, 0x0110
TURNED_LEFT = 8


def picture(kind: str = "JPEG", *, size: tuple[int, int] = (1600, 800), mode: str = "RGB", **options: object) -> bytes:
    target = BytesIO()
    image = Image.linear_gradient("L").resize(size).convert(mode)
    image.save(target, kind, **options)
    return target.getvalue()


def stored(folder: Path, name: str) -> dict[str, Image.Image]:
    return {size: Image.open(BytesIO((folder / picture_path(name, size)).read_bytes())) for size in SIZES}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_is_stored_in_three_sizes(tmp_path: Path, kind: str) -> None:
    found = pictures.store(picture(kind), folder=tmp_path)
    assert (found.width, found.height) == (1080, 540)
    for size, image in stored(tmp_path, found.name).items():
        assert image.format == "WEBP"
        assert image.size == fitted(found.width, found.height, size)  # type: ignore[arg-type]
        assert max(image.size) == LONGEST_SIDES[size]  # type: ignore[index]


def test_a_small_picture_is_never_enlarged(tmp_path: Path) -> None:
    found = pictures.store(picture(size=(100, 300)), folder=tmp_path)
    assert [image.size for image in stored(tmp_path, found.name).values()] == [(53, 160), (100, 300), (100, 300)]


def test_a_photo_is_turned_upright_and_tells_nothing_else(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ORIENTATION], exif[CAMERA] = TURNED_LEFT, "Camera of someone"
    found = pictures.store(picture(exif=exif, icc_profile=b"x" * 200, comment=b"secret"), folder=tmp_path)
    assert (found.width, found.height) == (540, 1080)
    for size, image in stored(tmp_path, found.name).items():
        assert not image.getexif()
        assert "icc_profile" not in image.info
        data = (tmp_path / picture_path(found.name, size)).read_bytes()  # type: ignore[arg-type]
        assert b"secret" not in data
        assert b"someone" not in data


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "RGBA"), ("PNG", "LA"), ("WEBP", "RGBA")])
def test_a_transparent_picture_stays_transparent(tmp_path: Path, kind: str, mode: str) -> None:
    target = BytesIO()
    Image.new(mode, (300, 300), 0).save(target, kind, lossless=True)
    found = pictures.store(target.getvalue(), folder=tmp_path)
    for image in stored(tmp_path, found.name).values():
        assert image.mode == "RGBA"
        assert image.getpixel((0, 0))[3] == 0  # type: ignore[index]


def test_only_the_first_frame_of_an_animation_is_kept(tmp_path: Path) -> None:
    target = BytesIO()
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:])
    image = stored(tmp_path, pictures.store(target.getvalue(), folder=tmp_path).name)["large"]
    assert getattr(image, "n_frames", 1) == 1
    red, _, blue = image.convert("RGB").getpixel((9, 9))  # type: ignore[misc]
    assert red > 200 > blue


@pytest.mark.parametrize("mode", ["CMYK", "L", "1", "P", "I;16"])
def test_every_kind_of_colour_is_taken(tmp_path: Path, mode: str) -> None:
    kind = "JPEG" if mode in ("CMYK", "L") else "PNG"
    found = pictures.store(picture(kind, mode=mode, size=(200, 100)), folder=tmp_path)
    assert stored(tmp_path, found.name)["large"].mode == "RGB"


def test_greys_of_16_bits_that_were_stored_too_bright_once_are_stored_anew(tmp_path: Path) -> None:
    target = BytesIO()
    Image.new("I;16", (64, 64), 0x8000).save(target, "PNG")
    stored_once = hashlib.sha256(b"2" + target.getvalue()).hexdigest()[: pictures.NAME_LENGTH]
    found = pictures.store(target.getvalue(), folder=tmp_path)
    assert found.name != stored_once
    level = stored(tmp_path, found.name)["large"].convert("L").getpixel((9, 9))
    assert level == pytest.approx(0x80, abs=3)
    plain = picture("PNG", mode="L", size=(64, 64))
    assert pictures.picture_name(plain) == hashlib.sha256(b"2" + plain).hexdigest()[: pictures.NAME_LENGTH]


def test_the_same_bytes_are_stored_once(tmp_path: Path) -> None:
    data = picture()
    first = pictures.store(data, folder=tmp_path)
    times = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.webp")}
    assert pictures.store(data, folder=tmp_path) == first
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.webp")} == times
    assert len(times) == len(SIZES)


def test_what_a_crash_left_half_done_is_done_again(tmp_path: Path) -> None:
    data = picture()
    found = pictures.store(data, folder=tmp_path)
    (tmp_path / picture_path(found.name, "large")).unlink()
    (tmp_path / picture_path(found.name, "small")).write_bytes(b"")
    assert pictures.store(data, folder=tmp_path) == found
    assert set(stored(tmp_path, found.name)) == set(SIZES)


def chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def png(width: int, height: int, *, colour: int = 2, data: bytes = b"\0" * 10_000) -> bytes:
    """A PNG of many pixels in few bytes; ``data`` are its rows, packed."""
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, colour, 0, 0, 0])
    chunks = (chunk(b"IHDR", header), chunk(b"IDAT", data), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def bomb(side: int = 30_000) -> bytes:
    return png(side, side, data=zlib.compress(b"\0" * 10_000))


def test_the_largest_picture_takes_no_more_memory_than_is_promised(tmp_path: Path) -> None:
    side, packer = 7_740, zlib.compressobj(1)
    rows = b"".join(packer.compress(bytes(1 + 4 * side)) for _row in range(side)) + packer.flush()
    (tmp_path / "large.png").write_bytes(png(side, side, colour=6, data=rows))
    command = [sys.executable, "-c", STORE, str(tmp_path / "large.png"), str(tmp_path)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(told.stdout) / 1024 < MOST_MEGABYTES


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P"])
@pytest.mark.parametrize("size", [(103, 57), (57, 103), (200, 1)])
def test_shrinking_strip_by_strip_gives_what_shrinking_the_whole_gives(
    monkeypatch: pytest.MonkeyPatch, mode: str, size: tuple[int, int]
) -> None:
    monkeypatch.setattr(decoding, "STRIP_PIXELS", 1_000)
    image = Image.effect_mandelbrot((400, 400), (-2, -1, 1, 1), 50).resize(size).convert(mode)
    factor = max(size) // 20
    whole = image.convert("RGBA" if "A" in mode else "RGB").reduce(factor)
    assert decoding.shrunk(image, side=20).tobytes() == whole.tobytes()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
        (b"GIF89a", "not a picture|damaged"),
        (b"%PDF-1.4", "not a picture"),
        (picture("BMP"), "not a picture"),
        (picture("TIFF"), "not a picture"),
        (picture()[:2000], "damaged"),
        (bomb(), "900000000 pixels"),
        (bomb(9_000), "9000 x 9000 pixels, more than 60 million"),
        (png(70_000, 1), "70000 x 1 pixels, more than 65,535 on a side"),
        (b"\xff" * (pictures.MOST_BYTES + 1), "larger than 25 MB"),
    ],
    ids=[
        "empty",
        "svg",
        "stub",
        "pdf",
        "bmp",
        "tiff",
        "cut",
        "bomb",
        "small-bomb",
        "long",
        "large",
    ],
)
def test_what_is_no_good_picture_is_refused_and_leaves_nothing(tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(PictureError, match=words):
        pictures.check(data)
    with pytest.raises(PictureError, match=words):
        pictures.store(data, folder=tmp_path)
    assert not list(tmp_path.rglob("*"))


@pytest.mark.parametrize(
    ("kind", "side", "options", "words"),
    [
        ("WEBP", 4_480, {"method": 0}, "more than 20 million"),
        ("JPEG", 6_330, {"progressive": True}, "more than 40 million"),
    ],
)
def test_kinds_that_take_more_memory_may_have_fewer_pixels(
    kind: str, side: int, options: dict[str, object], words: str
) -> None:
    target = BytesIO()
    Image.new("L", (side, side)).save(target, kind, **options)
    with pytest.raises(PictureError, match=words):
        pictures.check(target.getvalue())


def test_a_check_tells_what_storing_would_give(tmp_path: Path) -> None:
    data = picture(size=(4000, 3000))
    assert pictures.check(data) == pictures.store(data, folder=tmp_path)
