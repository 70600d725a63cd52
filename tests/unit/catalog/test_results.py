"""Result pages and cards."""

from decimal import Decimal

import orjson
import pytest

from catalog.facets import Facet
from catalog.results import (
    DEEPEST,
    PER_PAGE,
    Card,
    FacetGroup,
    Precision,
    SearchPage,
    SearchRequest,
    Sort,
    cards_of,
    pages,
)
from catalog.search import Text
from redismart.redis.replies import Hits
from tests.catalogues import product

NOTHING = SearchRequest(text=Text.parse(""))
AGES = {Facet.BRAND: 30.0, Facet.PRICE: 20.0}


def page(*, total: int = 0, number: int = 1, shown: int = 0, precisions: tuple[Precision, ...] = ()) -> SearchPage:
    groups = tuple(FacetGroup(Facet.BRAND, (), precision) for precision in precisions)
    return SearchPage(NOTHING, total, number, (card(),) * shown, groups)


def card(**facts: object) -> Card:
    stored = product("x", name="Lamp", **facts).projection()["card"]
    return Card.decoded(orjson.dumps(stored).decode())


@pytest.mark.parametrize(
    ("total", "number"), [(0, 1), (1, 1), (16, 1), (17, 2), (DEEPEST, 625), (DEEPEST + 1, 625), (10**9, 625)]
)
def test_pages_are_counted_up_to_the_deepest(total: int, number: int) -> None:
    assert pages(total) == page(total=total).pages == number


def test_results_are_numbered_across_pages() -> None:
    third = page(total=40, number=3, shown=8)
    assert (third.first, third.last) == (33, 40)
    first = page(total=40, shown=PER_PAGE)
    assert (first.first, first.last) == (1, 16)
    assert (page().first, page().last) == (0, 0)


def test_money_on_a_card_is_exact() -> None:
    assert card(price="19.90").price == Decimal("19.90")
    assert str(card(price="0.10").price) == "0.10"
    assert card().price is None


@pytest.mark.parametrize(
    ("price", "list_price", "reduced"),
    [("10", "12", True), ("10", "10", False), ("10", "9", False), ("10", None, False), (None, "12", False)],
)
def test_only_a_higher_former_price_is_a_reduction(price: str | None, list_price: str | None, reduced: bool) -> None:
    assert card(price=price, list_price=list_price).reduced is reduced


def test_a_product_deleted_meanwhile_has_no_card() -> None:
    stored = orjson.dumps(product("x").projection()["card"]).decode()
    assert [found.sku for found in cards_of(Hits(2, [{}, {"card": stored}]))] == ["x"]


def test_a_page_is_exact_when_all_its_counts_are() -> None:
    assert page(precisions=(Precision.EXACT, Precision.EXACT)).exact
    assert not page(precisions=(Precision.EXACT, Precision.STALE)).exact


def test_a_page_is_as_old_as_the_oldest_counts_that_may_not_be_true_any_more() -> None:
    fresh = FacetGroup(Facet.RATING, (), Precision.EXACT, made=10.0)
    newer, older = (FacetGroup(facet, (), Precision.STALE, made=made) for facet, made in AGES.items())
    assert SearchPage(NOTHING, 0, 1, (), (fresh, newer, older)).counted_at == 20.0
    assert SearchPage(NOTHING, 0, 1, (), (fresh,)).counted_at is None
    assert page(precisions=(Precision.ESTIMATED,)).counted_at is None


def test_estimates_are_told_beside_exact_counts_and_beside_old_ones() -> None:
    assert page(precisions=(Precision.EXACT, Precision.ESTIMATED)).partly_exact
    assert page(precisions=(Precision.STALE, Precision.ESTIMATED)).estimated
    assert not page(precisions=(Precision.EXACT, Precision.EXACT)).partly_exact
    assert not page(precisions=(Precision.EXACT, Precision.STALE)).estimated


def test_without_words_the_best_selling_come_first() -> None:
    assert NOTHING.order == ("popularity", "DESC")
    assert SearchRequest(text=Text.parse("lamp")).order is None
    assert SearchRequest(text=Text.parse("lamp"), sort=Sort.PRICE_UP).order == ("cost", "ASC")


def test_only_facets_with_values_are_active() -> None:
    chosen = SearchRequest(text=Text.parse(""), selection={Facet.BRAND: ("A",), Facet.SUB: ()})
    assert chosen.active == (Facet.BRAND,)
