"""Addresses of a result page's neighbours."""

from dataclasses import replace

from catalog.addresses import Addresses
from catalog.facets import Facet
from catalog.results import SearchRequest, Sort
from catalog.search import Text

CHOSEN = SearchRequest(
    text=Text.parse("red lamp"),
    selection={Facet.BRAND: ("A&B", "C"), Facet.PRICE: ("10-25", "30-70")},
    sort=Sort.NEWEST,
    page=4,
)
PLAIN = Addresses(SearchRequest(text=Text.parse("")), "/category/audio/")
FILTERED = Addresses(CHOSEN, "/search/")


def test_a_plain_page_has_a_plain_address() -> None:
    assert PLAIN.page(1) == "/category/audio/"
    assert PLAIN.unfiltered() == "/category/audio/"


def test_another_page_keeps_everything_else() -> None:
    assert FILTERED.page(5) == "/search/?q=red+lamp&brand=A%26B&brand=C&price=10-25&price=30-70&sort=newest&page=5"


def test_the_first_page_needs_no_number() -> None:
    assert "page" not in FILTERED.page(1)


def test_every_other_choice_begins_at_the_first_page() -> None:
    for address in (
        FILTERED.toggled(Facet.BRAND, "C"),
        FILTERED.without(Facet.PRICE),
        FILTERED.unfiltered(),
        FILTERED.worded("rug"),
        FILTERED.sorted(Sort.RATING),
    ):
        assert "page" not in address


def test_toggling_adds_and_removes() -> None:
    assert FILTERED.toggled(Facet.BRAND, "A&B") == "/search/?q=red+lamp&brand=C&price=10-25&price=30-70&sort=newest"
    assert "&rating=4&" in FILTERED.toggled(Facet.RATING, "4")
    assert PLAIN.toggled(Facet.SUB, "audio/~") == "/category/audio/?sub=audio%2F~"


def test_a_facet_is_dropped_whole() -> None:
    assert FILTERED.without(Facet.BRAND) == "/search/?q=red+lamp&price=10-25&price=30-70&sort=newest"
    assert FILTERED.unfiltered() == "/search/?q=red+lamp&sort=newest"


def test_the_standard_order_needs_no_mention() -> None:
    assert "sort" not in FILTERED.sorted(Sort.RELEVANCE)
    assert "sort=-price" in FILTERED.sorted(Sort.PRICE_DOWN)


def test_other_words_keep_the_filters() -> None:
    assert FILTERED.worded("rug").startswith("/search/?q=rug&brand=")
    assert FILTERED.worded("").startswith("/search/?brand=")


def test_counting_again_is_the_same_page_and_knows_its_attempt() -> None:
    assert FILTERED.recount(1) == f"{FILTERED.page(4)}&recount=1"
    assert PLAIN.recount(2) == "/category/audio/?recount=2"


def test_counting_again_keeps_a_list_whole() -> None:
    whole = Addresses(replace(FILTERED.request, expanded=Facet.BRAND), "/search/")
    assert whole.recount(1) == f"{whole.expanded(Facet.BRAND)}&recount=1"


def test_all_values_of_a_facet_are_shown_on_the_same_page() -> None:
    assert FILTERED.expanded(Facet.BRAND) == f"{FILTERED.page(4)}&all=brand"


def test_the_price_fields_hold_the_range_typed_by_hand() -> None:
    assert FILTERED.typed_price() == ("30", "70")
    assert PLAIN.typed_price() == ("", "")
