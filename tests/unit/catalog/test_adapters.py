"""Each format is recognised by its content and becomes rows of the own format."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from catalog import adapters
from catalog.adapters import abo, bestbuy, own, wands
from catalog.loading import rows
from redismart.loading.reasons import reasons

BESTBUY: dict[str, Any] = {
    "sku": 4021001,
    "name": "Halvorn - 10' HDMI Cable - Black",
    "type": "HardGood",
    "price": 14.99,
    "upc": "000000000017",
    "category": [{"id": "abcat01", "name": "TV & Audio"}, {"id": "abcat02", "name": "Cables"}],
    "shipping": "",
    "description": "Ten feet of cable",
    "manufacturer": "Halvorn",
    "model": "HC-10",
    "url": "http://shop.example/4021001.p?id=1",
    "image": "http://img.shop.example/4021/4021001_sa.jpg",
}
WANDS: dict[str, Any] = {
    "product_id": "17",
    "product_name": "oak side table",
    "product_class": "End Tables|Nightstands",
    "category hierarchy": "Furniture / Living Room Furniture / Tables / End Tables",
    "product_description": "a small table , made of oak",
    "product_features": "overallheight:22|color : brown|color : oak| : nothing|shape:round",
    "rating_count": "15.0",
    "average_rating": "4.5",
    "review_count": "12.0",
}
ABO: dict[str, Any] = {
    "item_id": "B0EXAMPLE1",
    "domain_name": "amazon.com",
    "item_name": [
        {"language_tag": "de_DE", "value": "Kiste"},
        {"language_tag": "en_GB", "value": "Crate"},
        {"language_tag": "en_US", "value": "Box"},
    ],
    "brand": [{"language_tag": "en_US", "value": "Boxwell"}],
    "bullet_point": [{"language_tag": "en_US", "value": "Stacks"}, {"language_tag": "en_US", "value": "Folds"}],
    "product_description": [{"language_tag": "en_US", "value": "<p>A box &amp; a lid</p>"}],
    "product_type": [{"value": "STORAGE_BOX"}],
    "node": [{"node_id": 1, "node_name": "/Categories/Home/Storage/Boxes"}],
    "color": [{"language_tag": "en_US", "standardized_values": ["Blue"], "value": "Deep blue"}],
    "material": [{"language_tag": "en_US", "value": "Felt"}],
    "model_number": [{"value": "BX-1"}],
    "item_weight": [{"normalized_value": {"unit": "pounds", "value": 1.45}, "unit": "grams", "value": 657}],
    "item_dimensions": {
        "height": {"normalized_value": {"unit": "inches", "value": 9.0}, "unit": "inches", "value": 9.0}
    },
    "main_image_id": "61aa",
    "other_image_id": ["61bb", "61aa"],
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=8) | st.sampled_from(["name", "value", "language_tag", "node_name"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)
KNOWN_FIELDS = sorted(
    {
        *BESTBUY,
        *WANDS,
        *ABO,
        "id",
        "image",
        "pictures",
        "reviews",
        "attributes",
        "popularity",
        "color",
        "attributes.size",
    }
)


@pytest.mark.parametrize(
    ("record", "adapter"),
    [
        (BESTBUY, bestbuy),
        (WANDS, wands),
        (ABO, abo),
        ({"sku": "1", "name": "x"}, own),
        ({"id": "1", "name": "x", "price": 5}, own),
    ],
)
def test_a_format_is_recognised_by_its_fields(record: dict[str, Any], adapter: object) -> None:
    assert adapters.for_record(record) is adapter


def test_an_unknown_format_is_not_guessed() -> None:
    assert adapters.for_record({"title": "x", "cost": 1}) is None
    assert adapters.for_record({"id": "abcat01", "name": "Lamps", "path": [], "subCategories": []}) is None


@pytest.mark.parametrize("adapter", adapters.ADAPTERS, ids=lambda adapter: adapter.NAME)
@settings(deadline=None)
@given(record=st.dictionaries(st.sampled_from(KNOWN_FIELDS), JSON))
def test_any_record_becomes_a_row_or_has_reasons(adapter: adapters.Adapter, record: dict[str, Any]) -> None:
    adapter.recognises(record)
    try:
        rows.read(adapter.adapt(record))
    except ValidationError as error:
        told = reasons(error)
    else:
        return
    assert told


def test_best_buy_rows_keep_what_a_shopper_needs() -> None:
    row = rows.read(bestbuy.adapt(BESTBUY))
    assert (row.sku, row.mpn, row.brand, str(row.price), row.currency) == (
        "4021001",
        "HC-10",
        "Halvorn",
        "14.99",
        "USD",
    )
    assert row.levels == ("TV & Audio", "Cables")
    assert row.attributes == {"Kind": "HardGood", "UPC": "000000000017"}
    assert row.pictures == ("4021001_sa.jpg",)


def test_wands_rows_keep_what_a_shopper_needs() -> None:
    row = rows.read(wands.adapt(WANDS))
    assert (row.sku, row.name, row.rating, row.rating_count) == ("17", "oak side table", 4.5, 15)
    assert row.levels == ("Furniture", "Living Room Furniture", "Tables")
    assert row.attributes == {
        "overallheight": "22",
        "color": "brown, oak",
        "shape": "round",
        "Class": "End Tables, Nightstands",
    }


def test_wands_rows_without_hierarchy_take_their_class() -> None:
    assert rows.read(wands.adapt(WANDS | {"category hierarchy": ""})).levels == ("End Tables",)


def test_abo_rows_keep_what_a_shopper_needs() -> None:
    row = rows.read(abo.adapt(ABO))
    assert (row.sku, row.mpn, row.name, row.brand) == ("B0EXAMPLE1", "BX-1", "Box", "Boxwell")
    assert row.levels == ("Home", "Storage", "Boxes")
    assert row.description == "A box & a lid\n\nStacks\n\nFolds"
    assert row.attributes == {"Colour": "Deep blue", "Material": "Felt", "Weight": "1.45 pounds", "Height": "9 inches"}
    assert row.pictures == ("61aa", "61bb")


def test_abo_listings_of_other_shops_are_other_products() -> None:
    assert abo.adapt(ABO | {"domain_name": "amazon.de"})["sku"] == "B0EXAMPLE1@amazon.de"


def test_abo_prefers_american_then_any_english_then_any_language() -> None:
    names = ABO["item_name"]
    assert abo.adapt(ABO | {"item_name": names[:2]})["name"] == "Crate"
    assert abo.adapt(ABO | {"item_name": names[:1]})["name"] == "Kiste"


def test_abo_listings_without_node_take_their_type() -> None:
    assert abo.adapt(ABO | {"node": None})["categories"] == ["Storage box"]


def test_an_id_is_the_key_and_the_sku_the_part_number() -> None:
    row = rows.read(own.adapt({"id": "shop:1", "sku": "MX-5", "name": "x"}))
    assert (row.sku, row.mpn) == ("shop:1", "MX-5")


def test_csv_cells_are_taken_apart() -> None:
    record = {
        "sku": "1",
        "name": "x",
        "categories": "Home > Lamps & Light > Desk",
        "pictures": "a.jpg | b.jpg",
        "attributes": '{"Watts": 5}',
        "attributes.Socket": "E14",
        "reviews": '[{"stars": 4}]',
        "popularity": "",
    }
    row = rows.read(own.adapt(record))
    assert row.levels == ("Home", "Lamps & Light", "Desk")
    assert row.pictures == ("a.jpg", "b.jpg")
    assert row.attributes == {"Watts": 5, "Socket": "E14"}
    assert [review.stars for review in row.reviews] == [4]


def test_popularity_among_the_attributes_is_no_attribute() -> None:
    row = rows.read(own.adapt({"sku": "1", "name": "x", "attributes": {"popularity": 7298, "a": 1}}))
    assert (row.popularity, row.attributes) == (7298, {"a": 1})


def test_a_colour_column_is_an_attribute() -> None:
    assert own.adapt({"sku": "1", "name": "x", "color": "Red", "attributes": {}})["attributes"] == {"color": "Red"}
