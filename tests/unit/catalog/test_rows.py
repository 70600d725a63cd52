"""A row of the own format is taken as it was meant, or refused with a reason for each field."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from catalog.loading import documents, rows
from catalog.loading.rows import Row
from catalog.models import Category, Product
from redismart.loading.reasons import reasons

GOOD: dict[str, Any] = {"sku": "A-1", "name": "Reading lamp"}
FIELDS = ["sku", "mpn", "name", "description", "brand", "categories", "currency", "price", "list_price", "rating"]
FIELDS += ["rating_count", "popularity", "attributes", "pictures", "reviews", "created", "updated", "unknown"]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.decimals()
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3)
)


def row(**fields: Any) -> Row:
    return rows.read(GOOD | fields)


def reason(**fields: Any) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as raised:
        row(**fields)
    return [(name, why) for name, _value, why in reasons(raised.value)]


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_any_row_becomes_a_product_or_has_reasons(fields: dict[str, Any]) -> None:
    try:
        found = rows.read(fields)
    except ValidationError as error:
        told = [why for _name, _value, why in reasons(error)]
    else:
        document = documents.document(found, brand=found.brand, pictures=[])
        encoded = document.encoded(known_since=None, now=documents.NO_TIME)
        assert Product.decoded(encoded).sku == found.sku
        assert len(document.review_documents(now=documents.NO_TIME)) == len(found.reviews)
        assert documents.categories([found]).keys() >= {Category.at(found.levels).slug for _ in found.levels}
        return
    assert all(told)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_no_junk_in_other_fields_changes_what_a_good_field_holds(fields: dict[str, Any]) -> None:
    try:
        found = rows.read(fields | GOOD)
    except ValidationError:
        return
    assert (found.sku, found.name) == ("A-1", "Reading lamp")


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"sku": ""}, "sku", "is required"),
        ({"sku": "x" * 201}, "sku", "longer than 200"),
        ({"sku": "a\u200bb"}, "sku", "cannot be printed"),
        ({"sku": "a\x07b"}, "sku", "cannot be printed"),
        ({"sku": "a\0b"}, "sku", "cannot be printed"),
        ({"sku": "a\nb"}, "sku", "cannot be printed"),
        ({"sku": " "}, "sku", "is empty"),
        ({"sku": ["A"]}, "sku", "must be a text"),
        ({"name": None}, "name", "is required"),
        ({"name": "<b></b>"}, "name", "is empty"),
        ({"name": "x" * 501}, "name", "longer than 500"),
        ({"name": "Lamp\0"}, "name", "NUL"),
        ({"price": "-3"}, "price", "is negative"),
        ({"price": "NaN"}, "price", "is not a number"),
        ({"price": float("inf")}, "price", "is not a number"),
        ({"price": "1.999"}, "price", "2 decimal places"),
        ({"price": "1.5", "currency": "JPY"}, "price", "0 decimal places"),
        ({"currency": "DOLLAR"}, "currency", "ISO 4217"),
        ({"currency": 5}, "currency", "ISO 4217"),
        ({"rating": 5.1}, "rating", "at most 5"),
        ({"rating": "NaN"}, "rating", ""),
        ({"rating_count": 1.5}, "rating_count", "whole number"),
        ({"rating_count": -1}, "rating_count", "at least 0"),
        ({"popularity": -1}, "popularity", "at least 0"),
        ({"categories": "Lamps"}, "categories", "must be a list"),
        ({"categories": ["L" * 101]}, "categories.0", "longer than 100"),
        ({"categories": ["\ufdfa" * 30] * 3}, "categories", "too long for an address"),
        ({"attributes": ["a"]}, "attributes", "object of names and values"),
        ({"attributes": {"a": [1]}}, "attributes", "neither text, number nor true/false"),
        ({"attributes": {"a": float("nan")}}, "attributes", "not a finite number"),
        ({"attributes": {"": 1}}, "attributes", "name that is empty"),
        ({"created": "2026-03-01T09:30:00"}, "created", "no time zone"),
        ({"created": 1772357400}, "created", "ISO 8601"),
        ({"created": "yesterday"}, "created", "ISO 8601"),
        ({"reviews": [{"stars": 4, "author": "x" * 101}]}, "reviews.0.author", "longer than 100"),
        ({"reviews": [{"stars": 6}]}, "reviews.0.stars", "at most 5"),
        ({"reviews": "good"}, "reviews", "must be a list"),
    ],
)
def test_a_wrong_field_is_named_with_its_reason(fields: dict[str, Any], field: str, words: str) -> None:
    ((name, why),) = reason(**fields)
    assert name == field
    assert words in why


@pytest.mark.parametrize("sku", ["A<b>1", "A<c>1", "A&amp;1", "A&1", "A  1", "<!-- A -->"])
def test_a_key_stays_as_it_is_written(sku: str) -> None:
    assert row(sku=f" {sku}\t").sku == sku


def test_every_wrong_field_of_a_row_is_told() -> None:
    assert [name for name, _ in reason(price="x", rating=9)] == ["price", "rating"]


def test_a_number_in_json_is_taken_as_it_was_written() -> None:
    assert row(price=0.1).price == Decimal("0.10")
    assert row(price=1299.99, currency="EUR").price == Decimal("1299.99")


def test_null_and_empty_fields_are_absent() -> None:
    found = row(price=None, currency="", brand=None, attributes={"a": None, "b": ""})
    assert (found.price, found.currency, found.brand, found.attributes) == (None, "USD", "", {})


def test_levels_below_the_third_stay_searchable() -> None:
    found = row(categories=["A", "B", "C", "D", "E"])
    assert found.levels == ("A", "B", "C")
    assert found.all_attributes == {rows.DEEPER_LEVELS: "D > E"}


def test_a_long_description_is_cut_and_that_is_told() -> None:
    found = row(description="x" * 60_000)
    assert len(found.shown_description) == rows.LONGEST_DESCRIPTION
    assert [name for name, _, _ in found.notes] == ["description"]


def test_a_former_price_counts_only_when_it_was_higher() -> None:
    assert row(price="10", list_price="12").former_price == Decimal("12.00")
    assert row(price="10", list_price="10").former_price is None
    lower = row(price="10", list_price="8")
    assert lower.former_price is None
    assert [name for name, _, _ in lower.notes] == ["list_price"]


def test_ratings_stand_in_for_popularity() -> None:
    assert row(rating=4, rating_count="15.0").demand == 15
    assert row(rating_count=15, popularity=3).demand == 3


def test_reviews_give_the_rating_that_is_missing() -> None:
    reviews = [{"stars": 5}, {"stars": 4}, {"stars": 4}]
    assert row(reviews=reviews).stars == (4.33, 3)
    assert row(reviews=reviews, rating=2, rating_count=9).stars == (2, 9)
    assert row(rating=0, rating_count=0).stars == (None, 0)


def test_a_digest_covers_what_is_shown_and_not_when_it_was_loaded() -> None:
    def digest(**fields: Any) -> str:
        found = row(**fields)
        return documents.document(found, brand=found.brand, pictures=[]).digest

    changes: list[dict[str, Any]] = [
        {"name": "Lamp"},
        {"price": 1},
        {"reviews": [{"stars": 4}]},
        {"created": "2026-01-01T00:00:00Z"},
    ]
    assert digest() == digest()
    assert len({digest(), *(digest(**change) for change in changes)}) == 1 + len(changes)
