"""Completions while typing: what is offered first, what each leads to, and how they are renewed."""

import threading
from typing import Any

import orjson
import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog import completions, keyspace, operations, suggesting
from catalog.completions import Suggestion
from catalog.models import Product
from catalog.search import Text
from redismart.redis import recorder
from tests import catalogues
from tests.catalogues import product

PATIENCE_SECONDS = 60.0

pytestmark = pytest.mark.usefixtures("empty_catalogue")


def stock(*products: Product) -> None:
    catalogues.fill(products)
    operations.rebuild_suggestions()


def offered(typed: str) -> list[str]:
    return [suggestion.text for suggestion in completions.suggestions(text=Text.parse(typed))]


def test_popular_products_come_first() -> None:
    stock(
        product("rare", name="Lamp for desks", popularity=1.0),
        product("popular", name="Lamp with dimmer", popularity=900.0),
        product("known", name="Lamp of brass", popularity=50.0),
    )
    assert offered("lamp") == ["Lamp with dimmer", "Lamp of brass", "Lamp for desks"]


def test_the_most_popular_products_are_found_in_order_in_small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suggesting, "MARGIN", 10)
    products = [product(f"S/{number} {{x}}", name=f"Lamp {number}", popularity=number * 7.5) for number in range(1_500)]
    catalogues.fill(products)
    with recorder.recording() as recorded:
        found = suggesting.phrases(most_products=600)
    assert [phrase.sku for phrase in found] == [f"S/{number} {{x}}" for number in range(1_499, 899, -1)]
    assert [phrase.score for phrase in found] == sorted((phrase.score for phrase in found), reverse=True)
    assert all("*" not in command for trip in recorded.trips for command in trip.commands if "SORTBY" in command)
    assert max(trip.reply_bytes for trip in recorded.trips) < 20_000


def test_categories_come_before_brands_and_brands_before_products() -> None:
    stock(product("one", name="Audio cable", brand="Audiolab", categories=("Audio",), popularity=10_000.0))
    assert offered("aud") == ["Audio", "Audiolab", "Audio cable"]


@pytest.mark.parametrize("typed", ["noise", "headph", "cancelling so", "Wireless", "sony head"])
def test_a_phrase_is_found_from_any_of_its_words(typed: str) -> None:
    stock(product("sony", name="Wireless noise cancelling Sony headphones"))
    assert offered(typed) == ["Wireless noise cancelling Sony headphones"]


@pytest.mark.parametrize("typed", ["hedphones", "headphnes", "heedphones", "wirelss"])
def test_typos_are_forgiven(typed: str) -> None:
    stock(product("sony", name="Wireless headphones"))
    assert offered(typed) == ["Wireless headphones"]


@pytest.mark.parametrize("typed", ["hdmi cabel", "hmdi cable", "hdmi cabel b", "hdmi calbe"])
def test_misspelt_words_of_a_phrase_are_corrected(typed: str) -> None:
    stock(product("cable", name="HDMI cable black"), product("label", name="Label maker"))
    assert offered(typed) == ["HDMI cable black"]


def test_a_phrase_of_nothing_known_is_not_completed() -> None:
    stock(product("cable", name="HDMI cable black"), product("label", name="Label maker"))
    assert offered("hdmi label") == offered("xyzxyz qqqqq") == []


def test_products_that_end_alike_do_not_hide_the_more_popular_one() -> None:
    stock(
        product("popular", name="Red leather case", popularity=900.0),
        product("rare", name="Odd leather case", popularity=1.0, categories=("Case",)),
    )
    assert completions.suggestions(text=Text.parse("leather"))[0].sku == "popular"
    assert completions.suggestions(text=Text.parse("case"))[0] == Suggestion("Case", category="case")


def test_each_leads_to_its_category_product_or_search() -> None:
    stock(product("S/1 ?", name="Lantern", brand="Lanthorn", categories=("Lanes", "Lanes & More")))
    found = {suggestion.text: suggestion for suggestion in completions.suggestions(text=Text.parse("lan"))}
    assert found["Lanes & More"] == Suggestion("Lanes & More", category="lanes/lanes-more")
    assert found["Lantern"] == Suggestion("Lantern", sku="S/1 ?")
    assert found["Lanthorn"] == Suggestion("Lanthorn")
    assert [found[text].kind for text in ("Lanes", "Lantern", "Lanthorn")] == ["category", "product", "search"]


def test_the_page_gives_them_with_addresses_that_work(visitor: Client) -> None:
    stock(product("S/1 ?", name="Lantern", brand="Lan & Co", categories=("Lanes", "Länder")))
    told = visitor.get("/suggest/", {"q": "lan"}).json()
    assert told["query"] == "lan"
    assert {item["text"] for item in told["suggestions"]} == {"Lantern", "Lan & Co", "Lanes"}
    told = visitor.get("/suggest/", {"q": "länd"}).json()
    addresses = [item["url"] for item in told["suggestions"]]
    assert addresses
    for item in told["suggestions"]:
        assert visitor.get(item["url"]).status_code == 200, item


def test_what_is_no_word_is_not_offered() -> None:
    stock(product("odd", name="!!!", brand="The", categories=("...",)), product("lamp", name="Lamp"))
    assert offered("lamp") == ["Lamp"]
    assert offered("!!!") == offered("the") == offered("") == []


def test_the_same_text_is_offered_once() -> None:
    stock(product("a", name="Lamp lamp lamp"), product("b", name="Lamp lamp lamp"))
    assert offered("lamp") == ["Lamp lamp lamp"]


def test_markup_in_a_name_stays_text() -> None:
    stock(product("x", name="Evil <script>alert(1)</script>", brand="</li><b>"))
    assert offered("evil") == ["Evil <script>alert(1)</script>"]


LONG = ("a" * 200, "é" * 200, "日" * 200, "😀" * 200, "word " * 60, "\u0130" * 150)


@pytest.mark.parametrize("typed", [*LONG, "%", "*", "a*", "\\", '"', "'", "\x00", "a\x00b", "{}", "$p0", "-", " "])
def test_hostile_beginnings_are_harmless(typed: str) -> None:
    stock(product("lamp", name="Lamp"))
    assert isinstance(offered(typed), list)


@settings(max_examples=60, deadline=None)
@given(typed=st.text(max_size=300))
def test_any_beginning_at_all_is_answered(typed: str) -> None:
    assert isinstance(offered(typed), list)


def test_the_old_ones_serve_until_the_new_are_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [product(f"lamp {number}", name=f"Lamp {number}", popularity=float(number)) for number in range(1_000)]
    stock(*many)
    before = offered("lamp")
    written, looked = threading.Event(), threading.Event()
    switch = operations._switch_suggestions

    def awaited_switch(*arguments: Any) -> None:
        written.set()
        looked.wait(PATIENCE_SECONDS)
        switch(*arguments)

    monkeypatch.setattr(operations, "_switch_suggestions", awaited_switch)
    rebuild = threading.Thread(target=operations.rebuild_suggestions)
    rebuild.start()
    while not written.is_set():
        assert offered("lamp") == before
    while rebuild.is_alive():
        assert offered("lamp") == before
        looked.set()
    rebuild.join()
    assert offered("lamp") == before


def test_two_rebuilds_at_once_both_leave_all_of_them() -> None:
    stock(*(product(f"lamp {number}", name=f"Lamp {number}") for number in range(300)))
    size = Product.db().execute_command("FT.SUGLEN", keyspace.SUGGESTIONS)
    rebuilds = [threading.Thread(target=operations.rebuild_suggestions) for _ in range(3)]
    for rebuild in rebuilds:
        rebuild.start()
    for rebuild in rebuilds:
        rebuild.join()
    assert Product.db().execute_command("FT.SUGLEN", keyspace.SUGGESTIONS) == size
    assert Product.db().ttl(keyspace.SUGGESTIONS) == -1
    assert list(Product.db().scan_iter(keyspace.suggestions_staged("*").replace("{", "[{]"))) == []


def test_an_interrupted_rebuild_leaves_nothing_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    stock(product("lamp", name="Lamp"))
    monkeypatch.setattr(operations, "_switch_suggestions", _die)
    with pytest.raises(KeyboardInterrupt):
        operations.rebuild_suggestions()
    (staged,) = Product.db().scan_iter(keyspace.suggestions_staged("*").replace("{", "[{]"))
    assert 0 < Product.db().ttl(staged) <= operations.STAGED_SECONDS
    assert offered("lamp") == ["Lamp"]


def _die(*_arguments: object) -> None:
    raise KeyboardInterrupt


def test_they_are_renewed_only_when_products_changed() -> None:
    catalogues.fill([product("lamp", name="Lamp")])
    assert operations.rebuild_suggestions_if_stale()
    assert not operations.rebuild_suggestions_if_stale()
    operations.save_products(products=[product("rug", name="Rug")])
    assert operations.rebuild_suggestions_if_stale()
    assert offered("rug") == ["Rug"]


def test_they_go_with_the_last_product() -> None:
    stock(product("lamp", name="Lamp"))
    operations.delete_products(skus=["lamp"])
    operations.rebuild_suggestions()
    assert offered("lamp") == []


def test_a_payload_carries_what_is_shown_and_where_it_leads() -> None:
    phrase = suggesting.Phrase("Red lamp", 0.5, sku="x")
    assert orjson.loads(phrase.payload()) == {"text": "Red lamp", "category": "", "sku": "x", "score": 0.5}
