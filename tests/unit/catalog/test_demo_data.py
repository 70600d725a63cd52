"""The committed demo catalogue is valid, varied and consistent enough to open a shop with."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

ROOT = Path(__file__).parents[3]
CATALOG, INVENTORY = ROOT / "catalog" / "demo", ROOT / "inventory" / "demo"

FIELDS = {
    *("sku", "name", "brand", "description", "categories", "price", "currency", "list_price", "rating"),
    *("rating_count", "popularity", "attributes", "pictures", "created", "reviews"),
}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
BOXES = {"us": ((24.4, 49.4), (-125.0, -66.9)), "eu": ((35.0, 71.2), (-10.7, 31.6))}
RESERVED_PHONES = (
    r"\+1 [2-9]\d\d-555-01\d\d",
    r"\+49 (30 23125|40 66969|89 99998) \d{3}|\+49 221 4710 \d{3}",
    r"\+33 (1 99 00|2 61 91|3 53 01|4 65 71|5 36 49) \d\d \d\d",
    r"\+46 8 465 004 \d\d",
    r"\+353 20 91\d \d{4}",
    r"\+44 (20 7946 0|131 496 0|161 496 0)\d{3}",
)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


PRODUCTS = lines(CATALOG / "products.jsonl")
CATEGORIES = lines(CATALOG / "categories.jsonl")
STORES = lines(INVENTORY / "stores.jsonl")
SYNONYMS = json.loads((CATALOG / "synonyms.json").read_text(encoding="utf-8"))


def wrong(rows: list[dict[str, Any]], right: Callable[[dict[str, Any]], bool]) -> list[str]:
    """The keys of the rows that break a rule: one test for hundreds of rows that still names each."""
    return [row.get("sku") or row["id"] for row in rows if not right(row)]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


# --- Products ---------------------------------------------------------------------------------


def test_products_have_the_required_fields_and_no_unknown_ones() -> None:
    assert wrong(PRODUCTS, lambda p: set(p) <= FIELDS and bool(p["brand"].strip())) == []
    assert wrong(PRODUCTS, lambda p: bool(re.fullmatch(r"RM-[A-Z]{3}-\d{4}", p["sku"]))) == []
    assert wrong(PRODUCTS, lambda p: 5 <= len(p["name"]) <= 500) == []


def test_prices_are_exact_decimal_strings_in_whole_cents() -> None:
    def exact(price: object) -> bool:
        return isinstance(price, str) and bool(re.fullmatch(r"\d+\.\d\d", price))

    assert wrong(PRODUCTS, lambda p: exact(p["price"]) and exact(p.get("list_price", "0.00"))) == []
    assert wrong(PRODUCTS, lambda p: p["currency"] == "USD") == []
    assert wrong(PRODUCTS, lambda p: 2 <= Decimal(p["price"]) <= 3000) == []
    assert wrong(PRODUCTS, lambda p: Decimal(p.get("list_price", "9999")) > Decimal(p["price"])) == []


def test_ratings_come_with_counts_and_agree_with_the_reviews() -> None:
    def agrees(product: dict[str, Any]) -> bool:
        stars = [review["stars"] for review in product["reviews"]]
        mean = sum(stars) / len(stars)
        return bool(product["rating_count"] >= len(stars) and abs(mean - product["rating"]) <= 0.8)

    rated = [p for p in PRODUCTS if "rating" in p]
    assert wrong(PRODUCTS, lambda p: ("rating" in p) == ("rating_count" in p)) == []
    assert wrong(rated, lambda p: 2.1 <= p["rating"] <= 5.0 and p["rating_count"] >= 1) == []
    assert wrong([p for p in PRODUCTS if "reviews" in p], agrees) == []


def test_reviews_are_two_to_six_signed_and_dated_after_the_product() -> None:
    def believable(product: dict[str, Any]) -> bool:
        return 2 <= len(product["reviews"]) <= 6 and all(
            review["stars"] in {1, 2, 3, 4, 5}
            and all(review[part].strip() for part in ("author", "title", "text"))
            and moment(product["created"]) < moment(review["created"])
            for review in product["reviews"]
        )

    assert wrong([p for p in PRODUCTS if "reviews" in p], believable) == []


def test_attributes_are_named_and_typed() -> None:
    assert wrong(PRODUCTS, lambda p: len(p["attributes"]) >= 2) == []
    assert wrong(PRODUCTS, lambda p: all(isinstance(v, str | int | float) for v in p["attributes"].values())) == []
    assert wrong(PRODUCTS, lambda p: "" not in p["attributes"].values()) == []


def test_attributes_keep_one_type_across_the_shop() -> None:
    kinds: dict[str, set[str]] = {}
    for product in PRODUCTS:
        for name, value in product["attributes"].items():
            kinds.setdefault(name, set()).add("number" if type(value) in {int, float} else type(value).__name__)
    assert {name: found for name, found in kinds.items() if len(found) > 1} == {}


def test_descriptions_say_something_in_at_least_two_sentences() -> None:
    assert wrong(PRODUCTS, lambda p: len(re.findall(r"[.!?][\"”)]?(?=\s|$)", p["description"])) >= 2) == []
    assert wrong(PRODUCTS, lambda p: 8 <= len(p["description"].split()) <= 90) == []


def test_skus_names_and_texts_are_unique() -> None:
    for field in ("sku", "name", "description"):
        assert [value for value, n in Counter(p[field] for p in PRODUCTS).items() if n > 1] == []
    texts = Counter(review["text"] for p in PRODUCTS for review in p.get("reviews", []))
    assert [text for text, n in texts.items() if n > 1] == []


def test_descriptions_do_not_read_like_a_template() -> None:
    openings = Counter(" ".join(p["description"].split()[:4]) for p in PRODUCTS)
    assert [opening for opening, n in openings.items() if n > 2] == []


def test_the_shop_is_large_and_broad_enough_to_browse() -> None:
    mains = Counter(p["categories"][0] for p in PRODUCTS)
    assert len(PRODUCTS) >= 400
    assert len(mains) >= 12
    assert min(mains.values()) > 16, "a main category opens its first 16 products"
    assert len({p["brand"] for p in PRODUCTS}) >= 50


def test_every_product_lies_in_a_listed_sub_category_and_none_is_empty() -> None:
    listed = {tuple(c["path"]) for c in CATEGORIES}
    used = {tuple(p["categories"]) for p in PRODUCTS}
    assert used == {path for path in listed if len(path) == 2}
    subs = Counter(path[0] for path in used)
    assert set(subs) == {path[0] for path in listed if len(path) == 1}
    assert all(3 <= n <= 8 for n in subs.values())


def test_categories_have_a_place_a_picture_and_a_description() -> None:
    mains = [c for c in CATEGORIES if len(c["path"]) == 1]
    assert [c["position"] for c in mains] == list(range(1, len(mains) + 1))
    assert all(c["picture"].endswith(".webp") and c["description"].endswith(".") for c in CATEGORIES)


def test_popularity_ratings_discounts_and_reviews_vary_like_a_real_shop() -> None:
    popularity = [p["popularity"] for p in PRODUCTS]
    assert math.log10(max(popularity) / min(popularity)) >= 3
    ratings = [p["rating"] for p in PRODUCTS if "rating" in p]
    assert min(ratings) < 2.5
    assert max(ratings) == 5.0
    assert 10 <= len(PRODUCTS) - len(ratings) <= 40, "some products are new and unrated"
    assert 0.15 <= sum("list_price" in p for p in PRODUCTS) / len(PRODUCTS) <= 0.3
    assert 0.3 <= sum("reviews" in p for p in PRODUCTS) / len(PRODUCTS) <= 0.4


def test_products_were_created_over_the_last_two_years() -> None:
    created = sorted(moment(p["created"]) for p in PRODUCTS)
    assert all(when.tzinfo is UTC or when.utcoffset() == timedelta(0) for when in created)
    assert timedelta(days=600) < created[-1] - created[0] <= timedelta(days=731)
    unrated = [moment(p["created"]) for p in PRODUCTS if "rating" not in p]
    assert all(created[-1] - when < timedelta(days=60) for when in unrated)


@pytest.mark.parametrize(
    ("word", "least"),
    [
        *[("headphones", 4), ("laptop", 4), ("running shoe", 3), ("camera", 8), ("guitar", 4), ("sofa", 4)],
        *[("watch", 4), ("bicycle", 3), ("mug", 5), ("backpack", 3), ("teapot", 3), ("tent", 3), ("cactus", 2)],
    ],
)
def test_things_that_shoppers_look_for_exist_more_than_once(word: str, least: int) -> None:
    assert sum(word in p["name"].lower() for p in PRODUCTS) >= least


# --- Stores and synonyms ----------------------------------------------------------------------


each_store = pytest.mark.parametrize("store", STORES, ids=lambda store: store["id"])


@each_store
def test_a_store_lies_inside_its_region(store: dict[str, Any]) -> None:
    (south, north), (west, east) = BOXES[store["region"]]
    assert south <= store["location"]["lat"] <= north
    assert west <= store["location"]["lon"] <= east
    assert (store["country"] == "US") == (store["region"] == "us")
    assert ZoneInfo(store["timezone"]).key.startswith("America/" if store["region"] == "us" else "Europe/")


@each_store
def test_a_store_opens_before_it_closes_on_the_days_it_opens(store: dict[str, Any]) -> None:
    assert tuple(store["hours"]) == DAYS
    opened = [hours for hours in store["hours"].values() if hours is not None]
    assert len(opened) >= 5
    for opens, closes in opened:
        assert all(re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text) for text in (opens, closes))
        assert opens < closes


@each_store
def test_a_store_can_be_addressed_and_offers_something(store: dict[str, Any]) -> None:
    assert all(store[part].strip() for part in ("name", "street", "city", "state", "postcode"))
    assert store["services"]
    assert set(store["services"]) <= {"delivery", "pickup", "curbside"}
    assert store["kind"] in {"store", "fulfilment"}
    assert store["kind"] == "store" or "delivery" in store["services"]


@each_store
def test_a_phone_number_can_ring_nobody(store: dict[str, Any]) -> None:
    phone = store["phone"]
    assert phone is None or any(re.fullmatch(pattern, phone) for pattern in RESERVED_PHONES)


def test_both_regions_have_stores_and_fulfilment_centres() -> None:
    kinds = Counter((s["region"], s["kind"]) for s in STORES)
    assert len({s["id"] for s in STORES}) == len(STORES) >= 34
    assert kinds["us", "fulfilment"] == 2
    assert kinds["eu", "fulfilment"] >= 1
    assert kinds["us", "store"] >= 18
    assert kinds["eu", "store"] >= 12
    assert any(s["hours"]["sun"] is None for s in STORES)


def test_no_two_stores_stand_on_the_same_spot() -> None:
    spots = Counter((s["location"]["lat"], s["location"]["lon"]) for s in STORES)
    assert max(spots.values()) == 1


def test_synonym_groups_hold_lower_case_terms_that_belong_to_one_group() -> None:
    assert 30 <= len(SYNONYMS) <= 60
    assert len({group["name"] for group in SYNONYMS}) == len(SYNONYMS)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", group["name"]) and len(group["terms"]) > 1 for group in SYNONYMS)
    terms = Counter(term for group in SYNONYMS for term in group["terms"])
    assert [term for term, n in terms.items() if n > 1 or not re.fullmatch(r"[a-z]+( [a-z]+)*", term)] == []
