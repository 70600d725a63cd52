"""Badges say how much there is, and nothing about what is not known."""

import pytest

from inventory.results import Levels
from inventory.templating import badge, seen, stock_item_url


@pytest.mark.parametrize(
    ("available", "text"),
    [
        ({"us": 6}, "In stock"),
        ({"us": 3, "eu": 3}, "In stock"),
        ({"us": 3, "eu": 2}, "Only 5 left"),
        ({"us": 1, "eu": -4}, "Only 1 left"),
        ({"us": 0, "eu": 0}, "Out of stock"),
    ],
)
def test_a_badge_counts_what_any_region_may_sell(available: dict[str, int], text: str) -> None:
    assert badge(Levels("lamp", 9, available)).text == text


def test_what_never_had_stock_is_not_tracked() -> None:
    assert not Levels("lamp").tracked
    assert Levels("lamp", 0, {"us": 0}).tracked


@pytest.mark.parametrize(
    ("age", "text"),
    [(0, "seen 0.0 s ago"), (400, "seen 0.4 s ago"), (120_000, "seen 2 min ago"), (None, "not heard of yet")],
)
def test_an_age_is_said_for_people(age: int | None, text: str) -> None:
    assert seen(age) == text


def test_any_sku_has_an_address() -> None:
    assert stock_item_url("A/B ?#") == "/inventory/A%2FB%20%3F%23/"
