"""Writes of the catalogue: what they store, and what they tell others."""

from collections.abc import Iterable

import pytest

from catalog import keyspace, operations, queries
from catalog.models import Category, Product, Review, SynonymGroup, slug_paths
from tests import catalogues, killed_writer
from tests.catalogues import product

pytestmark = pytest.mark.usefixtures("empty_catalogue")


def changes() -> list[dict[str, str]]:
    return [fields for _id, fields in Product.db().xrange(keyspace.CHANGES)]


def version() -> int:
    return int(Product.db().get(keyspace.VERSION) or 0)


def found(skus: Iterable[str]) -> list[str]:
    return [kept.sku for kept in Product.find_many(skus) if kept is not None]


def test_every_saved_product_is_announced_in_order() -> None:
    operations.save_products(products=[product("a"), product("b")])
    operations.delete_products(skus=["a"])
    assert changes() == [
        {"sku": "a", "change": "saved"},
        {"sku": "b", "change": "saved"},
        {"sku": "a", "change": "deleted"},
    ]


def test_the_change_stream_is_trimmed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "CHANGES_KEPT", 100)
    for start in range(0, 2_000, 500):
        operations.save_products(products=[product(f"{number}") for number in range(start, start + 500)])
    # Trimmed by whole nodes of the stream, which hold a hundred entries.
    assert 100 <= Product.db().xlen(keyspace.CHANGES) < 300
    assert changes()[-1] == {"sku": "1999", "change": "saved"}


def test_writing_nothing_changes_nothing() -> None:
    before = version()
    operations.save_products(products=[])
    assert operations.delete_products(skus=[]) == []
    operations.save_synonyms(groups=[])
    assert version() == before
    assert changes() == []


def test_every_write_makes_a_new_version() -> None:
    versions = [version()]
    operations.save_products(products=[product("a")])
    versions.append(version())
    operations.delete_products(skus=["a"])
    versions.append(version())
    operations.save_synonyms(groups=[SynonymGroup(name="sofa", terms=("sofa", "couch"))])
    versions.append(version())
    assert versions == sorted(set(versions))


def test_deleting_says_how_many_there_were_and_they_are_gone_at_once() -> None:
    operations.save_products(products=[product("a"), product("b"), product("c")])
    assert operations.delete_products(skus=["a", "c", "never"]) == ["a", "c"]
    assert found(["a", "b", "c"]) == ["b"]
    assert queries.total() == 1


def test_the_reviews_of_a_deleted_product_go_with_it() -> None:
    operations.save_products(products=[product("a, b"), product("c")])
    written = [Review(review_id=f"{sku}-{number}", sku=sku, stars=4) for sku in ("a, b", "c") for number in range(3)]
    operations.save_reviews(reviews=written)
    operations.delete_products(skus=["a, b"])
    kept = Review.find_many([review.review_id for review in written])
    assert [review.sku for review in kept if review is not None] == ["c", "c", "c"]


def test_a_product_comes_back_as_it_was_saved() -> None:
    (saved,) = catalogues.generated(1)
    operations.save_products(products=[saved])
    assert Product.find_many([saved.sku]) == [saved]


def test_saving_again_replaces() -> None:
    operations.save_products(products=[product("a", name="Old", brand="Brand", price="1.10")])
    operations.save_products(products=[product("a", name="New")])
    (kept,) = Product.find_many(["a"])
    assert kept is not None
    assert (kept.name, kept.brand, kept.price) == ("New", "", None)
    assert queries.total() == 1


def test_the_first_spelling_of_a_brand_stays() -> None:
    assert operations.spellings(brands=["acme", "ACME", "Zürich"]) == {
        "acme": "acme",
        "ACME": "acme",
        "Zürich": "Zürich",
    }
    assert operations.spellings(brands=["Acme", "ZÜRICH", "straße"])["Acme"] == "acme"
    assert operations.spellings(brands=["ZÜRICH", "STRASSE"]) == {"ZÜRICH": "Zürich", "STRASSE": "straße"}
    assert operations.spellings(brands=[]) == {}


def test_categories_in_other_case_and_punctuation_are_one() -> None:
    operations.save_categories(categories=[Category.at(("Home & Garden",))])
    operations.save_categories(categories=[Category.at(("HOME - GARDEN",))], overwrite=False)
    assert [category.name for category in queries.categories().mains] == ["Home & Garden"]
    operations.save_categories(categories=[Category.at(("HOME - GARDEN",))])
    assert [category.name for category in queries.categories().mains] == ["HOME - GARDEN"]


@pytest.mark.parametrize("after", [1, 2, 3])
def test_categories_whose_writer_was_killed_are_there_once_it_is_run_again(after: int) -> None:
    assert queries.categories().mains == ()
    killed_writer.killed("categories", count=3, after=after)
    operations.save_categories(categories=killed_writer.categories(3), overwrite=False)
    assert [category.name for category in queries.categories().mains] == ["Shelf 0", "Shelf 1", "Shelf 2"]


@pytest.mark.parametrize(
    ("names", "slugs"),
    [
        (("Audio", "Headphones"), ("audio", "audio/headphones")),
        (("Tools, Hand | Power",), ("tools-hand-power",)),
        (("日本", "!!!"), ("日本", "日本/other")),
        (("a/b", "c"), ("a-b", "a-b/c")),
        ((), ()),
    ],
)
def test_slugs_hold_neither_slashes_nor_separators(names: tuple[str, ...], slugs: tuple[str, ...]) -> None:
    assert slug_paths(names) == slugs
