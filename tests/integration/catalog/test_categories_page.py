"""The page that lists all categories."""

import pytest
from django.test import Client

from catalog import counting
from catalog.models import Product
from tests.markup import elements


def listed(visitor: Client) -> dict[str, int]:
    return {
        each["data-category"]: int(each["data-products"])
        for each in elements(visitor.get("/categories/"), "data-category")
    }


def test_every_category_and_sub_category_is_there_with_its_products(
    generated_catalogue: list[Product], visitor: Client
) -> None:
    expected: dict[str, int] = {}
    for product in generated_catalogue:
        for slug in product.category_slugs[:2]:
            expected[slug] = expected.get(slug, 0) + 1
    assert listed(visitor) == expected


def test_estimates_say_so(generated_catalogue: list[Product], visitor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "about" not in visitor.get("/categories/").content.decode().partition("<main")[2].partition("</main")[0]
    monkeypatch.setattr(counting, "EXACT_BUDGET", 50)
    assert "about" in visitor.get("/categories/").content.decode().partition("<main")[2].partition("</main")[0]
