"""What search engines are told of a product."""

from decimal import Decimal
from typing import Any

from catalog.models import Product
from catalog.queries import ProductPage
from catalog.structured import structured_data

ADDRESS = "https://shop.example/product/A1/"


def told(**facts: Any) -> dict[str, Any]:
    product = Product(**{"sku": "A1", "name": "Lamp", "currency": "EUR"} | facts)
    page = ProductPage(product, (), (), 0, dict.fromkeys(range(5, 0, -1), 0), (), ())
    return structured_data(page, address=ADDRESS)


def test_what_the_shop_does_not_know_is_left_out() -> None:
    assert told() == {"@context": "https://schema.org", "@type": "Product", "name": "Lamp", "sku": "A1", "url": ADDRESS}


def test_a_price_is_an_exact_offer() -> None:
    assert told(price=Decimal("19.90"))["offers"] == {
        "@type": "Offer",
        "price": "19.90",
        "priceCurrency": "EUR",
        "url": ADDRESS,
    }


def test_a_rating_is_told_only_with_its_count() -> None:
    assert "aggregateRating" not in told(rating=4.5)
    assert told(rating=4.5, rating_count=3)["aggregateRating"]["ratingCount"] == 3
