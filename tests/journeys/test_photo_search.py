"""A shopper shows a photo: chosen, dropped, cut, taken with the camera; the worker has the real model."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image
from playwright.sync_api import FloatRect, Page, expect

from catalog import operations, pictures
from catalog.models import Picture
from imagesearch import keyspace, queries, vectors
from redismart.redis import searched
from tests.catalogues import product
from tests.journeys import shopfront
from tests.journeys.conftest import PHONE, Visit
from tests.journeys.test_accessibility import check
from tests.redis_nodes import ROOT, RedisNodes, unused_port

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


def test_another_region_finds_the_same(visit: Visit, photos: dict[str, list[Path]], tmp_path: Path) -> None:
    """Its web server has the same pictures and the same worker, wherever stock is kept."""
    port = unused_port()
    with shopfront.serving_region("eu", port=port, live_port=port + 1, log=tmp_path / "eu.log") as eu:
        page = visit(f"{eu}{PAGE}")
        expect(page.locator("footer")).to_contain_text("eu")
        send(page, photos["umbrella"][0])
        assert found(page)[0].startswith("Umbrella")
        expect(page).to_have_url(re.compile(f"^{eu}{PAGE}"))
        page.get_by_role("link", name=re.compile("^Umbrella")).first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Umbrella")
        # Pictures that are still on their way would be refused when the server ends.
        page.goto("about:blank")


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


def beside(photos: dict[str, list[Path]], folder: Path) -> Path:
    """A headphone on the left and a saxophone on the right of one photo."""
    two = Image.new("RGB", (512, 256), "white")
    for place, concept in enumerate(("headphone", "saxophone")):
        with Image.open(photos[concept][0]) as opened:
            part = opened.convert("RGB").resize((256, 256))
        two.paste(part, (256 * place, 0))
    two.save(folder / "two.png")
    return folder / "two.png"


def test_a_part_of_a_photo_is_cut_out_with_the_keys(
    visit: Visit, photos: dict[str, list[Path]], tmp_path: Path
) -> None:
    page = visit(PAGE)
    page.set_input_files("input[type=file]", beside(photos, tmp_path))
    frame = page.locator("[data-photo-cut]")
    expect(frame).to_be_focused()
    for _press in range(17):
        page.keyboard.press("Shift+ArrowLeft")
    for _press in range(20):
        page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Find what looks like it").click()
    assert found(page)[0].startswith("Saxophone")


def test_a_part_of_a_photo_is_cut_out_with_the_pointer(
    visit: Visit, photos: dict[str, list[Path]], tmp_path: Path
) -> None:
    page = visit(PAGE)
    page.set_input_files("input[type=file]", beside(photos, tmp_path))
    # Until then the picture is still being read, and has no size.
    expect(page.locator("[data-photo-cut]")).to_be_focused()
    box = page.locator("[data-photo-canvas]").bounding_box()
    assert box is not None
    drag(page, box, (0.52, 0.05), (0.98, 0.95))
    assert places(page) == pytest.approx([0.52, 0.05, 0.02, 0.05], abs=0.02)
    drag(page, box, (0.7, 0.5), (0.2, 0.5))
    assert places(page) == pytest.approx([0.02, 0.05, 0.52, 0.05], abs=0.02)
    drag(page, box, (0.7, 0.02), (0.98, 0.98))
    page.get_by_role("button", name="Find what looks like it").click()
    assert found(page)[0].startswith("Saxophone")


def drag(page: Page, box: FloatRect, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From one place to another, as shares of the picture's sides."""
    for place, act in ((start, page.mouse.down), (end, page.mouse.up)):
        page.mouse.move(box["x"] + place[0] * box["width"], box["y"] + place[1] * box["height"], steps=4)
        act()


def places(page: Page) -> list[float]:
    """How far the frame is from the left, top, right and bottom, as shares."""
    styles = ("left", "top", "right", "bottom")
    return [
        float(page.locator("[data-photo-cut]").evaluate(f"cut => parseFloat(cut.style.{name})")) / 100
        for name in styles
    ]


def test_a_photo_that_could_not_be_answered_is_there_to_be_sent_again(
    visit: Visit, photos: dict[str, list[Path]]
) -> None:
    page = visit(PAGE, expects=503)
    # As when no model has seen the catalogue yet.
    active = vectors.client().getdel(keyspace.ACTIVE)
    try:
        send(page, photos["watch"][0])
        expect(page.locator("[data-problem]")).to_contain_text("Try again in a minute")
    finally:
        vectors.client().set(keyspace.ACTIVE, active)
    expect(page.locator("[data-photo-crop]")).to_be_visible()
    page.get_by_role("button", name="Find what looks like it").click()
    assert found(page)[0].startswith("Watch")
    expect(page.locator("[data-photo-shown]")).to_be_visible()
    page.goto(PAGE)
    expect(page.locator("[data-photo-drop]")).to_be_visible()


def test_a_photo_can_be_pasted(visit: Visit, photos: dict[str, list[Path]]) -> None:
    """By the keys, from the clipboard of the system, where another program would have put it."""
    page = visit(PAGE, permissions=["clipboard-read", "clipboard-write"])
    with Image.open(photos["saxophone"][0]) as opened:
        written = BytesIO()
        opened.convert("RGB").save(written, "PNG")
    page.evaluate(
        """async data => {
          const picture = new Blob([new Uint8Array(data)], { type: "image/png" })
          await navigator.clipboard.write([new ClipboardItem({ "image/png": picture })])
        }""",
        list(written.getvalue()),
    )
    page.keyboard.press("Control+V")
    expect(page.locator("[data-photo-crop]")).to_be_visible()
    page.get_by_role("button", name="Find what looks like it").click()
    assert found(page)[0].startswith("Saxophone")


def test_each_search_of_a_tab_shows_its_own_photo(visit: Visit, photos: dict[str, list[Path]]) -> None:
    page = visit(PAGE)
    shown = page.locator("[data-photo-shown]")
    addresses, pictures_shown = [], []
    for concept in ("laptop", "watch"):
        page.goto(PAGE)
        send(page, photos[concept][0])
        expect(shown).to_be_visible()
        addresses.append(page.url)
        pictures_shown.append(shown.get_attribute("src"))
    page.goto(addresses[0])
    expect(shown).to_have_attribute("src", str(pictures_shown[0]))
    assert pictures_shown[0] != pictures_shown[1]
    page.locator("[data-facet='category']").first.click()
    expect(page).to_have_url(re.compile(r"\?category="))
    page.go_back()
    expect(page).to_have_url(addresses[0])
    expect(shown).to_be_visible()
    stranger = visit(addresses[0])
    expect(stranger.locator("#results-title")).to_be_visible()
    expect(stranger.locator("[data-photo-shown]")).to_be_hidden()


@pytest.mark.parametrize("where", ["[data-photo-drop]", "h1"])
def test_a_photo_can_be_dropped(visit: Visit, photos: dict[str, list[Path]], where: str) -> None:
    """Beside the field as well, where a browser would otherwise leave the shop and show the file."""
    page = visit(PAGE)
    data = list(photos["laptop"][0].read_bytes())
    page.evaluate(
        """([data, where]) => {
          const dropped = new DataTransfer()
          dropped.items.add(new File([new Uint8Array(data)], "laptop.jpg", { type: "image/jpeg" }))
          const target = document.querySelector(where)
          target.dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true }))
        }""",
        [data, where],
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
    # There is nothing yet that could be looked for.
    expect(page.get_by_role("button", name="Find what looks like it")).to_be_hidden()
    page.get_by_role("button", name="Take the picture").click()
    expect(page.locator("[data-photo-crop]")).to_be_visible()
    page.get_by_role("button", name="Find what looks like it").click()
    expect(page.locator("#results-title")).to_be_visible()


def test_pages_may_ask_for_the_camera_and_the_place_and_a_browser_understands_that(visit: Visit) -> None:
    page = visit(PAGE)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.reload()
    allowed = page.evaluate("document.featurePolicy.allowedFeatures()")
    assert {"camera", "geolocation"} <= {*allowed}
    assert not {"microphone", "usb", "payment"} & {*allowed}
    assert not [line for line in said if "Permissions-Policy" in line]


def test_a_camera_that_is_asked_for_twice_is_off_once_it_is_closed(visit: Visit) -> None:
    page = visit(PAGE, permissions=["camera"])
    page.evaluate(
        """() => {
          const devices = navigator.mediaDevices, asked = devices.getUserMedia.bind(devices)
          window.tracks = []
          devices.getUserMedia = async (wanted) => {
            const stream = await asked(wanted)
            window.tracks.push(...stream.getTracks())
            return stream
          }
          const button = document.querySelector("[data-photo-camera]")
          button.click()
          button.click()
        }"""
    )
    expect(page.locator("[data-photo-video]")).to_have_js_property("readyState", ENOUGH)
    page.get_by_role("button", name="Close the camera").click()
    expect(page.locator("[data-photo-drop]")).to_be_visible()
    assert page.evaluate("window.tracks.map(track => track.readyState)") == ["ended", "ended"]


def test_who_does_not_allow_the_camera_is_told_what_to_do(visit: Visit) -> None:
    page = visit(PAGE, permissions=[])
    page.get_by_role("button", name="Use the camera").click()
    expect(page.locator("[data-photo-said]")).to_contain_text("choose a file instead")
    expect(page.locator("[data-photo-drop]")).to_be_visible()


EDITOR = """
import os; os.environ["DJANGO_SETTINGS_MODULE"] = "redismart.settings"
import django; django.setup()
from django.core.management import call_command
from django.contrib.auth.models import Group, User
call_command("migrate", verbosity=0, interactive=False)
call_command("create_groups", verbosity=0)
eddie = User.objects.create_user("eddie", password="open sesame", is_staff=True)
eddie.groups.add(Group.objects.get(name="Catalogue editor"))
"""


def test_what_an_editor_adds_is_found_by_words_and_by_photo(visit: Visit, photos: dict[str, list[Path]]) -> None:
    subprocess.run([sys.executable, "-c", EDITOR], cwd=ROOT, env=shopfront._environment(), check=True)
    page = visit("/admin/")
    page.get_by_label("Username").fill("eddie")
    page.get_by_label("Password").fill("open sesame")
    page.get_by_role("button", name="Log in").click()
    page.locator("#content-main").get_by_role("link", name="Products", exact=True).click()
    page.get_by_role("link", name="Add product").click()
    told = {"sku": "NEW-1", "name": "Sonata Tenor Horn", "currency": "USD", "price": "499", "categories": "Instruments"}
    for name, value in told.items():
        page.locator(f"[name={name}]").fill(value)
    page.set_input_files("input[type=file]", photos["saxophone"][1])
    page.locator("[name=upload_alt]").fill("A tenor saxophone")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist .success")).to_contain_text("NEW-1")
    _order_following(queries.ready() + 1)
    page.goto("/search/?q=sonata+horn")
    expect(page.locator("#results .card-name").first).to_have_text("Sonata Tenor Horn")
    page.goto(PAGE)
    send(page, photos["saxophone"][1])
    assert "Sonata Tenor Horn" in found(page)[0]
