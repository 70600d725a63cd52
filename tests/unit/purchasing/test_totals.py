"""Sums are exact, whatever the prices, the rates and the currency."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchasing.models import Address, Item, Totals
from purchasing.payments import stripe
from purchasing.taxes import Rules
from purchasing.totals import totals_of

US = Rules(rates={"US-CA": Decimal("7.25"), "DE": Decimal(19)})
DE = replace(US, currency="EUR", included=True)
prices = st.decimals(0, 10_000, allow_nan=False, places=3)
rates = st.decimals(0, 100, places=2)


@pytest.fixture(autouse=True)
def _rules_as_before() -> Iterator[None]:
    before = Rules.current()
    yield
    Rules.configure(before)


def item(price: str | Decimal, quantity: int = 1, currency: str = "USD") -> Item:
    return Item(sku=f"sku-{price}", name="Thing", quantity=quantity, price=Decimal(price), currency=currency)


def at(state: str, country: str = "US") -> Address:
    return Address(name="Ada", street="1 High Street", city="Springfield", state=state, country=country)


def total(rules: Rules, *items: Item, delivery: str = "0", address: Address | None = None, country: str = "") -> Totals:
    Rules.configure(rules)
    return totals_of(items=items, delivery=Decimal(delivery), address=address, country=country)


def test_tax_comes_on_top() -> None:
    found = total(US, item("19.99", 3), delivery="4.90", address=at("CA"))
    assert (found.goods, found.delivery) == (Decimal("59.97"), Decimal("4.90"))
    assert (found.tax, found.total) == (Decimal("4.70"), Decimal("69.57"))
    assert not found.tax_included


def test_tax_is_part_of_the_prices() -> None:
    found = total(DE, item("119", currency="EUR"), address=at("", "DE"))
    assert (found.goods, found.tax, found.total) == (Decimal(119), Decimal(19), Decimal(119))
    assert found.tax_included


def test_delivery_is_taxed_only_where_it_is() -> None:
    rules = replace(US, on_delivery=False)
    assert total(rules, item("100"), delivery="100", address=at("CA")).tax == Decimal("7.25")
    assert total(US, item("100"), delivery="100", address=at("CA")).tax == Decimal("14.50")


@pytest.mark.parametrize(("digits", "tax", "whole"), [(0, "7", "107"), (2, "7.25", "107.25"), (3, "7.250", "107.250")])
def test_every_currency_has_its_digits(digits: int, tax: str, whole: str) -> None:
    found = total(replace(US, digits=digits), item("100"), address=at("CA"))
    assert (str(found.tax), str(found.total)) == (tax, whole)


@pytest.mark.parametrize("included", [True, False])
def test_what_cannot_be_charged_is_let_off(included: bool) -> None:
    rules = Rules(currency="KWD", digits=3, rates={"KW": Decimal(5)}, included=included, coin=Decimal("0.01"))
    found = total(rules, item("1.117", 3, currency="KWD"), delivery="0.5", country="KW")
    whole = found.goods + found.delivery + (0 if included else found.tax)
    assert (found.goods, found.total) == (Decimal("3.351"), Decimal("3.85") if included else Decimal("4.04"))
    assert found.total + found.rounding == whole
    assert stripe.minor_units(found.total, "KWD") % 10 == 0


def test_what_is_paid_back_later_is_written_down() -> None:
    assert total(replace(US, on_delivery=False), item("1"), country="US").delivery_taxed is False
    assert total(US, item("1"), country="US").delivery_taxed is True
    assert total(replace(US, coin=Decimal("0.01")), item("1"), country="US").coin == Decimal("0.01")


def test_halves_are_rounded_up_as_people_do() -> None:
    rules = replace(US, rates={"US": Decimal("2.5")})
    assert total(rules, item("1.00"), country="US").tax == Decimal("0.03")


def test_a_unit_costs_what_is_shown() -> None:
    assert total(US, item("0.335", 3), country="US").goods == Decimal("1.02")


def test_the_address_decides_before_the_country() -> None:
    assert total(US, item("100"), address=at("CA"), country="DE").tax == Decimal("7.25")
    assert total(US, item("100"), country="DE").tax == 19
    assert total(US, item("100"), country="FR").tax == 0


def test_foreign_items_are_not_summed() -> None:
    with pytest.raises(ValueError, match="charges in USD, and there are items in EUR"):
        total(US, item("1"), item("1", currency="EUR"))


@given(
    st.lists(st.tuples(prices, st.integers(1, 99)), max_size=8),
    prices,
    rates,
    st.integers(0, 3),
    st.booleans(),
)
def test_the_parts_make_the_whole(
    lines: list[tuple[Decimal, int]], delivery: Decimal, rate: Decimal, digits: int, included: bool
) -> None:
    rules = Rules(digits=digits, rates={"US": rate}, included=included)
    found = total(rules, *(item(*line) for line in lines), delivery=str(delivery), country="US")
    assert found.total == found.goods + found.delivery + (0 if included else found.tax)
    net = found.total - found.tax
    assert abs(net * (100 + rate) / 100 - found.total) <= Decimal(1).scaleb(-digits)
    amounts = (found.goods, found.delivery, found.tax, found.total)
    assert all(amount == amount.quantize(Decimal(1).scaleb(-digits)) for amount in amounts)


@given(st.lists(st.tuples(prices, st.integers(1, 99)), min_size=1, max_size=8), rates)
def test_the_order_of_the_lines_does_not_matter(lines: list[tuple[Decimal, int]], rate: Decimal) -> None:
    items = [item(*line) for line in lines]
    rules = Rules(rates={"US": rate})
    assert total(rules, *items, country="US") == total(rules, *reversed(items), country="US")


@pytest.mark.parametrize("state", ["CA", "ca", " California ", "CALIFORNIA"])
def test_a_state_is_known_by_its_code_and_name(state: str) -> None:
    assert US.rate(country="US", state=state) == Decimal("7.25")


def test_a_state_of_another_country_is_another_state() -> None:
    assert US.rate(country="CO", state="CA") == 0
    assert US.rate(country="US", state="Calif") == 0
