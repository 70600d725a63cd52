"""Facet counts keep their promises on real products."""

import pytest

from catalog import counting
from catalog.facets import NO_RATING, Facet
from catalog.models import Product
from tests.facet_promises import NOTHING, Chosen, check, request_for

REAL_QUERIES = ("", "laptop", "usb cable", "black dress", "headphnes", "wireless mouse for gaming")
REAL_SELECTIONS: tuple[Chosen, ...] = (
    NOTHING,
    {Facet.PRICE: ("10-25", "30-70")},
    {Facet.BRAND: ("HP",), Facet.RATING: (NO_RATING,)},
    {Facet.CATEGORY: ("electronics", "toys-games"), Facet.RATING: ("4",), Facet.PRICE: ("-200",)},
)


@pytest.fixture(autouse=True)
def _always_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is counted otherwise when many products match is the matter of ``test_counting``."""
    monkeypatch.setattr(counting, "EXACT_BUDGET", 1_000_000)


@pytest.mark.data
@pytest.mark.parametrize("chosen", REAL_SELECTIONS, ids=str)
@pytest.mark.parametrize("query", REAL_QUERIES)
def test_counts_of_real_products_add_up_and_come_true(
    real_catalogue: list[Product], query: str, chosen: Chosen
) -> None:
    check(request_for(query, chosen))
