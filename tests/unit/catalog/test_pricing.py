"""Prices of several currencies compare; none is ever changed."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from catalog.facets import NO_PRICE, PriceBands
from catalog.pricing import Pricing
from tests.catalogues import product

EUROS = Pricing("EUR", PriceBands.of(digits=2), {"GBP": Decimal("1.17"), "JPY": Decimal("0.0061")})


@pytest.fixture
def _euros() -> Iterator[None]:
    before = Pricing.current()
    Pricing.configure(EUROS)
    yield
    Pricing.configure(before)


def test_prices_in_the_currency_of_the_shop_stay_exact() -> None:
    assert EUROS.comparable(Decimal("19.995"), "EUR") == Decimal("19.995")


def test_other_currencies_are_converted_to_cents() -> None:
    assert EUROS.comparable(Decimal("10.01"), "GBP") == Decimal("11.71")
    assert EUROS.comparable(Decimal(9_800), "JPY") == Decimal("59.78")


def test_a_currency_without_a_rate_compares_with_nothing() -> None:
    assert EUROS.comparable(Decimal(5), "USD") is None
    assert EUROS.comparable(None, "EUR") is None


@pytest.mark.usefixtures("_euros")
def test_a_product_keeps_its_own_price_and_is_found_by_the_comparable_one() -> None:
    shown = product("x", price="9.00", currency="GBP").projection()
    assert (shown["card"]["price"], shown["card"]["currency"]) == ("9.00", "GBP")
    assert (shown["x"]["cost"], shown["x"]["price"]) == (10.53, "10-25")


@pytest.mark.usefixtures("_euros")
def test_a_price_that_compares_with_nothing_is_in_no_range() -> None:
    shown = product("x", price="9.00", currency="USD").projection()
    assert shown["x"]["price"] == NO_PRICE
    assert "cost" not in shown["x"]
