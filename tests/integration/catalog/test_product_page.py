"""The product page: the product, its reviews and its neighbours, however odd its number."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from catalog import operations, queries
from catalog.models import Review
from catalog.templating import product_url
from tests import catalogues, markup
from tests.catalogues import product

pytestmark = pytest.mark.usefixtures("empty_catalogue")

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ODD_SKUS = (
    "a/b",
    "a?b=c",
    "#1",
    "100%",
    "%2F",
    "a b",
    "ü",
    "😀",
    "a\\|b",
    "..a",
    "a&b",
    "{x}",
    "日本",
    "a" * 200,
    '"',
    "'",
)


def review(number: int, *, sku: str = "lamp", stars: int = 5) -> Review:
    created = NOON + timedelta(minutes=number)
    return Review(review_id=f"{sku}-{number}", sku=sku, stars=stars, text=f"Said {number}", created=created)


def test_a_product_is_shown_with_exact_money() -> None:
    catalogues.fill([product("lamp", name="Lamp", price="19.90", list_price="24.90")])
    page = queries.product_page(sku="lamp")
    assert page is not None
    assert page.product.price == Decimal("19.90")
    assert str(page.product.price) == "19.90"


@pytest.mark.parametrize("sku", ODD_SKUS)
def test_odd_numbers_have_pages_reviews_and_none_of_another(visitor: Client, sku: str) -> None:
    catalogues.fill([product(sku, name="Odd one"), product("other", name="Other")])
    operations.save_reviews(reviews=[review(1, sku=sku, stars=4), review(2, sku="other", stars=1)])
    page = queries.product_page(sku=sku)
    assert page is not None
    assert (page.review_total, page.stars[4], page.stars[1]) == (1, 1, 0)
    response = visitor.get(product_url(sku))
    assert response.status_code == 200
    assert markup.skus(response)[0] == sku


def test_the_latest_reviews_come_first_and_stars_are_counted() -> None:
    catalogues.fill([product("lamp")])
    operations.save_reviews(reviews=[review(number, stars=1 + number % 5) for number in range(25)])
    page = queries.product_page(sku="lamp")
    assert page is not None
    assert [said.text for said in page.reviews[:2]] == ["Said 24", "Said 23"]
    assert len(page.reviews) == queries.REVIEWS_SHOWN
    assert (page.review_total, page.stars) == (25, {5: 5, 4: 5, 3: 5, 2: 5, 1: 5})


def test_best_sellers_of_the_same_shelf_are_its_neighbours() -> None:
    shelf = ("Audio", "Headphones")
    catalogues.fill(
        [
            product("this", categories=shelf),
            *(product(f"near {number}", categories=shelf, popularity=float(number)) for number in range(20)),
            product("far", categories=("Audio", "Speakers"), popularity=1e6),
        ]
    )
    page = queries.product_page(sku="this")
    assert page is not None
    assert [card.sku for card in page.related] == [f"near {number}" for number in range(19, 19 - queries.SHELF, -1)]
    assert [category.slug for category in page.breadcrumbs] == ["audio", "audio/headphones"]


def test_a_product_without_anything_has_a_page(visitor: Client) -> None:
    catalogues.fill([product("bare", name="Bare"), product("other bare")])
    response = visitor.get("/product/bare/")
    assert response.status_code == 200
    assert markup.skus(response) == ["bare", "other bare"]


def test_a_part_number_leads_to_its_product(visitor: Client) -> None:
    catalogues.fill([product("lamp?", mpn="X/1"), product("b", mpn="twice"), product("c", mpn="twice")])
    assert visitor.get("/product/X/1/").headers["Location"] == product_url("lamp?")
    assert visitor.get("/product/x%2F1/").headers["Location"] == product_url("lamp?")
    assert visitor.get("/product/twice/").headers["Location"] == "/search/?q=twice"


def test_a_sku_in_another_case_leads_to_its_product_for_good(visitor: Client) -> None:
    catalogues.fill([product("RM-Gro/21", mpn="x-1"), product("b", mpn="rm-gro/21"), product("two"), product("TWO")])
    response = visitor.get("/product/rm-gro%2F21/")
    assert (response.status_code, response.headers["Location"]) == (301, product_url("RM-Gro/21"))
    assert visitor.get("/product/X-1/").status_code == 302
    assert visitor.get("/product/two/").status_code == 200
    assert visitor.get("/product/Two/").headers["Location"] == "/search/?q=Two"


@pytest.mark.parametrize("sku", ["nothing", "*", "$p0", "lam*", "a\x00b", "x" * 4_000, "\\", "|"])
def test_a_number_that_nobody_knows_is_not_found(visitor: Client, sku: str) -> None:
    catalogues.fill([product("lamp", mpn="part")])
    assert visitor.get(product_url(sku)).status_code == 404


def test_a_product_is_gone_with_its_deletion(visitor: Client) -> None:
    catalogues.fill([product("lamp")])
    operations.delete_products(skus=["lamp"])
    assert visitor.get("/product/lamp/").status_code == 404


def test_markup_in_a_product_is_shown_as_text(visitor: Client) -> None:
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
    catalogues.fill([product("x", name=evil, brand=evil[:200], description=evil, categories=(evil,), mpn=evil[:60])])
    operations.save_reviews(reviews=[Review(review_id="r", sku="x", stars=1, author=evil[:90], title=evil, text=evil)])
    for address in ("/product/x/", "/", "/search/?q=alert", "/search/?q=%3Cscript%3Ealert(1)"):
        shown = visitor.get(address).content.decode()
        assert "<script>alert" not in shown, address
        assert "<img src=x" not in shown, address
