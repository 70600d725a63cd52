"""A product page leads to what looks like it; of what is sold out, to what can be had."""

from uuid import uuid4

import pytest
from django.test import Client

from imagesearch import pipeline
from imagesearch.alike import Alike, alike
from inventory import fence, operations, places
from inventory.api import Operation
from inventory.replication import recovery
from tests.integration.imagesearch.test_photo_pages import visitor as _visitor
from tests.pictured import Colours, made_by, offered

pytestmark = pytest.mark.usefixtures("search_indexes")
visitor = _visitor


@pytest.fixture(autouse=True)
def _reds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_known", None)
    for region in fence.regions():
        recovery.open_region(region)
    for sku, colour in (
        ("one", "#ff0000"),
        ("two", "#ff2000"),
        ("three", "#ff4000"),
        ("blue", "blue"),
        ("odd/one", "lime"),
    ):
        offered(sku, colour)
    pipeline.run(made_by(Colours()))


def stock(sku: str, units: int) -> None:
    operations.receive(sku=sku, location="store", quantity=units, operation=Operation(uuid4().hex, region="us"))


def skus(found: Alike) -> list[str]:
    return [card.sku for card in found.cards]


def test_the_likest_come_first() -> None:
    stock("one", 1)
    found = alike(sku="one")
    assert (skus(found), found.instead) == (["two", "three"], False)


def test_of_what_is_sold_out_only_what_can_be_had_is_shown() -> None:
    stock("three", 2)
    found = alike(sku="one")
    assert (skus(found), found.instead) == (["three"], True)


def test_what_looks_like_nothing_has_nothing() -> None:
    assert alike(sku="blue") == alike(sku="unknown") == Alike()


def test_the_shelf_and_the_page(visitor: Client) -> None:
    stock("one", 1)
    shelf = visitor.get("/similar/one/", headers={"HX-Request": "true"}).content.decode()
    assert ("<html" in shelf, "Looks similar" in shelf, 'data-sku="two"' in shelf) == (False, True, True)
    page = visitor.get("/similar/one/").content.decode()
    assert ("<html" in page, 'data-sku="two"' in page) == (True, True)
    assert "Nothing in the shop looks like it" in visitor.get("/similar/odd/one/").content.decode()
    assert 'hx-get="/similar/odd/one/"' in visitor.get("/product/odd/one/").content.decode()


@pytest.mark.parametrize("sku", ["unknown", "%00", "x" * 3_000, "one/"])
def test_of_what_is_no_product_there_is_no_page(visitor: Client, sku: str) -> None:
    assert visitor.get(f"/similar/{sku}/").status_code == 404
    assert visitor.get(f"/similar/{sku}/", headers={"HX-Request": "true"}).status_code == 404
