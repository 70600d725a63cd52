"""A shopper shows a photo: chosen, dropped, cut, taken with the camera; the worker has the real model."""

import json
import re
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image
from playwright.sync_api import Page, expect

from catalog import operations, pictures
from catalog.models import Picture
from imagesearch import queries
from redismart.redis import searched
from tests.catalogues import product
from tests.journeys import shopfront
from tests.journeys.conftest import PHONE, Visit
from tests.journeys.test_accessibility import check
from tests.redis_nodes import RedisNodes

PAGE = "/image-search/"
CONCEPTS = ("headphone", "laptop", "watch", "umbrella", "saxophone")
PATIENCE_SECONDS = 120.0
ENOUGH = 4
"""What a video's state of readiness is once it can be shown."""


@pytest.fixture(scope="module")
def photos(shared_data: Path) -> dict[str, list[Path]]:
    """Real photos by concept, those of the gallery under ``gallery:…``."""
    found: dict[str, list[Path]] = {}
    for line in (shared_data / "images" / "manifest.jsonl").read_text().splitlines():
        row = json.loads(line)
        names = {"gallery": f"gallery:{row.get('concept')}", "query": str(row.get("concept"))}
        found.setdefault(names.get(row["split"], "foreign"), []).append(shared_data / "images" / row["file"])
    return found


@pytest.fixture(scope="module")
def shop(
    web_server: str, redis_stack: RedisNodes, photos: dict[str, list[Path]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A shop of real things, whose pictures the worker has seen."""
    redis_stack.flush()
    for document in searched.documents():
        searched.ensure(document)
    searched.ensure_of_hashes()
    wanted = 0
    for concept in CONCEPTS:
        for number, path in enumerate(photos[f"gallery:{concept}"][:6]):
            made = pictures.store(path.read_bytes(), folder=settings.MEDIA_ROOT)
            shown = (Picture(name=made.name, width=made.width, height=made.height),)
            _offer(f"{concept}-{number}", concept.title(), shown)
            wanted += 1
    with shopfront.working(log=tmp_path_factory.mktemp("embeddings") / "worker.log", process="embeddings"):
        _order_following(wanted)
        yield web_server
    redis_stack.flush()


def _offer(sku: str, concept: str, shown: tuple[Picture, ...]) -> None:
    made = product(sku, name=f"{concept} {sku}", categories=(concept,), price=Decimal(20), pictures=shown)
    operations.save_products(products=[made])


def _order_following(wanted: int) -> None:
    """As the schedule does, until all pictures can be found."""
    from imagesearch.tasks import follow_catalogue

    ends = time.monotonic() + PATIENCE_SECONDS
    while queries.ready() < wanted:
        assert time.monotonic() < ends, "The worker has not seen the pictures."
        follow_catalogue.apply_async(expires=5)
        time.sleep(1)


def found(page: Page) -> list[str]:
    expect(page.locator("#results-title")).to_be_visible()
    return page.locator("#results > ul .card-name").all_inner_texts()


def send(page: Page, path: Path) -> None:
    page.set_input_files("input[type=file]", path)
    expect(page.locator("[data-photo-crop]")).to_be_visible()
    page.get_by_role("button", name="Find what looks like it").click()


@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_a_headphone_finds_headphones(visit: Visit, photos: dict[str, list[Path]], device: str) -> None:
    page = visit("/", **({"viewport": PHONE, "color_scheme": "dark"} if device == "phone" else {}))
    page.get_by_role("link", name="Search by photo").click()
    expect(page).to_have_url(re.compile(f"{PAGE}$"))
    check(page)
    send(page, photos["headphone"][0])
    names = found(page)
    assert names
    assert names[0].startswith("Headphone")
    expect(page.locator("[data-photo-shown]")).to_be_visible()
    check(page)
    page.get_by_role("searchbox", name="With these words").fill("umbrella")
    page.get_by_role("button", name="Narrow down").click()
    expect(page.locator("#results-title")).to_contain_text("No close match")


def test_a_wall_and_a_stranger_have_no_close_match(visit: Visit, photos: dict[str, list[Path]], tmp_path: Path) -> None:
    wall = tmp_path / "wall.png"
    Image.effect_noise((640, 480), 12).convert("RGB").save(wall)
    for path in (wall, photos["foreign"][0]):
        page = visit(PAGE)
        send(page, path)
        expect(page.locator("#results-title")).to_contain_text("No close match")
        expect(page.locator("[data-beyond]")).not_to_have_attribute("open", "")
        page.locator("[data-beyond] summary").click()
        expect(page.locator("[data-beyond] .card").first).to_be_visible()
    check(page)


def test_a_part_of_a_photo_is_cut_out_with_the_keys(
    visit: Visit, photos: dict[str, list[Path]], tmp_path: Path
) -> None:
    two = Image.new("RGB", (512, 256), "white")
    for place, concept in enumerate(("headphone", "saxophone")):
        with Image.open(photos[concept][0]) as opened:
            part = opened.convert("RGB").resize((256, 256))
        two.paste(part, (256 * place, 0))
    two.save(tmp_path / "two.png")
    page = visit(PAGE)
    page.set_input_files("input[type=file]", tmp_path / "two.png")
    frame = page.locator("[data-photo-cut]")
    expect(frame).to_be_focused()
    for _press in range(17):
        page.keyboard.press("Shift+ArrowLeft")
    for _press in range(20):
        page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Find what looks like it").click()
    assert found(page)[0].startswith("Saxophone")


def test_a_photo_can_be_dropped(visit: Visit, photos: dict[str, list[Path]]) -> None:
    page = visit(PAGE)
    data = list(photos["laptop"][0].read_bytes())
    page.evaluate(
        """data => {
          const dropped = new DataTransfer()
          dropped.items.add(new File([new Uint8Array(data)], "laptop.jpg", { type: "image/jpeg" }))
          const target = document.querySelector("[data-photo-drop]")
          target.dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true }))
        }""",
        data,
    )
    expect(page.locator("[data-photo-crop]")).to_be_visible()
    page.get_by_role("button", name="Find what looks like it").click()
    assert found(page)[0].startswith("Laptop")


def test_what_is_no_picture_is_said(visit: Visit, tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no picture")
    page = visit(PAGE)
    page.set_input_files("input[type=file]", tmp_path / "text.png")
    expect(page.locator("[data-photo-said]")).to_contain_text("cannot be shown here")


def test_it_works_without_scripts(visit: Visit, photos: dict[str, list[Path]]) -> None:
    page = visit(PAGE, java_script_enabled=False)
    page.set_input_files("input[type=file]", photos["watch"][0])
    page.get_by_role("button", name="Find what looks like it").click()
    assert found(page)[0].startswith("Watch")


def test_the_camera_takes_a_photo(visit: Visit) -> None:
    page = visit(PAGE, permissions=["camera"])
    page.get_by_role("button", name="Use the camera").click()
    expect(page.locator("[data-photo-video]")).to_have_js_property("readyState", ENOUGH)
    page.get_by_role("button", name="Take the picture").click()
    expect(page.locator("[data-photo-crop]")).to_be_visible()
    page.get_by_role("button", name="Find what looks like it").click()
    expect(page.locator("#results-title")).to_be_visible()


def test_who_does_not_allow_the_camera_is_told_what_to_do(visit: Visit) -> None:
    page = visit(PAGE, permissions=[])
    page.get_by_role("button", name="Use the camera").click()
    expect(page.locator("[data-photo-said]")).to_contain_text("choose a file instead")
    expect(page.locator("[data-photo-drop]")).to_be_visible()
