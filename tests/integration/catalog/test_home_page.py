"""The home page: main categories, shelves, and what a visitor looked at."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from catalog import operations, queries
from catalog.models import Category
from catalog.recent import recent_skus
from catalog.results import Card
from catalog.templating import product_url
from redismart.redis import recorder
from tests import catalogues
from tests.catalogues import product

pytestmark = pytest.mark.usefixtures("empty_catalogue")


def skus(cards: tuple[Card, ...]) -> list[str]:
    return [card.sku for card in cards]


def test_each_shelf_has_its_own_order() -> None:
    catalogues.fill(
        [
            product("old", popularity=9.0, rating=4.0, created=datetime(2020, 1, 1, tzinfo=UTC)),
            product("new", popularity=1.0, rating=3.0, created=datetime(2026, 1, 1, tzinfo=UTC)),
            product("liked", popularity=5.0, rating=5.0, created=datetime(2023, 1, 1, tzinfo=UTC)),
        ]
    )
    page = queries.home_page()
    assert skus(page.best_sellers) == ["old", "liked", "new"]
    assert skus(page.newest) == ["new", "liked", "old"]
    assert skus(page.top_rated) == ["liked", "old", "new"]


def test_a_shelf_is_short() -> None:
    catalogues.fill([product(str(number)) for number in range(40)])
    assert len(queries.home_page().best_sellers) == queries.SHELF


def test_main_categories_come_in_their_order() -> None:
    operations.save_categories(
        categories=[
            Category(slug="toys", path=("Toys",), position=2),
            Category(slug="audio", path=("Audio",), position=1),
            Category(slug="books", path=("Books",)),
            Category(slug="art", path=("art",)),
            Category(slug="audio/speakers", path=("Audio", "Speakers"), position=0),
        ]
    )
    assert [category.name for category in queries.home_page().mains] == ["Audio", "Toys", "art", "Books"]


def test_it_remembers_what_was_looked_at_latest_first_and_forgets_what_is_gone(visitor: Client) -> None:
    catalogues.fill([product("a|b"), product("c/d ?"), product("é😀")])
    for sku in ("a|b", "c/d ?", "é😀", "a|b"):
        assert visitor.get(product_url(sku)).status_code == 200
    operations.delete_products(skus=["c/d ?"])
    request = visitor.get("/").wsgi_request
    assert skus(queries.home_page(recent=recent_skus(request)).recent) == ["a|b", "é😀"]


def test_redis_is_asked_for_no_products_of_a_visitor_who_has_looked_at_none() -> None:
    with recorder.recording() as recorded:
        assert queries.home_page().recent == ()
    commands = [command[0] for trip in recorded.trips for command in trip.commands]
    assert sorted(set(commands)) == ["FT.SEARCH", "GET"]


def test_a_shop_without_products_has_a_home_page(visitor: Client) -> None:
    response = visitor.get("/")
    assert response.status_code == 200
    assert queries.home_page().best_sellers == ()


def test_the_menu_of_very_many_categories_leads_to_all_of_them(visitor: Client) -> None:
    operations.save_categories(categories=[Category.at((f"Main {number}",)) for number in range(70)])
    menu, _, _ = visitor.get("/").content.decode().partition("<main")
    assert menu.count('href="/category/') < 100
    assert "All 70 categories" in menu
    assert visitor.get("/search/?all=category").status_code == 200
