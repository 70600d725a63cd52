"""What a search finds, in which order, and what it offers when it finds little."""

import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog import completions, finding, operations
from catalog.facets import Facet
from catalog.models import Product, SynonymGroup
from catalog.results import DEEPEST, PER_PAGE, SearchPage, SearchRequest, Sort
from catalog.search import TOKEN_BREAKS, Text
from tests import catalogues
from tests.catalogues import product
from tests.markup import elements, facet_counts

pytestmark = pytest.mark.usefixtures("empty_catalogue")


def stock(*products: Product) -> None:
    catalogues.fill(products)


def search(text: str = "", **wanted: Any) -> SearchPage:
    request = replace(SearchRequest(text=Text.parse(text)), **wanted)
    return finding.search_page(request=request)[0]


def skus(page: SearchPage) -> list[str]:
    return [card.sku for card in page.cards]


def eventually(condition: Callable[[], bool], *, seconds: float = 60.0) -> bool:
    """Whether the condition comes true in time: RediSearch scans for synonyms in the background."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


# --- Ranking


@pytest.mark.parametrize("typed", ["AB-12/3 x", "ab-12/3 X", "QX-77", "qx-77"])
def test_the_very_sku_or_part_number_comes_first(typed: str) -> None:
    talk = [product(f"talk{number}", name=f"Case for ab 12 3 x and qx 77 ({number})") for number in range(5)]
    stock(
        *talk, product("AB-12/3 x", mpn="Qx-77", name="Some lamp with a rather long name", description="words " * 500)
    )
    assert skus(search(typed))[0] == "AB-12/3 x"


def test_a_part_number_of_several_products_finds_them_all() -> None:
    stock(product("one", mpn="P-1"), product("two", mpn="p-1"), product("three", mpn="P-12"))
    assert set(skus(search("P-1"))) >= {"one", "two"}
    assert skus(search("P-1"))[-1] != "one"


def test_a_word_in_the_name_beats_one_in_the_description() -> None:
    stock(
        product("bag", name="Camera bag strap", description="lamp"),
        product("lamp", name="Lamp", description="Shines."),
        product("desk", name="Desk", description="A desk with room for a lamp."),
    )
    assert skus(search("lamp"))[0] == "lamp"


def test_popular_and_well_rated_products_lead_among_equals() -> None:
    stock(
        product("plain", name="red lamp"),
        product("popular", name="red lamp", popularity=50_000.0),
        product("liked", name="red lamp", rating=5.0, rating_count=400),
        product("disliked", name="red lamp", rating=1.0, rating_count=400),
    )
    assert skus(search("lamp"))[0] == "popular"
    assert skus(search("lamp"))[-1] == "disliked"


def test_popularity_does_not_outrank_what_was_asked_for() -> None:
    stock(
        product("asked", name="red lamp"),
        product("popular", name="desk", description="red with a lamp", popularity=1e9, rating=5.0, rating_count=10**6),
    )
    assert skus(search("red lamp")) == ["asked", "popular"]


@pytest.mark.parametrize("typed", ["lamps", "Lamp", "LAMPS", "lamp's", "lamp!", " lamp ", "the lamp", "lamp, (red)"])
def test_words_are_found_in_other_forms(typed: str) -> None:
    stock(product("lamp", name="Reading lamps, red"))
    assert skus(search(typed)) == ["lamp"]


@pytest.mark.parametrize(
    ("typed", "sku"),
    [
        ("日本の本", "book"),
        ("über", "german"),
        ("ÜBER", "german"),
        ("мышь", "mouse"),
        ("😀", "smile"),
        ("c3po", "droid"),
    ],
)
def test_words_of_any_script_are_found(typed: str, sku: str) -> None:
    stock(
        product("book", name="日本の本"),
        product("german", name="Über alle Berge"),
        product("mouse", name="Беспроводная мышь"),
        product("smile", name="Pin 😀 yellow"),
        product("droid", name="Figure C3PO"),
    )
    assert skus(search(typed)) == [sku]
    assert not search(typed).relaxed


def test_brand_category_and_attributes_are_searched_too() -> None:
    stock(
        product("brand", brand="Wagner"),
        product("category", categories=("Chandeliers",)),
        product("attribute", attributes={"Material": "alabaster"}),
    )
    assert skus(search("wagner")) == ["brand"]
    assert skus(search("chandelier")) == ["category"]
    assert skus(search("alabaster")) == ["attribute"]


def test_synonyms_find_products_stored_before_and_after() -> None:
    stock(product("sofa", name="Green sofa"), product("table", name="Table"))
    assert search("couch").relaxed
    operations.save_synonyms(groups=[SynonymGroup(name="sofa", terms=("sofa", "couch", "settee"))])
    operations.save_products(products=[product("settee", name="Blue settee")])
    assert eventually(lambda: set(skus(search("couch"))) == {"sofa", "settee"})
    assert set(skus(search("couches"))) == {"sofa", "settee"}
    assert not search("couch").relaxed


def _comes_back(name: str) -> bool:
    """Whether every word is written all small, all large or with one large letter first, as words of other scripts
    than ours must be to be found. In a document RediSearch takes a backslash for an escape."""
    return (
        bool(name)
        and "\\" not in name
        and all(
            word.isascii() or word in {form(word.lower()) for form in (str.lower, str.capitalize, str.upper)}
            for word in TOKEN_BREAKS.split(name)
        )
    )


# Each example replaces the one product, so they may share their nodes.
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(min_size=1, max_size=60).map(lambda typed: Text.parse(typed).shown).filter(_comes_back))
def test_a_product_of_any_name_is_found_by_it(name: str) -> None:
    stock(product("it", name=name))
    assert search(name).relaxed is not bool(Text.parse(name).words)


@pytest.mark.parametrize("word", ["distance", "TERMS", "dialect", "include", "limit", "params", "fuzzy", "max"])
def test_words_that_are_options_of_redisearch_are_words(word: str) -> None:
    stock(product("it", name=word))
    assert [card.sku for card in search(word).cards] == ["it"]
    for typed in (word, f"{word} {word}", f"{word}s"):
        assert search(typed).total == 1
        assert [found.text for found in completions.suggestions(text=Text.parse(typed))] in ([], [word])


def test_a_misspelt_word_that_is_an_option_of_redisearch_is_corrected() -> None:
    stock(*(product(f"laser{number}", name="Distances") for number in range(3)))
    assert search("distance").total == 3
    assert search("distanxes").suggestion == "distances"


# --- Sorting and pages


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        (Sort.PRICE_UP, ["cheap", "middle", "dear"]),
        (Sort.PRICE_DOWN, ["dear", "middle", "cheap"]),
        (Sort.RATING, ["middle", "dear", "cheap"]),
        (Sort.POPULARITY, ["dear", "cheap", "middle"]),
        (Sort.RELEVANCE, ["dear", "cheap", "middle"]),
    ],
)
def test_results_come_in_the_order_asked_for(sort: Sort, order: list[str]) -> None:
    stock(
        product("cheap", price="9.90", rating=1.0, popularity=5.0),
        product("middle", price="10", rating=4.9, popularity=1.0),
        product("dear", price="100.01", rating=3.0, popularity=9.0),
        product("unknown"),
    )
    assert skus(search(sort=sort))[:3] == order
    assert skus(search(sort=sort))[3:] == ["unknown"]


def test_pages_show_every_product_once() -> None:
    stock(*(product(f"{number:03}", name=f"lamp {number}") for number in range(40)))
    for text in ("", "lamp"):
        pages = [search(text, page=number) for number in (1, 2, 3)]
        assert [len(page.cards) for page in pages] == [16, 16, 8]
        assert len({sku for page in pages for sku in skus(page)}) == 40
        assert (pages[2].first, pages[2].last, pages[2].total, pages[2].pages) == (33, 40, 40, 3)


@pytest.mark.parametrize("number", [4, 625, 10**9])
def test_a_page_past_the_last_shows_the_last(number: int) -> None:
    stock(*(product(f"{number:03}", name=f"lamp {number}") for number in range(40)))
    page = search("lamp", page=number)
    assert (page.page, len(page.cards)) == (3, 8)


@pytest.mark.parametrize("number", [3, 625])
def test_a_page_past_the_last_of_close_matches_shows_the_first(number: int) -> None:
    stock(*(product(f"{number:03}", name=f"lamp {number}") for number in range(20)))
    assert (search("lamp qqqq", page=2).page, len(search("lamp qqqq", page=2).cards)) == (2, 4)
    page = search("lamp qqqq", page=number)
    assert (page.page, len(page.cards), page.total) == (1, PER_PAGE, 20)


def test_pages_end_where_nobody_reads_on() -> None:
    page = replace(search(), total=10**6)
    assert page.pages == DEEPEST // PER_PAGE


# --- Few or no results


def test_a_typo_is_corrected_only_when_the_correction_finds_something_here() -> None:
    stock(
        product("phones", name="Wireless headphones", categories=("Audio",)),
        product("lamp", name="Lamp", categories=("Home",)),
    )
    page = search("hedphones")
    assert (page.suggestion, page.suggestion_total, page.relaxed) == ("headphones", 1, True)
    assert skus(page) == ["phones"]
    assert search("hedphones", selection={Facet.CATEGORY: ("home",)}).suggestion == ""
    assert search("hedphones", within="home").suggestion == ""
    assert search("hedphones", within="audio").suggestion == "headphones"


def test_a_text_that_finds_enough_is_not_corrected() -> None:
    rare = [product(f"rare{number}", name="Lamb wool") for number in range(8)]
    stock(*rare, *(product(f"lamp{number}", name="Lamp") for number in range(30)))
    assert search("lamb").suggestion == ""


def test_a_word_with_synonyms_is_not_misspelt() -> None:
    stock(product("jeans", name="Blue trousers"), *(product(f"plant{number}", name="Plants") for number in range(4)))
    assert search("pants").suggestion == "plants"
    operations.save_synonyms(groups=[SynonymGroup(name="trousers", terms=("trousers", "pants"))])
    assert eventually(lambda: skus(search("pants")) == ["jeans"])
    assert search("pants").suggestion == ""
    assert search("blue pants").suggestion == ""
    assert search("plnts").suggestion == "plants"


def test_products_with_some_of_the_words_are_shown_when_none_has_all() -> None:
    stock(product("chair", name="Folding chair"), product("lamp", name="Red lamp"), product("rug", name="Rug"))
    page = search("red chair")
    assert page.relaxed
    assert set(skus(page)) == {"chair", "lamp"}
    assert page.total == 2


@pytest.mark.parametrize("typed", ["foldi", "foldng", "foldingg"])
def test_beginnings_and_typos_come_close(typed: str) -> None:
    stock(product("chair", name="Folding chair"), product("rug", name="Rug"))
    assert skus(search(f"{typed} zzzz")) == ["chair"]


def test_a_short_list_is_followed_by_close_matches() -> None:
    stock(product("both", name="Red lamp"), product("one", name="Blue lamp"))
    page = search("red lamp")
    assert (skus(page), [card.sku for card in page.also]) == (["both"], ["one"])


def test_an_empty_page_says_which_filter_to_drop() -> None:
    stock(product("lamp", name="Lamp", price="15", brand="A"), product("rug", name="Rug", price="900", brand="B"))
    page = search("lamp", selection={Facet.PRICE: ("500-1000",), Facet.BRAND: ("A",)})
    assert [(way.facet, way.total) for way in page.ways] == [(Facet.PRICE, 1)]
    page = search(selection={Facet.BRAND: ("A",), Facet.PRICE: ("500-1000",)})
    assert {(way.facet, way.total) for way in page.ways} == {(Facet.BRAND, 1), (Facet.PRICE, 1)}
    assert (page.total, page.cards) == (0, ())


def test_counts_of_a_page_without_exact_results_lead_to_those_that_are() -> None:
    stock(product("lamp", name="Red lamp", price="15"), product("other", name="Red rug", price="300"))
    page = search("red lamp", selection={Facet.PRICE: ("200-500",)})
    prices = next(group for group in page.groups if group.facet is Facet.PRICE)
    assert page.relaxed
    assert skus(page) == ["other"]
    assert {option.value: option.count for option in prices.options} == {"10-25": 1, "200-500": 0}


@pytest.mark.parametrize("typed", ["!!!", "()", "the", "***", "zzzzzz", "@sku:{*}", "-lamp | *"])
def test_nothing_is_found_when_nothing_matches(typed: str) -> None:
    stock(product("rug", name="Rug"))
    page = search(typed)
    assert (page.total, page.cards, page.relaxed) == (0, (), True)


def test_a_category_page_shows_its_own_branch_only() -> None:
    stock(
        product("in-ear", categories=("Audio", "Headphones", "In-ear")),
        product("speaker", categories=("Audio", "Speakers")),
        product("rug", categories=("Home",)),
    )
    assert set(skus(search(within="audio"))) == {"in-ear", "speaker"}
    assert skus(search(within="audio/headphones")) == ["in-ear"]
    assert skus(search(within="audio/headphones/in-ear")) == ["in-ear"]
    assert skus(search(within="aud")) == []


def test_what_was_deleted_is_not_found_any_more() -> None:
    stock(product("lamp", name="Lamp"))
    operations.delete_products(skus=["lamp"])
    assert search("lamp").total == 0


def test_prices_of_nine_digits_fall_on_the_right_side_of_a_limit() -> None:
    stock(product("dear", price="123456789.99"), product("dearer", price="123456790.01"))
    assert skus(search(selection={Facet.PRICE: ("-123456790",)})) == ["dear"]
    assert skus(search(selection={Facet.PRICE: ("123456790-",)})) == ["dearer"]


def test_the_nearest_correction_is_offered_rather_than_a_more_frequent_one() -> None:
    stock(product("brand", name="Brand new"), *(product(f"hand{number}", name="Hand cream") for number in range(9)))
    assert search("brnd").suggestion == "brand"


def test_a_correction_is_a_word_and_no_stem_of_the_index() -> None:
    stock(product("order", name="Ordering ordering"), product("other", name="ordered ordered"))
    assert search("ordr").suggestion in {"", "ordering", "ordered"}
    assert "+" not in search("orderin").suggestion


@pytest.mark.parametrize("typed", ["ismissing brnd", "ismissing", "inorder brnd", "slop brnd", "as brnd"])
def test_words_that_are_query_syntax_elsewhere_are_corrected_like_any(typed: str) -> None:
    stock(product("brand", name="Brand new"))
    assert search(typed).relaxed


def test_a_list_cut_short_says_what_the_others_have(visitor: Client) -> None:
    stock(*(product(f"{brand}-{copy}", brand=f"Brand {brand}") for brand in range(70) for copy in (1, 2)))
    response = visitor.get("/search/")
    group = next(element for element in elements(response, "data-rest") if element["id"] == "facet-brand")
    shown = [count for (facet, _), count in facet_counts(response).items() if facet == "brand"]
    assert (sum(shown), int(group["data-rest"])) == (120, 20)
    text = " ".join(re.sub("<[^>]+>", " ", response.content.decode()).split())
    assert "62 more 124" in text
    assert "10 others 20" in text


def test_a_typed_range_is_a_checked_row_whatever_it_finds(visitor: Client) -> None:
    stock(product("lamp", name="Lamp", price="15"))
    for price in ("14-16", "70-80"):
        response = visitor.get("/search/", {"q": "lamp", "price": price})
        (box,) = [box for box in elements(response, "checked") if box["name"] == "price"]
        assert box["value"] == price
    assert ("price", "70-80") not in facet_counts(response)
