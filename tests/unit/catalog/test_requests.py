"""Every address parses to one request, and every request has one address."""

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from catalog import requests as reading
from catalog.addresses import Addresses
from catalog.facets import Facet
from catalog.results import SearchRequest, Sort
from catalog.search import Text
from tests import nasty


def parsed(query: str) -> SearchRequest:
    return reading.search_request(QueryDict(query))


def test_an_empty_address_asks_for_everything() -> None:
    assert parsed("") == SearchRequest(text=Text("", ()))


def test_a_full_address_is_understood() -> None:
    request = parsed(
        "q=Red+lamp&category=a&category=b&sub=a/x&brand=A%26B&price=10-25&rating=4&sort=-price&page=3&all=brand"
    )
    assert request.text == Text("Red lamp", ("red", "lamp"))
    assert request.selection == {
        Facet.CATEGORY: ("a", "b"),
        Facet.SUB: ("a/x",),
        Facet.BRAND: ("A&B",),
        Facet.PRICE: ("10-25",),
        Facet.RATING: ("4",),
    }
    assert (request.sort, request.page, request.expanded) == (Sort.PRICE_DOWN, 3, Facet.BRAND)


@pytest.mark.parametrize(
    ("given_page", "page"),
    [
        ("1", 1),
        ("0", 1),
        ("-1", 1),
        ("2.5", 1),
        ("x", 1),
        ("", 1),
        ("٣", 1),
        ("²", 1),
        ("007", 7),
        ("1000000000", reading.LAST_PAGE),
        ("9" * 18, reading.LAST_PAGE),
        ("9" * 5_000, 1),
    ],
)
def test_a_page_number_is_brought_into_bounds(given_page: str, page: int) -> None:
    assert parsed(f"page={given_page}").page == page


@pytest.mark.parametrize(
    "query",
    [
        "rating=5",
        "rating=4.0",
        "price=cheap",
        "price=nan-1",
        "brand=",
        "brand=a%00b",
        f"brand={'x' * 301}",
        "colour=red",
    ],
)
def test_nonsense_is_left_out(query: str) -> None:
    assert parsed(query).selection == {}


@pytest.mark.parametrize(
    "query", ["price=100-50", "price=50-100&price=100-50", "price_min=100&price_max=50", "price=1e2-5E1"]
)
def test_a_range_given_upside_down_is_meant_the_right_way_up(query: str) -> None:
    assert parsed(query).selection == {Facet.PRICE: ("50-100",)}


@pytest.mark.parametrize(
    ("query", "prices"),
    [
        ("price=10-20&price_min=10&price_max=20&price_before=10-20", ("10-20",)),
        ("price=10-20&price_min=10&price_max=30&price_before=10-20", ("10-30",)),
        ("price=0-10&price=10-20&price_min=&price_max=&price_before=10-20", ("0-10",)),
        ("price=0-10&price_min=10&price_max=20&price_before=10-20", ("0-10",)),
    ],
)
def test_a_typed_range_replaces_the_one_before_unless_its_box_is_what_changed(
    query: str, prices: tuple[str, ...]
) -> None:
    assert parsed(query).selection == {Facet.PRICE: prices}


def test_values_are_taken_once_and_not_without_end() -> None:
    assert parsed("brand=a&brand=b&brand=a").selection[Facet.BRAND] == ("a", "b")
    many = "&".join(f"brand={number}" for number in range(500))
    assert len(parsed(many).selection[Facet.BRAND]) == reading.MOST_VALUES


def test_choices_that_are_left_out_are_told() -> None:
    assert parsed("brand=a&brand=a&rating=4&rating=nonsense").left_out == 0
    many = "&".join(f"brand={number}" for number in range(reading.MOST_VALUES + 3))
    assert parsed(many).left_out == 3
    long = "&".join(f"brand={number}{'x' * 290}" for number in range(reading.MOST_VALUES))
    request = parsed(long)
    assert len(request.selection[Facet.BRAND]) + request.left_out == reading.MOST_VALUES
    assert request.left_out > 0


def test_a_typed_price_is_not_what_is_left_out() -> None:
    ticked = "&".join(f"price={low}-{low + 1}" for low in range(reading.MOST_VALUES))
    request = parsed(f"{ticked}&price_min=70&price_max=80")
    assert "70-80" in request.selection[Facet.PRICE]
    assert request.left_out == 1


@pytest.mark.parametrize(
    ("query", "prices"),
    [
        ("price_min=10&price_max=20", ("10-20",)),
        ("price_min=10", ("10-",)),
        ("price_max=20&price=0-10", ("-20", "0-10")),
        ("price_min=+5+&price_max=", ("5-",)),
        ("price_min=20&price_max=10", ("10-20",)),
        ("price_min=%2459.90&price_max=1,299.50", ("59.90-1299.50",)),
        ("price_min=59,90+€&price_max=1.299,50+€", ("59.90-1299.50",)),
        ("price_min=abc&price_max=50", ("-50",)),
        ("price_min=10&price_max=20&price=10-20", ("10-20",)),
    ],
)
def test_prices_typed_by_hand_are_a_range(query: str, prices: tuple[str, ...]) -> None:
    assert parsed(query).selection[Facet.PRICE] == prices


@pytest.mark.parametrize(
    "query", ["price_min=&price_max=", "price_min=-5", "price_min=nan", "price_max=1e400", "price_min=a"]
)
def test_prices_that_are_none_are_left_out(query: str) -> None:
    assert parsed(query).selection == {}


@given(st.binary(max_size=200))
def test_any_address_at_all_parses(query: bytes) -> None:
    request = reading.search_request(QueryDict(query))
    assert 1 <= request.page <= reading.LAST_PAGE
    assert all(len(values) <= reading.MOST_VALUES for values in request.selection.values())


texts = st.text(max_size=60) | st.sampled_from(nasty.TEXTS)
requests = st.builds(
    SearchRequest,
    text=texts.map(Text.parse),
    selection=st.fixed_dictionaries(
        {},
        optional={
            Facet.CATEGORY: st.lists(
                st.from_regex(r"[a-z-]{1,9}", fullmatch=True), min_size=1, max_size=3, unique=True
            ).map(tuple),
            Facet.BRAND: st.lists(
                texts.filter(lambda value: 0 < len(value) <= 300 and value.isprintable()),
                min_size=1,
                max_size=4,
                unique=True,
            ).map(tuple),
            Facet.PRICE: st.just(("10-25", "30.5-70")),
            Facet.RATING: st.just(("4", "none")),
        },
    ),
    sort=st.sampled_from(Sort),
    page=st.integers(1, reading.LAST_PAGE),
)


@given(requests)
def test_a_request_survives_its_own_address(request_: SearchRequest) -> None:
    address = Addresses(request_, "/search/").page(request_.page)
    path, _, query = address.partition("?")
    assert path == "/search/"
    assert reading.search_request(QueryDict(query)) == request_


@pytest.mark.parametrize(
    ("query", "refused"),
    [
        ("price_min=abc&price_max=50", "abc"),
        ("price_min=5&price_max=-1", "-1"),
        ("price_max=1e400", "1e400"),
        ("price_min=$5&price_max=", ""),
        ("price_min=1.234", ""),
        ("", ""),
    ],
)
def test_what_is_no_price_is_said(query: str, refused: str) -> None:
    assert parsed(query).refused_price == refused
