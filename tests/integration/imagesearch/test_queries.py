"""A photo finds what looks like it, with facets and filters; what is far off is not passed off as found."""

from decimal import Decimal

import pytest

from catalog.api import Facet
from imagesearch import pipeline, queries
from redismart.redis import recorder
from tests import nasty
from tests.pictured import Colours, made_by, offered, seen

pytestmark = pytest.mark.usefixtures("search_indexes")


@pytest.fixture
def reds() -> Colours:
    """Reds of two brands and prices, one of them in two pictures, and one blue."""
    colours = Colours()
    offered("one", "#ff0000", brand="Acme", categories=("Toys", "Balls"))
    offered("two", "#ff3000", "#ff2800", brand="Acme", price=Decimal(80), categories=("Toys", "Cars"))
    offered("three", "#ff5000", brand="Smith, Jones & Sons", price=Decimal(9), categories=("Audio",))
    offered("blue", "blue", brand="Acme")
    pipeline.run(made_by(colours))
    return colours


def close(found: queries.Found) -> list[str]:
    return [each.sku for each in found.close]


def test_the_likest_come_first_each_product_once(reds: Colours) -> None:
    found = queries.find(vector=seen(reds, "red"))
    assert close(found) == ["one", "two", "three"]
    assert [each.sku for each in found.beyond] == ["blue"]
    assert found.close[0].distance == pytest.approx(0, abs=1e-3)
    assert [each.cost for each in found.close] == [20.0, 80.0, 9.0]


def test_facets_count_products_and_a_choice_does_not_shrink_its_own(reds: Colours) -> None:
    chosen = {Facet.BRAND: ("Acme",), Facet.PRICE: ("50-100",)}
    found = queries.find(vector=seen(reds, "red"), selection=chosen)
    assert close(found) == ["two"]
    assert found.tallies[Facet.BRAND] == {"Acme": 1}
    assert found.tallies[Facet.PRICE] == {"10-25": 1, "50-100": 1}
    assert found.tallies[Facet.CATEGORY] == {"toys": 1}
    assert queries.find(vector=seen(reds, "red")).tallies[Facet.BRAND] == {"Acme": 2, "Smith, Jones & Sons": 1}


def test_words_narrow_it_down(reds: Colours) -> None:
    assert close(queries.find(vector=seen(reds, "red"), words="ball")) == ["one"]
    assert close(queries.find(vector=seen(reds, "red"), words="smith")) == ["three"]
    assert close(queries.find(vector=seen(reds, "red"), words="zeppelin")) == []


@pytest.mark.parametrize("text", nasty.TEXTS)
def test_no_words_and_no_choice_change_what_is_asked(reds: Colours, text: str) -> None:
    queries.find(vector=seen(reds, "red"), words=text)
    assert (
        not text.isprintable()
        or not text
        or close(queries.find(vector=seen(reds, "red"), selection={Facet.BRAND: (text,)})) == []
    )


def test_what_nothing_looks_like_has_no_close_match(reds: Colours) -> None:
    found = queries.find(vector=seen(reds, "lime"))
    assert close(found) == []
    assert len(found.beyond) == 4
    assert not any(sum(tally.values()) for tally in found.tallies.values())


def test_a_search_takes_one_round_trip_however_much_is_chosen(reds: Colours) -> None:
    with recorder.recording() as record:
        queries.find(vector=seen(reds, "red"), selection=dict.fromkeys(Facet, ("x",)), words="ball")
    assert len(record.trips) == 1


def test_similar_products_are_those_that_look_alike(reds: Colours) -> None:
    found = queries.similar(skus=["one", "blue", "unknown"])
    assert found == {"one": ("two", "three"), "blue": ()}
    assert queries.similar(skus=["one"], limit=1) == {"one": ("two",)}
    assert queries.similar(skus=[]) == {}


def test_of_what_looks_alike_the_same_kind_of_thing_comes_first_but_not_before_what_looks_the_same() -> None:
    colours = Colours()
    for sku, colour, category in (
        ("lamp", "#ff0000", "Lamps"),
        ("same", "#ff0001", "Kettles"),
        ("near", "#ff2000", "Kettles"),
        ("kin", "#ff3000", "Lamps"),
        ("far", "blue", "Lamps"),
    ):
        offered(sku, colour, categories=("Home", category))
    pipeline.run(made_by(colours))
    assert [each.sku for each in queries.find(vector=seen(colours, "#ff0000")).close] == ["lamp", "same", "near", "kin"]
    assert queries.similar(skus=["lamp", "near"]) == {"lamp": ("same", "kin", "near"), "near": ("same", "kin", "lamp")}
    assert queries.similar(skus=["lamp"], limit=2) == {"lamp": ("same", "kin")}


def test_before_the_catalogue_was_seen_nothing_is_similar() -> None:
    offered("one", "red")
    assert (queries.similar(skus=["one"]), queries.ready()) == ({}, 0)
