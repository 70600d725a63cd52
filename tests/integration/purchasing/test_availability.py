"""Lists are filtered and counted by what is in stock, also near the shopper, and follow every change of it."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

import pytest
from django.test import Client
from redis.exceptions import ResponseError

from catalog import editing, facets, finding, keyspace, operations, reviews
from catalog.facets import IN_STOCK, NEAR, OUT_OF_STOCK, Facet
from catalog.models import Product
from catalog.results import FacetGroup, Precision, SearchPage, SearchRequest
from catalog.search import Text
from inventory import api as inventory
from inventory import operations as stock
from inventory import places
from inventory.api import Line, Operation
from inventory.holds import confirm, hold, release
from inventory.replication import shipping
from purchasing import availability
from purchasing.models import Cart
from redismart.around import Around
from redismart.redis.editing import stamp
from tests import catalogues
from tests.redis_nodes import RedisNodes

HERE = {"lat": 40.0, "lon": -89.0}
NEARBY, FAR = 40.1, 47.0
PLACE = Around("Springfield, IL", ("near", "other"))

Stocked = Callable[..., None]


@pytest.fixture
def shop(search_indexes: RedisNodes, stocked: Stocked) -> None:
    """Four lamps: one near by, one far away, one at both, one nowhere."""
    names = ("near", "far", "both", "none")
    catalogues.fill([catalogues.product(f"lamp-{name}", name=f"Lamp {name}", brand="Lumen") for name in names])
    stocked("near", NEARBY, {"lamp-near": 2, "lamp-both": 1})
    stocked("far", FAR, {"lamp-far": 3, "lamp-both": 1})
    follow()


def follow() -> int:
    return availability.follow(seconds=10)


def found(*levels: str, around: Around | None = PLACE, text: str = "") -> SearchPage:
    selection = {Facet.STOCK: levels} if levels else {}
    return finding.search_page(request=SearchRequest(Text.parse(text), selection, around=around))[0]


def skus(*levels: str) -> set[str]:
    return {card.sku.removeprefix("lamp-") for card in found(*levels).cards}


def group(page: SearchPage) -> FacetGroup:
    return next(each for each in page.groups if each.facet is Facet.STOCK)


def counts(page: SearchPage) -> dict[str, int]:
    shown = group(page)
    return {each.value: each.count for each in (*shown.options, *([shown.near] if shown.near else []))}


def sold(sku: str, place: str, units: int = 1) -> None:
    held = hold(lines=[Line(place, sku, units)], seconds=60, operation=Operation(f"hold-{sku}-{place}"))
    confirm(hold=held)


@pytest.mark.usefixtures("shop")
class TestLists:
    @pytest.mark.parametrize(
        ("levels", "expected"),
        [
            ((NEAR,), {"near", "both"}),
            ((IN_STOCK,), {"near", "far", "both"}),
            ((OUT_OF_STOCK,), {"none"}),
            ((NEAR, OUT_OF_STOCK), {"near", "both", "none"}),
            ((NEAR, IN_STOCK), {"near", "far", "both"}),
            ((IN_STOCK, OUT_OF_STOCK), {"near", "far", "both", "none"}),
        ],
    )
    def test_several_choices_widen_them(self, levels: tuple[str, ...], expected: set[str]) -> None:
        page = found(*levels)
        assert ({card.sku.removeprefix("lamp-") for card in page.cards}, page.total) == (expected, len(expected))
        # A facet's own choice changes none of its counts.
        assert counts(page) == {IN_STOCK: 3, OUT_OF_STOCK: 1, NEAR: 2}
        assert group(page).precision is Precision.EXACT

    def test_other_facets_count_what_is_chosen(self) -> None:
        brands = next(each for each in found(NEAR).groups if each.facet is Facet.BRAND)
        assert [option.count for option in brands.options] == [2]

    def test_words_and_filters_narrow_the_counts(self) -> None:
        assert counts(found(text="both")) == {IN_STOCK: 1, NEAR: 1}
        assert counts(found(text="lamps")) == {IN_STOCK: 3, OUT_OF_STOCK: 1, NEAR: 2}
        # Nothing has both words: what comes close is counted as well.
        assert counts(found(NEAR, text="lamp zebra"))[NEAR] == 2

    def test_where_no_store_is_near_nothing_is(self) -> None:
        nowhere = Around("Nome, AK")
        page = found(NEAR, around=nowhere)
        assert (page.total, counts(page)) == (0, {IN_STOCK: 3, OUT_OF_STOCK: 1, NEAR: 0})
        assert [(way.facet, way.total) for way in page.ways] == [(Facet.STOCK, 4)]

    def test_an_empty_page_leads_to_what_is_elsewhere(self) -> None:
        page = found(NEAR, text="none")
        assert (page.total, [(way.facet, way.total) for way in page.ways]) == (0, [(Facet.STOCK, 1)])

    def test_nobody_says_where_they_are(self) -> None:
        page = found(around=None)
        assert (group(page).near, counts(page)) == (None, {IN_STOCK: 3, OUT_OF_STOCK: 1})


@pytest.fixture
def _by_changes_alone(shop: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four products are soon gone over: what is found here was followed."""
    monkeypatch.setattr(availability, "_some", lambda cursor, _most: (cursor, []))


@pytest.mark.usefixtures("_by_changes_alone")
class TestFollowing:
    def test_what_is_sold_out_leaves_and_what_arrives_comes(self) -> None:
        sold("lamp-near", "near", 2)
        assert (follow(), skus(NEAR), skus(IN_STOCK)) == (1, {"both"}, {"far", "both"})
        stock.receive(sku="lamp-none", location="near", quantity=1, operation=Operation("arrived"))
        assert (follow(), skus(NEAR), skus(OUT_OF_STOCK)) == (1, {"both", "none"}, {"near"})
        assert counts(found()) == {IN_STOCK: 3, OUT_OF_STOCK: 1, NEAR: 2}

    def test_what_somebody_holds_is_not_there_for_others(self) -> None:
        held = hold(lines=[Line("near", "lamp-both", 1)], seconds=60, operation=Operation("held"))
        assert (follow(), skus(NEAR)) == (1, {"near"})
        release(hold=held)
        assert (follow(), skus(NEAR)) == (1, {"near", "both"})

    def test_what_changes_nothing_for_lists_writes_nothing(self) -> None:
        before = Product.db().get(keyspace.STOCK_VERSION)
        stock.receive(sku="lamp-near", location="near", quantity=5, operation=Operation("more"))
        assert follow() == 0
        assert Product.db().get(keyspace.STOCK_VERSION) == before

    def test_counts_that_were_prepared_are_not_those_of_other_stock(self) -> None:
        (anywhere,) = facets.stock_queries(facets.TextClause("*"), {}, ())
        operations.prepare_counts(query=anywhere)
        sold("lamp-near", "near", 2)
        follow()
        assert counts(found()) == {IN_STOCK: 2, OUT_OF_STOCK: 2, NEAR: 1}

    def test_counts_of_stock_are_made_anew_only_now_and_then(self, monkeypatch: pytest.MonkeyPatch) -> None:
        (anywhere,) = facets.stock_queries(facets.TextClause("*"), {}, ())
        operations.prepare_counts(query=anywhere)
        prepared = Product.db().get(keyspace.facet_counts(anywhere.digest))
        sold("lamp-near", "near", 2)
        follow()
        operations.prepare_counts(query=anywhere)
        assert Product.db().get(keyspace.facet_counts(anywhere.digest)) == prepared
        monkeypatch.setattr(operations, "STOCK_SECONDS", 0)
        operations.prepare_counts(query=anywhere)
        assert Product.db().get(keyspace.facet_counts(anywhere.digest)) != prepared

    def test_a_product_that_is_stored_anew_keeps_its_stock(self) -> None:
        catalogues.fill([catalogues.product("lamp-near", name="Bright lamp", brand="Lumen")])
        reviews.write(sku="lamp-far", author_id="1", author="Ada", stars=5, title="", text="Bright")
        (stored,) = Product.find_readable(["lamp-both"])
        fields = ("name",)
        since = stamp(stored, fields)
        editing.change_product(sku="lamp-both", fields=fields, since=since, values={"name": "Lamp for both"})
        assert (skus(NEAR), skus(IN_STOCK)) == ({"near", "both"}, {"near", "far", "both"})
        assert follow() == 0

    def test_a_new_product_of_which_there_is_stock_already_is_told_of(self) -> None:
        stock.receive(sku="lamp-new", location="near", quantity=1, operation=Operation("arrived"))
        assert follow() == 0
        catalogues.fill([catalogues.product("lamp-new", name="Lamp new", brand="Lumen")])
        assert (follow(), skus(NEAR)) == (1, {"near", "both", "new"})

    def test_what_another_region_did_is_followed(self) -> None:
        stock.receive(sku="lamp-none", location="far", quantity=1, operation=Operation("over there", region="eu"))
        assert follow() == 0
        shipping.ship(source="eu", peer="us")
        assert (follow(), skus(IN_STOCK)) == (1, {"near", "far", "both", "none"})

    def test_many_changes_are_followed_in_steps(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(availability, "MOST_CHANGES", 1)
        for number in range(20):
            stock.receive(sku="lamp-near", location="near", quantity=1, operation=Operation(f"more {number}"))
        stock.receive(sku="lamp-none", location="near", quantity=1, operation=Operation("arrived"))
        sold("lamp-near", "near", 22)
        assert (follow(), skus(NEAR)) == (2, {"none", "both"})

    def test_a_product_that_is_gone_comes_back_by_no_stock(self) -> None:
        operations.delete_products(skus=["lamp-near"])
        stock.receive(sku="lamp-near", location="near", quantity=5, operation=Operation("more"))
        assert (follow(), Product.find_many(["lamp-near"])) == (0, [None])

    def test_what_no_log_tells_of_is_found_by_going_over_everything(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.undo()
        key = keyspace.product("lamp-near")
        Product.db().execute_command("JSON.MERGE", key, "$.x", '{"stock": "out", "places": []}')
        for _step in range(3):
            follow()
        assert skus(NEAR) == {"near", "both"}

    def test_where_changes_of_the_catalogue_are_forgotten_everything_is_gone_over(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.undo()
        monkeypatch.setattr(availability, "GONE_OVER", 1)
        Product.db().execute_command("JSON.MERGE", keyspace.product("lamp-both"), "$.x", '{"places": []}')
        catalogues.fill([catalogues.product("lamp-near", name="Bright lamp", brand="Lumen")])
        catalogues.fill([catalogues.product("chair", name="Chair")])
        Product.db().xtrim(keyspace.CHANGES, maxlen=1, approximate=False)
        follow()
        assert skus(NEAR) == {"near", "both"}

    def test_one_tells_at_a_time(self) -> None:
        sold("lamp-near", "near", 2)
        lock = Cart.db().lock("purchasing:availability:lock", timeout=60, blocking=False)
        assert lock.acquire()
        assert (follow(), skus(NEAR)) == (0, {"near", "both"})
        lock.release()
        assert (follow(), skus(NEAR)) == (1, {"both"})

    def test_who_was_slow_and_has_come_to_be_two_stops(self, monkeypatch: pytest.MonkeyPatch) -> None:
        sold("lamp-near", "near", 2)
        read = inventory.levels

        def slowly(*, skus: list[str]) -> object:
            found = read(skus=skus)
            Cart.db().delete("purchasing:availability:lock")
            return found

        monkeypatch.setattr(availability, "PER_TRIP", 1)
        sold("lamp-both", "near")
        monkeypatch.setattr(inventory, "levels", slowly)
        assert follow() == 0
        monkeypatch.setattr(inventory, "levels", read)
        follow()
        assert skus(NEAR) == set()

    def test_a_step_that_dies_is_made_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        sold("lamp-near", "near", 2)
        write = availability.Progress.write

        def die(_progress: availability.Progress) -> None:
            raise SystemExit

        monkeypatch.setattr(availability.Progress, "write", die)
        with pytest.raises(SystemExit):
            follow()
        monkeypatch.setattr(availability.Progress, "write", write)
        sold("lamp-both", "near")
        assert (follow(), skus(NEAR)) == (1, set())


def test_a_shop_without_stock_has_no_such_facet(search_indexes: RedisNodes, opened: None) -> None:
    catalogues.fill([catalogues.product("lamp", name="Lamp")])
    Product.db().execute_command("JSON.DEL", keyspace.product("lamp"), "$.x.stock")
    follow()
    assert [each.facet for each in found().groups if each.facet is Facet.STOCK] == []
    assert Product.db().get(keyspace.STOCK_VERSION) is None


def test_products_of_an_older_release_are_told_of(shop: None) -> None:
    for name in ("near", "far", "both", "none"):
        Product.db().execute_command("JSON.DEL", keyspace.product(f"lamp-{name}"), "$.x.stock")
        Product.db().execute_command("JSON.DEL", keyspace.product(f"lamp-{name}"), "$.x.places")
    Cart.db().delete("purchasing:availability")
    assert (follow(), counts(found())) == (4, {IN_STOCK: 3, OUT_OF_STOCK: 1, NEAR: 2})


@pytest.mark.usefixtures("shop")
class TestPages:
    def test_a_shopper_who_said_where_finds_what_is_near(self, visitor: Client) -> None:
        placed(visitor)
        page = visitor.get("/search/", {"q": "lamp", "stock": "near"}).content.decode()
        assert offered(page) == {"near": 2, "in": 3, "out": 1}
        assert "In stock near Springfield<" in page
        assert shown(page) == {"lamp-near", "lamp-both"}

    def test_a_shopper_who_did_not_is_asked_to(self, visitor: Client) -> None:
        page = visitor.get("/search/", {"q": "lamp"}).content.decode()
        assert offered(page) == {"in": 3, "out": 1}
        assert f"/place/?next={quote('/search/?q=lamp&stock=near', safe='/')}" in page
        shared = visitor.get("/search/", {"q": "lamp", "stock": "near"}).content.decode()
        assert "depends on where you are" in shared
        assert len(shown(shared)) == 4

    @pytest.mark.parametrize("stock", ["@near", "", "none", "near\0", "@", "in|out", "@-", "x" * 400])
    def test_other_values_are_left_out(self, visitor: Client, stock: str) -> None:
        answer = visitor.get("/search/", {"q": "lamp", "stock": stock})
        assert (answer.status_code, len(shown(answer.content.decode()))) == (200, 4)

    def test_without_the_inventory_lists_are_as_told_before(
        self, visitor: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        placed(visitor)

        def away() -> None:
            raise ResponseError("LOADING Redis is loading the dataset in memory")

        places.all_locations()
        monkeypatch.setattr(places, "_current", away)
        for known, near in ((places._known, {"lamp-near", "lamp-both"}), (None, set())):
            monkeypatch.setattr(places, "_known", replace(known, read=-1_000.0) if known else None)
            for level, expected in (("in", {"lamp-near", "lamp-far", "lamp-both"}), ("near", near)):
                page = visitor.get("/search/", {"q": "lamp", "stock": level})
                assert (page.status_code, shown(page.content.decode())) == (200, expected)
                assert "say so" not in page.content.decode()

    def test_what_the_shop_never_had_is_out_of_stock_as_lists_count_it(self, visitor: Client) -> None:
        listed = visitor.get("/search/", {"q": "lamp", "stock": "out"}).content.decode()
        assert shown(listed) == {"lamp-none"}
        page = visitor.get("/product/lamp-none/").content.decode()
        assert '<p class="stock stock--out" data-stock="out">Out of stock</p>' in page
        assert ("data-add-form" in page, "data-watch" in page) == (False, True)


def test_a_shop_without_any_place_for_stock_says_nothing_of_it(
    search_indexes: RedisNodes, opened: None, visitor: Client
) -> None:
    catalogues.fill([catalogues.product("lamp", name="Lamp")])
    assert "data-stock" not in visitor.get("/product/lamp/").content.decode()


def placed(visitor: Client) -> None:
    visitor.cookies["place"] = quote(json.dumps({"label": "Springfield, IL", **HERE}))


def offered(page: str) -> dict[str, int]:
    """The options of the facet with their counts, as the page has them."""
    options = re.findall(r'data-facet="stock" data-value="(\w+)"(.*?)</label>', page, re.DOTALL)
    return {value: int(re.findall(r'option-count">(\d+)', rest)[0]) for value, rest in options}


def shown(page: str) -> set[str]:
    return set(re.findall(r'href="/product/([^/"]+)/"', page))
