"""What buyers say moves a product's rating; what they buy moves its popularity."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import ValidationError

from catalog import keyspace, reviews, sales
from catalog.models import Product, Rated, Review
from catalog.operations import save_products
from redismart.redis import fading, replies

pytestmark = pytest.mark.usefixtures("search_indexes")

DAY = 86_400
TODAY = float(fading.EPOCH + 300 * DAY)


def lamp(sku: str = "lamp", **facts: object) -> Product:
    return Product(**{"sku": sku, "name": f"A {sku}", "price": "10.00", "currency": "USD"} | facts)


def say(stars: int, *, by: str = "user-1", sku: str = "lamp") -> Review:
    return reviews.write(sku=sku, author_id=by, author="Ada", stars=stars, title="", text="As it is.")


def stored(sku: str = "lamp") -> Product:
    found = Product.find_many([sku])[0]
    assert found is not None
    return found


def by_popularity() -> list[str]:
    command = ("FT.SEARCH", keyspace.PRODUCT_INDEX, "*", "SORTBY", "popularity", "DESC", "RETURN", "1", "$.sku")
    return [row["$.sku"] for row in replies.hits(Product.db().execute_command(*command)).rows]


def test_a_review_moves_the_rating_by_its_share() -> None:
    save_products(products=[lamp(rating=4.0, rating_count=3)])
    say(2)
    assert (stored().rating, stored().rating_count) == (3.5, 4)
    assert stored().loaded == Rated(rating=4.0, count=3)


def test_the_first_review_of_an_unrated_product_is_its_rating() -> None:
    save_products(products=[lamp()])
    say(5)
    assert (stored().rating, stored().rating_count) == (5.0, 1)


def test_who_reviews_again_counts_once() -> None:
    save_products(products=[lamp(rating=4.0, rating_count=1)])
    say(1)
    say(2)
    say(4)
    assert (stored().rating, stored().rating_count) == (4.0, 2)


def test_many_who_review_at_once_all_count() -> None:
    save_products(products=[lamp()])
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: say(1 + number % 5, by=f"user-{number}"), range(10)))
    assert (stored().rating, stored().rating_count) == (3.0, 10)


def test_a_review_that_cannot_be_changes_nothing() -> None:
    save_products(products=[lamp(rating=4.0, rating_count=3)])
    with pytest.raises(ValidationError):
        say(6)
    with pytest.raises(reviews.UnknownProductError, match="no product 'sofa'"):
        say(5, sku="sofa")
    assert (stored().rating, stored().rating_count) == (4.0, 3)


def test_what_sells_comes_first_and_is_forgotten_again() -> None:
    save_products(products=[lamp("lamp", popularity=3.0), lamp("desk", popularity=5.0)])
    assert by_popularity() == ["desk", "lamp"]
    sales.record(units={"lamp": 4}, now=TODAY)
    assert sales.follow(now=TODAY) == 1
    assert by_popularity() == ["lamp", "desk"]
    assert sales.follow(now=TODAY) == 0
    assert sales.follow(now=TODAY + 60 * DAY) == 1
    assert by_popularity() == ["desk", "lamp"]


def test_half_of_what_was_sold_a_half_life_ago_counts() -> None:
    save_products(products=[lamp()])
    sales.record(units={"lamp": 8}, now=TODAY - 30 * DAY)
    sales.record(units={"lamp": 1}, now=TODAY)
    sales.follow(now=TODAY)
    popularity = Product.db().execute_command("JSON.GET", keyspace.product("lamp"), ".x.popularity")
    assert float(popularity) == pytest.approx(5.0)


def test_what_is_long_sold_or_gone_is_no_longer_kept() -> None:
    save_products(products=[lamp()])
    sales.record(units={"lamp": 1, "gone": 3}, now=TODAY)
    sales.follow(now=TODAY)
    assert Product.db().hkeys(keyspace.SALES) == ["lamp"]
    sales.follow(now=TODAY + 400 * DAY)
    assert Product.db().exists(keyspace.SALES, keyspace.SALES_DUE) == 0


def test_a_review_leaves_popularity_to_follow_sales() -> None:
    save_products(products=[lamp("lamp", popularity=3.0), lamp("desk", popularity=5.0)])
    sales.record(units={"lamp": 9}, now=TODAY)
    sales.follow(now=TODAY)
    say(1)
    sales.follow(now=TODAY)
    assert by_popularity() == ["lamp", "desk"]
