"""Documents that somebody has damaged in Redis take no list, page, action or shop with them, and can be deleted."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client, override_settings

from catalog import keyspace, reviews, wording
from catalog.load_records import LoadRecord
from catalog.models import Category, Product, Review, SynonymGroup
from inventory import places, placing
from inventory.models import Location
from inventory.replication import recovery
from purchasing.models import Order, Status
from redismart.redis.documents import Document
from tests import catalogues, placed_orders, stores
from tests.redis_nodes import REGIONS, RedisNodes

PLAIN = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WRONG = '{"sku": 5, "name": [], "x": {"cost": "a"}, "price": "NaN", "created": "never", "pictures": 5, "path": "x"}'
DAMAGES = ["{}", "[]", '"text"', '{"sku": "lamp"}', WRONG]
LOAD = "20260101-000000-0"
STORED: dict[str, tuple[type[Document], str, str]] = {
    "catalog/product": (Product, "lamp", "lamp"),
    "catalog/review": (Review, "lamp:1", "lamp_3A1"),
    "catalog/category": (Category, "lamps", "lamps"),
    "catalog/synonyms": (SynonymGroup, "lights", "lights"),
    "catalog/load": (LoadRecord, LOAD, LOAD),
    "inventory/location": (Location, "s1", "s1"),
    "purchasing/order": (Order, "US-000001", "US-000001"),
}
DELETED = sorted(set(STORED) - {"catalog/load", "purchasing/order"})
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop(search_indexes: RedisNodes, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(places, "_known", None)
    for region in REGIONS:
        recovery.open_region(region)
    lamps = [
        catalogues.product(sku, name=f"A {sku}", price=Decimal(10), categories=("Lamps",)) for sku in ("lamp", "ok")
    ]
    catalogues.fill([*lamps, catalogues.product("rug", name="Rug", price=Decimal(10), categories=("Rugs",))])
    for sku in ("lamp", "ok"):
        reviews.write(sku=sku, author_id="1", author="Ada", stars=4, title=f"Of {sku}", text="Bright")
    wording.add_group(values={"name": "lights", "terms": ("lamp", "light")})
    wording.add_group(values={"name": "seats", "terms": ("chair", "seat")})
    placing.store(locations={name: stores.location(name) for name in ("s1", "s2")})
    for number in ("US-000001", "US-000002"):
        placed_orders.placed(number)
    for name in (LOAD, "20260102-000000-0"):
        LoadRecord(load_id=name).save()
        LoadRecord.db().zadd(keyspace.LOADS, {name: 1})
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    with override_settings(STORAGES=settings.STORAGES | PLAIN):
        yield


@pytest.fixture
def root() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", password=None))
    return client


def damage(model: str, stored: str) -> None:
    kind, key, _quoted = STORED[model]
    kind.db().execute_command("JSON.SET", kind.key_of(key), "$", stored)


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def is_there(model: str) -> bool:
    kind, key, _quoted = STORED[model]
    return bool(kind.db().exists(kind.key_of(key)))


@pytest.mark.parametrize("stored", DAMAGES)
def test_lists_files_and_pages_go_on_without_what_is_damaged(root: Client, stored: str) -> None:
    for model in STORED:
        damage(model, stored)
    assert root.get("/admin/").status_code == 200
    for model, (_kind, _key, quoted) in STORED.items():
        base = f"/admin/{model}/"
        listed = root.get(base)
        assert listed.status_code == 200
        assert 1 <= len(listed.context["cl"].result_list) <= 2
        assert b"".join(root.get(f"{base}export.csv").streaming_content).count(b"\n") >= 2  # type: ignore[attr-defined]
        for page in ("change", "history"):
            answer = root.get(f"{base}{quoted}/{page}/")
            assert (answer.status_code, answer["Location"]) == (302, base)
            assert "is damaged and cannot be read" in said(answer)[0]
        sent = {"name": "x", "since": "0" * 32, "currency": "USD"}
        assert root.post(f"{base}{quoted}/change/", sent).status_code in (302, 403, 405)
        assert is_there(model)
    for page in ("/", "/search/?q=ok", "/category/rugs/", "/product/ok/", "/cart/"):
        assert Client().get(page).status_code == 200


@pytest.mark.parametrize("stored", DAMAGES)
def test_steps_of_a_damaged_order_say_so(root: Client, stored: str) -> None:
    damage("purchasing/order", stored)
    for step in ("ship", "cancel", "refund"):
        for answer in (
            root.get(f"/admin/purchasing/order/US-000001/do/{step}/"),
            root.post(f"/admin/purchasing/order/US-000001/do/{step}/", {"confirmed": "yes"}),
        ):
            assert answer.status_code == 302
            assert "is damaged and cannot be read" in said(answer)[0]


@pytest.mark.parametrize("stored", ["{}", WRONG])
@pytest.mark.parametrize("model", DELETED)
def test_what_is_damaged_can_be_deleted(root: Client, model: str, stored: str) -> None:
    _kind, key, quoted = STORED[model]
    if model == "catalog/category":
        for sku in ("lamp", "ok"):
            Product.db().delete(Product.key_of(sku))
    damage(model, stored)
    address = f"/admin/{model}/{quoted}/delete/"
    assert address in said(root.get(f"/admin/{model}/{quoted}/change/"))[0]
    asked = root.get(address)
    assert asked.status_code == 200
    assert key in asked.content.decode()
    assert root.post(address, {"post": "yes"}).status_code == 302
    assert not is_there(model)
    assert root.get(address).status_code == 302


@pytest.mark.parametrize("stored", DAMAGES)
def test_an_action_on_many_is_done_for_those_that_can_be_read(root: Client, stored: str) -> None:
    for model in ("catalog/product", "catalog/review", "purchasing/order"):
        damage(model, stored)
    sent = {"select_across": "0", "index": "0", "confirmed": "yes", "expected": "9", "percent": "100"}

    def press(model: str, action: str, *chosen: str) -> list[str]:
        root.cookies.pop("messages", None)
        answer = root.post(f"/admin/{model}/", sent | {"action": action, "_selected_action": chosen})
        assert answer.status_code == 302
        return said(answer)

    assert press("catalog/product", "reprice", "lamp", "ok") == [
        "1 product priced anew.",
        "lamp: is not there, or cannot be read",
    ]
    (lamp,) = Product.find_readable(["ok"])
    assert lamp.price == Decimal(20)
    assert press("catalog/product", "reindex", "lamp", "ok")[0] == "1 product indexed anew."
    assert press("catalog/review", "hide", "lamp:1", "ok:1")[0].endswith("hidden.")
    assert [review.hidden for review in Review.find_readable(["ok:1"])] == [True]
    assert press("purchasing/order", "ship", "US-000001", "US-000002")[0] == "1 order sent."
    assert [order.status for order in Order.find_readable(["US-000002"])] == [Status.SHIPPED]
    assert press("catalog/review", "delete_chosen", "lamp:1", "ok:1") == ["2 reviews deleted."]
    assert press("catalog/product", "delete_chosen", "lamp", "ok")[0].endswith("deleted.")
    assert Product.find_readable(["lamp", "ok"]) == []


def test_what_stood_in_a_damaged_order_does_not_stand_in_the_log(
    root: Client, caplog: pytest.LogCaptureFixture
) -> None:
    damage(
        "purchasing/order", '{"number": "US-000001", "buyer": {"email": "ada@example.com", "user": []}, "placed": 1}'
    )
    root.get("/admin/purchasing/order/")
    root.get("/admin/purchasing/order/US-000001/change/")
    assert "document_left_out" in caplog.text
    assert "ada@example.com" not in caplog.text
