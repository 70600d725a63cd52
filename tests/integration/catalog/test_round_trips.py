"""No page asks the catalogue more than twice, and the stock more than once, whatever state shop and process are in."""

import pytest
from django.test import Client

from catalog import counting, operations, queries, tree
from catalog.facets import Facet
from catalog.models import Category, Product
from redismart.redis import recorder
from tests import catalogues

MOST = 2
MOST_FOR_STOCK = 1
PAGES = (
    "/",
    "/search/",
    "/search/?q=lamp",
    "/search/?q=lmap",
    "/search/?q=lamp&page=999999",
    "/search/?q=lamp+qqqqqq&page=999999",
    "/search/?q=red+lamp+qqqqqq",
    "/search/?q=%21%21%21",
    "/search/?q=qqqqqqqqqqqq",
    "/search/?q=lamp&brand=nothing",
    "/search/?q=lamp&category=audio&sub=audio/headphones&brand=acme&price=0-10&rating=4",
    "/search/?category=audio&brand=acme&price=0-10&price=20-30&rating=4&sort=price&page=2",
    "/categories/",
    "/category/audio/",
    "/category/audio/headphones/?q=lamp&rating=4",
    "/category/audio/?q=qqqqqq&page=7",
    "/category/there-is-none/",
    "/product/generated-1/",
    "/suggest/?q=lamp",
    "/suggest/?q=rde+lmap",
)


@pytest.fixture(params=["known", "unknown", "changed"])
def tree_state(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What this process knows of the category tree: all, nothing, or an earlier version."""
    monkeypatch.setattr(tree, "cache", tree.TreeCache())
    if request.param == "known":
        queries.categories()
    if request.param == "changed":
        tree.cache._renew(tree.Tree.of([Category.at(("Gone",))], version="earlier"))


def trips(visitor: Client, address: str, **headers: str) -> int:
    with recorder.recording() as recorded:
        response = visitor.get(address, **headers)  # type: ignore[arg-type]
    assert response.status_code < 500
    asked = [trip.node.partition(" ")[0] for trip in recorded.trips]
    assert asked.count("inventory") <= MOST_FOR_STOCK
    return asked.count("catalog")


@pytest.mark.usefixtures("tree_state")
@pytest.mark.parametrize("address", PAGES)
def test_a_page_makes_at_most_two_round_trips(
    generated_catalogue: list[Product], visitor: Client, address: str
) -> None:
    assert 1 <= trips(visitor, address) <= MOST


@pytest.mark.parametrize("address", ["/search/", "/search/?q=lamp", "/category/audio/", "/categories/"])
def test_so_does_a_page_of_a_wide_query(
    generated_catalogue: list[Product], visitor: Client, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "EXACT_BUDGET", 50)
    assert 1 <= trips(visitor, address) <= MOST


def test_so_does_a_page_of_which_only_a_part_is_asked_for(generated_catalogue: list[Product], visitor: Client) -> None:
    assert trips(visitor, "/search/?q=lamp", HTTP_HX_REQUEST="true", HTTP_HX_TARGET="results") <= MOST


def test_so_does_a_visitor_who_has_looked_at_much(generated_catalogue: list[Product]) -> None:
    visitor = Client()
    for number in range(1, 6):
        visitor.get(f"/product/generated-{number}/")
    assert trips(visitor, "/") <= MOST
    assert trips(visitor, "/product/generated-9/") <= MOST


@pytest.mark.parametrize("address", ["/", "/search/", "/category/audio/", "/product/generated-1/"])
def test_a_page_of_products_asks_for_all_their_stock_at_once(
    generated_catalogue: list[Product], visitor: Client, address: str
) -> None:
    with recorder.recording() as recorded:
        visitor.get(address)
    assert [trip.node.startswith("inventory ") for trip in recorded.trips].count(True) == 1


def test_a_new_category_has_a_page_at_once(empty_catalogue: None, visitor: Client) -> None:
    catalogues.fill([catalogues.product("lamp", name="Lamp", categories=("Lights",))])
    assert visitor.get("/category/lights/").status_code == 200
    operations.save_categories(categories=[Category.at(("Rugs",))])
    assert trips(visitor, "/category/rugs/") == MOST
    assert "Rugs" in visitor.get("/").content.decode()
    assert Facet.CATEGORY.value in visitor.get("/search/").content.decode()
