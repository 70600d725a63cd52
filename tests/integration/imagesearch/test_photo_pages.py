"""The pages of a photo search: what they take, what they refuse, what they show, and what is kept."""

import base64
import html
import random
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import orjson
import pytest
from django.conf import LazySettings, settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from PIL import Image

from imagesearch import answering, asking, keyspace, photos, pipeline, vectors, views
from imagesearch.framing import on_white
from redismart.redis import recorder
from tests.pictured import Colours, drawn, made_by, offered

PAGE = "/image-search/"
PATIENCE_SECONDS = 30.0
PLAIN_STATIC_FILES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
pytestmark = pytest.mark.usefixtures("search_indexes")


@pytest.fixture
def visitor() -> Iterator[Client]:
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    with override_settings(STORAGES=settings.STORAGES | PLAIN_STATIC_FILES):
        yield Client(raise_request_exception=False)


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Colours:
    """Two reds and a blue, and a worker that answers at once."""
    colours = Colours()
    offered("one", "#ff0000", brand="Acme", name="Ball")
    offered("two", "#ff3000", brand="Other", name="Kite", price=Decimal("5.00"))
    offered("blue", "blue", brand="Acme", name="Boat")
    pipeline.run(made_by(colours))

    def order(question: str, picture: str, _seconds: float) -> bool:
        told = {"question": question, "picture": picture, "load": lambda _name: colours}
        threading.Thread(target=answering.answer, kwargs=told).start()
        return True

    monkeypatch.setattr(asking._Orders, "order", staticmethod(order))
    return colours


def send(visitor: Client, data: bytes, name: str = "photo.png") -> tuple[int, str]:
    response = visitor.post(PAGE, {"photo": SimpleUploadedFile(name, data)})
    return response.status_code, response.headers.get("Location", "") or response.content.decode()


def shown(visitor: Client, address: str) -> str:
    response = visitor.get(address)
    assert response.status_code == 200
    return response.content.decode()


def order_of(page: str, *skus: str) -> list[str]:
    return sorted((sku for sku in skus if f'data-sku="{sku}"' in page), key=lambda sku: page.index(f'data-sku="{sku}"'))


def test_a_photo_leads_to_what_looks_like_it(visitor: Client, shop: Colours) -> None:
    status, address = send(visitor, drawn("#ff0000"))
    assert (status, address.startswith(PAGE)) == (302, True)
    page = shown(visitor, address)
    assert order_of(page, "one", "two", "blue") == ["one", "two"]
    assert "Looks like your photo" in page


@pytest.mark.parametrize(("mode", "size"), [("RGB", (300, 200)), ("RGBA", (200, 300)), ("RGB", (900, 600))])
def test_the_worker_sees_the_photo_as_it_is(
    visitor: Client, monkeypatch: pytest.MonkeyPatch, mode: str, size: tuple[int, int]
) -> None:
    """What a lossy copy changes turns its vector: a photo beside the cut would fall to the wrong side of it."""
    photo = Image.frombytes(mode, size, random.Random(1).randbytes(len(mode) * size[0] * size[1]))
    written, sent = BytesIO(), list[str]()
    exif = photo.getexif()
    exif[0x010E] = "where I live"
    photo.save(written, "PNG", exif=exif)
    monkeypatch.setattr(
        asking._Orders, "order", staticmethod(lambda _question, picture, _seconds: sent.append(picture))
    )
    assert send(visitor, written.getvalue())[0] == 503
    data = base64.b64decode(sent[0])
    assert b"where I live" not in data
    wanted = photo.copy()
    wanted.thumbnail((views.SIDE, views.SIDE), Image.Resampling.LANCZOS)
    with Image.open(BytesIO(data)) as opened:
        assert on_white(opened).tobytes() == on_white(wanted).tobytes()


def test_filters_words_and_orders_are_addresses(visitor: Client, shop: Colours) -> None:
    _status, address = send(visitor, drawn("#ff0000"))
    assert order_of(shown(visitor, f"{address}?brand=Other"), "one", "two") == ["two"]
    assert order_of(shown(visitor, f"{address}?q=ball"), "one", "two") == ["one"]
    assert order_of(shown(visitor, f"{address}?sort=price"), "one", "two") == ["two", "one"]
    page = shown(visitor, f"{address}?brand=Other")
    assert 'data-facet="brand" data-value="Acme" data-count="1"' in page
    assert "Take them all away" in shown(visitor, f"{address}?brand=Nobody")
    fragment = visitor.get(address, headers={"HX-Request": "true", "HX-Target": "results"}).content.decode()
    assert "<html" not in fragment
    assert 'id="results"' in fragment


def test_what_nothing_looks_like_is_said_with_the_nearest_folded_away(visitor: Client, shop: Colours) -> None:
    page = shown(visitor, send(visitor, drawn("lime"))[1])
    assert "No close match" in page
    assert "<details" in page
    assert set(order_of(page[page.index("data-beyond") :], "one", "two", "blue")) == {"one", "two", "blue"}


def test_a_photo_is_turned_as_it_was_taken_and_tells_nothing_else(visitor: Client, shop: Colours) -> None:
    picture = Image.new("RGB", (64, 64), "#ff0000")
    facts = picture.getexif()
    facts[0x010F] = "Secret Camera"
    written = BytesIO()
    picture.save(written, "JPEG", exif=facts)
    assert send(visitor, written.getvalue(), "photo.jpg")[0] == 302
    for key in vectors.client().scan_iter(match=f"{keyspace.PREFIX}:photo:*"):
        kept = orjson.loads(vectors.client().get(key))
        assert set(kept) == {"values", "fingerprint", "cut"}
        assert len(base64.b64decode(kept["values"])) == shop.dimension * 4
        assert 0 < vectors.client().ttl(key) <= photos.KEPT_SECONDS


@pytest.mark.parametrize(
    "data", [b"", b"no picture", b"<svg xmlns='x'/>", drawn("red")[:60], b"%PDF-1.7", b"GIF89a" + b"\0" * 40]
)
def test_what_is_no_photo_is_refused_with_what_to_do(visitor: Client, shop: Colours, data: bytes) -> None:
    status, page = send(visitor, data)
    assert (status, "data-problem" in page) == (422, True)


def test_no_file_at_all_is_said(visitor: Client, shop: Colours) -> None:
    response = visitor.post(PAGE, {"photo": "text"})
    assert (response.status_code, "Choose a photo first" in response.content.decode()) == (422, True)


def test_a_worker_that_is_away_is_said(visitor: Client, shop: Colours, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking._Orders, "order", staticmethod(lambda *_question: True))
    monkeypatch.setattr(views, "DEADLINE_SECONDS", 0.2)
    status, page = send(visitor, drawn("red"))
    assert (status, "search by words" in page) == (503, True)
    monkeypatch.setattr(asking._Orders, "order", staticmethod(lambda *_question: False))
    assert send(visitor, drawn("red"))[0] == 503


def test_a_flood_while_the_worker_is_away_leaves_threads_to_other_pages(
    visitor: Client, shop: Colours, monkeypatch: pytest.MonkeyPatch
) -> None:
    too_many, all_refused = 5, threading.Event()
    refused: list[int] = []
    # Whoever has a place keeps it until all others were refused, however slow the machine is.
    monkeypatch.setattr(asking._Orders, "order", staticmethod(lambda *_question: all_refused.wait(PATIENCE_SECONDS)))
    monkeypatch.setattr(views, "PATIENCE_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(views, "DEADLINE_SECONDS", 0.2)

    def flood(_number: int) -> tuple[int, str]:
        status, page = send(visitor, drawn("red"))
        if "Very many photos" in page:
            refused.append(status)
        if len(refused) == too_many:
            all_refused.set()
        return status, page

    everyone = views.MOST_AT_ONCE + too_many
    with ThreadPoolExecutor(everyone) as pool:
        answers = list(pool.map(flood, range(everyone)))
    assert refused == [503] * too_many
    assert sum("is not answering" in page for _status, page in answers) == views.MOST_AT_ONCE
    assert "is not answering" in send(visitor, drawn("red"))[1]


def test_before_the_catalogue_was_seen_that_is_said(visitor: Client, shop: Colours) -> None:
    vectors.client().delete(keyspace.ACTIVE)
    status, page = send(visitor, drawn("red"))
    assert (status, "still being looked at" in page) == (503, True)


@pytest.mark.parametrize("name", ["A" * 32, "x", "..", "-" * 32])
def test_a_search_that_has_ended_asks_for_the_photo_again(visitor: Client, shop: Colours, name: str) -> None:
    response = visitor.get(f"{PAGE}{name}/")
    assert response.status_code in (404, 410)
    assert response.status_code == 404 or "send it once more" in response.content.decode()


def test_a_search_of_a_model_that_is_gone_has_ended(visitor: Client, shop: Colours) -> None:
    _status, address = send(visitor, drawn("red"))
    other = Colours("other")
    pipeline.run(made_by(other))
    assert visitor.get(address).status_code == 410


def test_who_sends_photos_without_end_is_stopped(
    visitor: Client, shop: Colours, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MOST_PHOTOS", 2)
    assert [send(visitor, drawn("red"))[0] for _time in range(3)] == [302, 302, 429]


def test_forms_of_other_sites_are_refused(shop: Colours) -> None:
    stranger = Client(enforce_csrf_checks=True)
    assert stranger.post(PAGE, {"photo": SimpleUploadedFile("a.png", drawn("red"))}).status_code == 403


def test_the_debug_view_shows_no_whole_vector_and_explains_what_looks_for_it(
    visitor: Client, shop: Colours, settings: LazySettings
) -> None:
    settings.DEBUG_VIEW = True
    _status, address = send(visitor, drawn("red"))
    for page in (shown(visitor, f"{address}?brand=Acme"), shown(visitor, "/similar/one/")):
        assert f"({shop.dimension * 4} bytes)" in page
        commands = re.findall(r'href="(/debug/explain/[^"]+)" data-explain', page)
        plans = [shown(visitor, html.unescape(command)) for command in commands]
        assert any("FT.PROFILE" in plan and "ector" in plan for plan in plans)


def test_a_page_takes_few_round_trips(visitor: Client, shop: Colours) -> None:
    _status, address = send(visitor, drawn("red"))
    visitor.get(address)
    with recorder.recording() as record:
        visitor.get(f"{address}?brand=Acme&brand=Other&price=10-25")
    own = [trip for trip in record.trips if trip.node.startswith("imagesearch")]
    assert len(own) == 2
    assert len(record.trips) <= 5
