"""The home page: main categories, shelves, and what a visitor looked at."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from catalog import operations, queries
from catalog.models import Category, Picture, Product
from catalog.recent import recent_skus
from catalog.results import Card
from catalog.templating import product_url
from redismart.redis import recorder
from tests import catalogues
from tests.catalogues import product
from tests.markup import elements

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
    assert 'href="/categories/"' in menu
    assert "All 70 categories" in menu


def test_categories_without_a_position_come_by_their_size(visitor: Client) -> None:
    sizes = {"Apples": 1, "Cables": 5, "Phones": 3}
    catalogues.fill(
        [
            product(f"{main} {number}", categories=(main, f"Sub {number % 2}"))
            for main, size in sizes.items()
            for number in range(size)
        ]
    )
    operations.save_categories(categories=[Category(slug="first", path=("First",), position=1)])
    assert [category.name for category in queries.home_page().mains] == ["First", "Apples", "Cables", "Phones"]
    operations.prepare_browsing()
    assert [category.name for category in queries.home_page().mains] == ["First", "Cables", "Phones", "Apples"]
    assert [sub.name for sub in queries.categories().children["cables"]] == ["Sub 0", "Sub 1"]
    assert not operations.order_categories()
    operations.save_products(products=[product(f"more {n}", categories=("Phones", "Sub 1")) for n in range(4)])
    assert operations.order_categories()
    assert [sub.name for sub in queries.categories().children["phones"]] == ["Sub 1", "Sub 0"]
    menu, _, _ = visitor.get("/").content.decode().partition("<main")
    assert menu.index("Phones") < menu.index("Cables")


def test_the_page_of_all_categories_leads_on_where_there_are_very_many(visitor: Client) -> None:
    assert visitor.get("/categories/").status_code == 200
    operations.save_categories(categories=[Category.at(("Main",))])
    operations.save_categories(categories=[Category.at(("Main", f"Sub {number}")) for number in range(75)])
    page = visitor.get("/categories/")
    assert len(elements(page, "data-category")) == 1 + 60
    assert "15 more in Main" in page.content.decode()


def pictured(sku: str, **facts: Any) -> Product:
    return product(sku, pictures=(Picture(name="ab" * 16, width=900, height=900),), **facts)


def test_it_opens_with_products_that_have_a_picture_wherever_they_stand(visitor: Client) -> None:
    bare = [product(f"bare {number}", popularity=99.0, rating=5.0) for number in range(60)]
    catalogues.fill([*bare, *(pictured(f"shown {number}", rating=number / 4) for number in range(8))])
    assert skus(queries.home_page().pictured) == [f"shown {number}" for number in (7, 6, 5, 4, 3, 2)]
    assert 'href="/product/shown%207/"' in hero(visitor)


def test_main_categories_fill_the_places_of_missing_pictures(visitor: Client) -> None:
    operations.save_categories(categories=[Category.at((f"Main {number}",)) for number in range(5)])
    catalogues.fill([pictured("shown")])
    tiles = hero(visitor).partition("hero-pictures")[2]
    assert (tiles.count('class="tile"'), tiles.count("/category/"), "hero--plain" in hero(visitor)) == (6, 5, False)


def test_it_opens_without_pictures_rather_than_with_gaps(visitor: Client) -> None:
    catalogues.fill([pictured("shown")])
    assert "hero-pictures" not in hero(visitor)
    assert "hero--plain" in hero(visitor)


def hero(visitor: Client) -> str:
    return visitor.get("/").content.decode().partition("<main")[2].partition("</section>")[0]
