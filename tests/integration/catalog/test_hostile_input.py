"""Whatever a visitor sends, no page answers with a server error."""

from collections.abc import Iterator
from functools import partial
from urllib.parse import quote, urlencode

import pytest
from django.conf import settings as shop
from django.test import Client, override_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog import operations
from catalog.models import Product
from catalog.results import Sort
from redismart.web import debug_view
from tests import markup, nasty

pytestmark = pytest.mark.usefixtures("shop_with_completions", "_static_files")

PARAMETERS = (
    "q",
    "category",
    "sub",
    "brand",
    "price",
    "rating",
    "stock",
    "price_min",
    "price_max",
    "sort",
    "page",
    "all",
    "recount",
)
RESULT_PAGES = ("/search/", "/category/audio/", "/category/audio/headphones/")
HEADERS = (
    "X-Request-ID",
    "Accept-Language",
    "Accept",
    "User-Agent",
    "Referer",
    "HX-Request",
    "HX-Target",
    "HX-Trigger",
    "HX-Current-URL",
    "HX-Boosted",
    "If-Modified-Since",
    "X-Forwarded-Proto",
    "X-Forwarded-For",
    "Content-Type",
)
fuzz = partial(settings, deadline=None)


@pytest.fixture(scope="module")
def shop_with_completions(generated_catalogue: list[Product]) -> None:
    operations.rebuild_suggestions()


def visit(address: str, *, method: str = "GET", **environment: str) -> int:
    """The status of a page, which is no server's error."""
    response = Client(raise_request_exception=False).generic(method, address, **environment)  # type: ignore[arg-type]
    assert response.status_code < 500, (method, address[:300], environment)
    return response.status_code


def environment_name(header: str) -> str:
    name = header.upper().replace("-", "_")
    return name if name in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{name}"


def as_header(text: str) -> str:
    """What a WSGI server would make of the bytes: each a character, none that ends a header."""
    return text.encode(errors="replace").decode("latin-1").translate({0: None, 10: None, 13: None})


@pytest.mark.parametrize("parameter", ["q", "price", "brand"])
def test_every_parameter_takes_every_nasty_text(parameter: str) -> None:
    for text in nasty.TEXTS:
        assert visit(f"/search/?{urlencode({parameter: text})}") == 200


def test_all_parameters_together_take_every_nasty_text() -> None:
    for text in nasty.TEXTS:
        assert visit(f"/search/?{urlencode([(parameter, text) for parameter in PARAMETERS])}") == 200


def test_nasty_texts_are_searched_in_categories_and_completed() -> None:
    for text in nasty.TEXTS:
        assert visit(f"/category/audio/?{urlencode({'q': text})}") == 200
        assert visit(f"/suggest/?{urlencode({'q': text})}") == 200


def test_nasty_texts_are_no_products_and_no_categories() -> None:
    for text in nasty.TEXTS:
        for place in ("/product/", "/category/"):
            assert visit(f"{place}{quote(text, safe='')}/") in {200, 301, 302, 404}, text[:50]


@pytest.mark.parametrize("encoded", nasty.ENCODED)
@pytest.mark.parametrize(
    "address",
    [
        "/search/?q={0}",
        "/search/?brand={0}&price={0}&page={0}&sort={0}&{0}={0}",
        "/category/audio/?q={0}",
        "/category/{0}/",
        "/product/{0}/",
        "/suggest/?q={0}",
        "/{0}",
    ],
)
def test_bytes_that_are_no_utf8_are_harmless(address: str, encoded: str) -> None:
    assert visit(address.format(encoded)) in {200, 301, 302, 404}


@pytest.mark.parametrize("value", nasty.NUMBERS)
def test_a_page_number_that_is_none_shows_the_first(value: str) -> None:
    response = Client().get("/search/", {"page": value})
    assert response.status_code == 200
    plain = value.isascii() and value.isdigit() and len(value) < 19
    assert (markup.skus(response) == markup.skus(Client().get("/search/"))) is (not plain or int(value) <= 1)


def test_unknown_facets_and_values_change_nothing() -> None:
    all_products = markup.total(Client().get("/search/"))
    for query in (
        "colour=red",
        "rating=5",
        "rating=-1",
        "rating=nan",
        "stock=@us-1",
        "stock=|",
        "price=cheap",
        "price=nan-nan",
        "sort=random",
        "q=",
        "brand=",
    ):
        assert markup.total(Client().get(f"/search/?{query}")) == all_products, query


def test_values_that_are_not_in_the_shop_find_nothing() -> None:
    for query in ("brand=nobody", "category=nowhere", "sub=nowhere/else", "price=999999-1000000"):
        assert markup.total(Client().get(f"/search/?{query}")) == 0, query


def test_duplicated_parameters_count_once() -> None:
    once = Client().get("/search/?brand=acme&rating=4")
    often = Client().get("/search/?" + "brand=acme&rating=4&" * 400)
    assert markup.total(often) == markup.total(once)
    assert markup.facet_counts(often) == markup.facet_counts(once)


@pytest.mark.parametrize("address", [*RESULT_PAGES, "/suggest/"])
def test_too_many_parameters_are_refused(address: str) -> None:
    assert visit(f"{address}?" + "&".join(f"brand=b{number}" for number in range(5_000))) == 400
    assert visit(f"{address}?" + "&" * 5_000) in {200, 400}


def test_many_different_values_of_every_facet_are_survived() -> None:
    pairs = [(name, f"{number}-{number + 1}") for name in PARAMETERS for number in range(70)]
    assert visit(f"/search/?{urlencode(pairs)}") == 200


def test_all_headers_together_take_every_nasty_text() -> None:
    for text in nasty.TEXTS:
        headers = {environment_name(header): as_header(text) for header in HEADERS}
        visit("/search/?q=lamp&page=2", **headers)
        visit("/suggest/?q=lamp", **headers)


@pytest.mark.parametrize("header", [*HEADERS, "Content-Length"])
def test_every_header_takes_nonsense(header: str) -> None:
    for text in ("x", "", "\xff", "http://[", "a" * 10_000):
        assert visit("/search/?q=lamp", **{environment_name(header): text}) in {200, 400}


@pytest.mark.parametrize(
    "language",
    [
        "*",
        "xx-XX",
        "zh-Hant-TW;q=0.9,ar-EG",
        "de_DE.UTF-8@euro",
        "-",
        "a" * 5_000,
        ",;=,;q",
        "tlh",
        "en-u-nu-arab",
        "ar",
        "fa",
        "hi",
        "ja",
    ],
)
def test_every_language_gets_its_pages(language: str) -> None:
    for address in ("/", "/search/?price=10-25", "/product/generated-1/"):
        assert visit(address, HTTP_ACCEPT_LANGUAGE=language) == 200


def test_every_cookie_is_taken() -> None:
    for text in nasty.TEXTS:
        for value in (as_header(text), "|".join([quote(text[:50], safe="")] * 30)):
            assert visit("/product/generated-1/", HTTP_COOKIE=f"recently_viewed={value}; theme={value}; {value}") == 200
    assert visit("/", HTTP_COOKIE=f"recently_viewed={'x|' * 5_000}") == 200


@pytest.mark.parametrize(
    "address", ["/", "/search/?q=lamp", "/category/audio/", "/product/generated-1/", "/suggest/?q=l"]
)
def test_pages_are_only_read(address: str) -> None:
    assert visit(address, method="HEAD") == 200
    assert not Client().head(address).content
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE", "\u00e9"):
        assert visit(address, method=method) == 405, method


@pytest.mark.parametrize("sort", list(Sort))
def test_every_order_works_with_everything_else(sort: Sort) -> None:
    for text in ("", "lamp", "qqqqq", "lamp qqqqq"):
        assert (
            visit(f"/search/?{urlencode({'q': text, 'sort': sort, 'page': 3, 'price': '-100', 'rating': '4'})}") == 200
        )


@pytest.fixture
def _debug_view() -> Iterator[None]:
    with override_settings(DEBUG_VIEW=True):
        yield


@pytest.mark.usefixtures("_debug_view")
def test_the_debug_view_shows_nasty_commands() -> None:
    for text in nasty.TEXTS:
        response = Client(raise_request_exception=False).get("/search/", {"q": text, "brand": text})
        assert response.status_code == 200, text[:50]
        assert "<script>alert" not in response.content.decode()


@pytest.mark.usefixtures("_debug_view")
def test_only_commands_that_the_shop_has_run_are_explained() -> None:
    for text in nasty.TEXTS:
        assert visit(f"/debug/explain/?{urlencode({'command': text})}") == 400
    token = debug_view.sign(app="catalog", command=("FT.SEARCH", "catalog:products", "lamp", "DIALECT", "2"))
    assert visit(f"/debug/explain/?{urlencode({'command': token})}") == 200
    with override_settings(SECRET_KEY=shop.SECRET_KEY + "x"):
        forged = debug_view.sign(app="catalog", command=("FT.SEARCH", "catalog:products", "*"))
    assert visit(f"/debug/explain/?{urlencode({'command': forged})}") == 400


words = (
    st.text(max_size=40)
    | st.sampled_from(nasty.TEXTS)
    | st.from_regex(r"[@(){}\[\]|*%$~\-\\\"' a-z0-9=>:]{0,30}", fullmatch=True)
)
names = st.sampled_from(PARAMETERS) | st.text(max_size=8)
pairs = st.lists(st.tuples(names, words), max_size=12)


@fuzz(max_examples=120)
@given(address=st.sampled_from([*RESULT_PAGES, "/suggest/"]), parameters=pairs)
def test_any_parameters_at_all_are_answered(address: str, parameters: list[tuple[str, str]]) -> None:
    query = urlencode(
        [(name.encode("utf-8", "replace"), value.encode("utf-8", "replace")) for name, value in parameters]
    )
    assert visit(f"{address}?{query}") == 200


@fuzz(max_examples=60)
@given(query=st.binary(max_size=120))
def test_any_query_string_at_all_is_answered(query: bytes) -> None:
    assert visit(f"/search/?{quote(query, safe='&=+;')}") == 200


@fuzz(max_examples=80)
@given(place=st.sampled_from(["/product/", "/category/", "/"]), path=st.binary(max_size=80))
def test_any_path_at_all_is_answered(place: str, path: bytes) -> None:
    assert visit(f"{place}{quote(path, safe='/')}/") in {200, 301, 302, 404}


@fuzz(max_examples=60)
@given(header=st.sampled_from(HEADERS), value=st.binary(max_size=80))
def test_any_header_at_all_is_answered(header: str, value: bytes) -> None:
    visit(
        "/search/?q=lamp",
        **{environment_name(header): value.decode("latin-1").translate({0: None, 10: None, 13: None})},
    )


@fuzz(max_examples=50)
@given(value=st.binary(max_size=200))
def test_any_cookie_at_all_is_answered(value: bytes) -> None:
    told = value.decode("latin-1").translate({0: None, 10: None, 13: None})
    assert visit("/", HTTP_COOKIE=f"recently_viewed={told}") == 200
    assert visit("/product/generated-2/", HTTP_COOKIE=told) == 200
