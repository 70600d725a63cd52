"""The cookie of products looked at last."""

from http.cookies import SimpleCookie

from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from catalog import recent
from tests import nasty

skus = st.text(min_size=1, max_size=recent.LONGEST_SKU).filter(str.isprintable)


def request_with(cookie: str) -> HttpRequest:
    request = RequestFactory().get("/")
    request.COOKIES[recent.COOKIE] = cookie
    return request


def remembered(sku: str, earlier: list[str]) -> str:
    response = HttpResponse()
    recent.remember(response, sku=sku, earlier=earlier)
    return SimpleCookie(response.cookies.output(header=""))[recent.COOKIE].value


def after(*seen: str) -> list[str]:
    """What the cookie holds after a visit to each product."""
    cookie = ""
    for sku in seen:
        cookie = remembered(sku, recent.recent_skus(request_with(cookie)))
    return recent.recent_skus(request_with(cookie))


def test_the_latest_comes_first_and_only_once() -> None:
    assert after("a", "b", "c", "a") == ["a", "c", "b"]


def test_only_so_many_are_kept() -> None:
    many = [str(number) for number in range(50)]
    assert after(*many) == many[: -recent.MOST - 1 : -1]


@given(st.lists(skus, min_size=1, max_size=5, unique=True))
def test_any_sku_comes_back_as_it_was(seen: list[str]) -> None:
    kept = after(*seen)
    assert kept == list(reversed(seen))[: len(kept)]
    assert kept


def test_the_cookie_stays_within_what_browsers_keep() -> None:
    long = [f"{letter * 198}{number}" for number, letter in enumerate("日本語😀éßøÅЖעب字")]
    kept = after(*long)
    assert kept == list(reversed(long))[: len(kept)]
    assert 1 <= len(kept) < recent.MOST
    assert len(remembered("x", long)) <= recent.LONGEST_COOKIE


def test_the_cookie_is_not_for_scripts() -> None:
    response = HttpResponse()
    recent.remember(response, sku="x", earlier=[])
    cookie = response.cookies[recent.COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


@given(st.text(max_size=400) | st.sampled_from(nasty.TEXTS))
def test_any_cookie_at_all_is_read(value: str) -> None:
    found = recent.recent_skus(request_with(value))
    assert len(found) <= recent.MOST
    assert all(0 < len(sku) <= recent.LONGEST_SKU and sku.isprintable() for sku in found)
