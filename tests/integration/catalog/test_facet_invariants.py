"""Facet counts keep their promises, whatever the values are."""

from dataclasses import replace

import pytest

from catalog import counting
from catalog.facets import NO_BRAND, NO_CATEGORY, NO_PRICE, NO_RATING, Facet
from catalog.models import Product
from tests.facet_promises import NOTHING, Chosen, check, choosing, counts, found, group_of, request_for

SHARED_VALUES: tuple[Chosen, ...] = (
    NOTHING,
    {Facet.PRICE: ("25-50",)},
    {Facet.PRICE: ("10-25", "25-50")},
    {Facet.PRICE: ("30-70",)},
    {Facet.PRICE: ("-20", "1000-")},
    {Facet.PRICE: (NO_PRICE,)},
    {Facet.RATING: ("4", "3")},
    {Facet.RATING: (NO_RATING,), Facet.PRICE: ("-100",)},
    {Facet.BRAND: (NO_BRAND,)},
)
QUERIES = ("", "lamp", "red lamp", "lmap", "chair headphones", "nothing has these words at all zzz")
SELECTIONS: tuple[Chosen, ...] = (
    *SHARED_VALUES,
    {Facet.CATEGORY: (NO_CATEGORY,)},
    {Facet.CATEGORY: ("audio", "bücher")},
    {Facet.SUB: ("audio/headphones",), Facet.BRAND: ("acme", "ACME")},
    {Facet.BRAND: ("Smith, Jones & Sons", "A|B", "\\|"), Facet.RATING: ("4",)},
    {Facet.CATEGORY: ("audio",), Facet.PRICE: ("9.99-10", "100-"), Facet.RATING: ("4", "0", NO_RATING)},
    {Facet.BRAND: ("there is no such brand",)},
)
CASES = (
    *((query, NOTHING) for query in QUERIES),
    *((query, chosen) for chosen in SELECTIONS[1:] for query in ("", "chair headphones")),
)


@pytest.fixture(autouse=True)
def _always_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is counted otherwise when many products match is the matter of ``test_counting``."""
    monkeypatch.setattr(counting, "EXACT_BUDGET", 1_000_000)


@pytest.mark.parametrize(("query", "chosen"), CASES, ids=str)
def test_counts_of_awkward_values_add_up_and_come_true(
    generated_catalogue: list[Product], query: str, chosen: Chosen
) -> None:
    check(request_for(query, chosen))


def test_every_awkward_brand_is_offered_and_found(generated_catalogue: list[Product]) -> None:
    request = replace(request_for(""), expanded=Facet.BRAND)
    offered = counts(group_of(found(request), Facet.BRAND))
    for brand in {product.brand or NO_BRAND for product in generated_catalogue}:
        carried = sum((product.brand or NO_BRAND) == brand for product in generated_catalogue)
        assert found(choosing(request, Facet.BRAND, brand)).total == carried == offered[brand], brand


def test_a_range_typed_by_hand_finds_what_costs_that_much(generated_catalogue: list[Product]) -> None:
    within = [p for p in generated_catalogue if p.price is not None and p.currency == "USD" and 30 <= p.price < 105]
    assert found(request_for("", {Facet.PRICE: ("30-105",)})).total == len(within) > 0


def test_overlapping_ranges_count_each_product_once(generated_catalogue: list[Product]) -> None:
    assert (
        found(request_for("", {Facet.PRICE: ("10-30", "20-40")})).total
        == found(request_for("", {Facet.PRICE: ("10-40",)})).total
    )


def test_a_range_the_wrong_way_round_finds_nothing(generated_catalogue: list[Product]) -> None:
    assert found(request_for("", {Facet.PRICE: ("50-20",)})).total == 0
