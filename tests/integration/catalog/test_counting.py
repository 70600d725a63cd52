"""Facet counts of wide queries: estimated at first, exact once prepared, and honest about which they are."""

import re
import threading
import time
from collections import Counter
from dataclasses import replace

import pytest

from bench import serving
from catalog import commands, counting, facets, finding, keyspace, operations, queries, search, tasks
from catalog.counting import Wanted
from catalog.facets import NO_BRAND, Facet
from catalog.models import Product, SynonymGroup
from catalog.results import Precision, SearchPage, SearchRequest
from catalog.search import Text
from redismart.celery import app as celery
from redismart.redis import recorder, replies
from redismart.redis.batch import Batch
from tests import catalogues, killed_writer
from tests.redis_nodes import ROOT

EVERY_PRODUCT = SearchRequest(text=Text.parse(""))
NEARLY_NOTHING = SearchRequest(text=Text.parse("lamp chair speaker headphones drill zzz"))
PRODUCTS = 1_200
WORKER_SECONDS = 150


@pytest.fixture(autouse=True)
def _narrow_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a hundred thousand products are to the shop, a thousand are here."""
    monkeypatch.setattr(counting, "EXACT_BUDGET", 200)
    monkeypatch.setattr(counting, "WORTH_PREPARING", 95)
    monkeypatch.setattr(counting, "SAMPLE_TARGET", 1_200)
    monkeypatch.setattr(counting, "MOST_BUCKETS", 64)
    monkeypatch.setattr(tasks, "_ordered", {})


@pytest.fixture
def catalogue(empty_catalogue: None) -> list[Product]:
    """More products than are counted exactly within a request."""
    products = catalogues.generated(PRODUCTS)
    catalogues.fill(products)
    return products


def found(request: SearchRequest = EVERY_PRODUCT) -> SearchPage:
    return finding.search_page(request=request)[0]


def prepare(page: SearchPage) -> None:
    """What the worker does with the orders of a page."""
    for query in page.to_prepare:
        operations.prepare_counts(query=query)


def precisions(page: SearchPage) -> set[Precision]:
    return {group.precision for group in page.groups}


def counts(page: SearchPage, facet: Facet) -> dict[str, int]:
    return {option.value: option.count for group in page.groups if group.facet is facet for option in group.options}


def truth(products: list[Product], facet: Facet) -> Counter[str]:
    return Counter(product.projection()["x"][facet.value] for product in products)


def test_an_estimate_says_that_it_is_one_and_orders_exact_counts(catalogue: list[Product]) -> None:
    page = found()
    assert precisions(page) == {Precision.ESTIMATED}
    assert not page.exact
    assert {query.group_by for query in page.to_prepare} == {facets.JOINT_FIELD, Facet.BRAND}


@pytest.mark.parametrize("request_", [EVERY_PRODUCT, NEARLY_NOTHING], ids=["everything", "close matches"])
def test_an_estimate_is_near_the_truth(
    catalogue: list[Product], request_: SearchRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "UNKNOWN_BUCKETS", 32)
    estimated = found(request_)
    monkeypatch.setattr(counting, "EXACT_BUDGET", 10 * PRODUCTS)
    exact = found(request_)
    assert (precisions(estimated), precisions(exact)) == ({Precision.ESTIMATED}, {Precision.EXACT})
    for value, count in counts(exact, Facet.CATEGORY).items():
        spread = 4 * count**0.5
        assert count - spread <= counts(estimated, Facet.CATEGORY).get(value, 0) <= count + spread, value


def test_estimates_do_not_favour_what_was_stored_first(empty_catalogue: None) -> None:
    half = PRODUCTS // 2
    first = [catalogues.product(f"a{number}", name="lamp", categories=("First",)) for number in range(half)]
    then = [catalogues.product(f"b{number}", name="lamp", categories=("Then",)) for number in range(half)]
    catalogues.fill([*first, *then])
    for text in ("", "lamp", "lamp zzz"):
        shares = counts(found(SearchRequest(text=Text.parse(text))), Facet.CATEGORY)
        assert shares["first"] == pytest.approx(half, rel=0.25), text
        assert shares["then"] == pytest.approx(half, rel=0.25), text


FILTERED: facets.Selection = {
    Facet.CATEGORY: ("audio",),
    Facet.BRAND: ("Brand 1",),
    Facet.PRICE: ("0-10",),
    Facet.RATING: ("4",),
}


@pytest.mark.parametrize(
    ("sizes", "exact"),
    [
        ((40, 40, 40, 40, 40), (0, 1, 2, 3, 4)),
        ((90, 80, 70, 60, 50), (2, 3, 4)),
        ((150, 30, 150, 10, 150), (0, 1, 3)),
        ((201, 900, 900, 900, 900), ()),
        ((900, 900, 900, 900, 200), (4,)),
    ],
)
def test_the_exact_counts_of_a_page_share_one_budget_smallest_first(
    catalogue: list[Product], sizes: tuple[int, ...], exact: tuple[int, ...]
) -> None:
    asked = facets.count_queries(facets.TextClause("*"), FILTERED)
    batch = Batch(Product.db())
    wanted = [Wanted(query, matches=size) for query, size in zip(asked, sizes, strict=True)]
    counted = counting.ask(batch, wanted, versions=counting.Versions("0"))
    batch.run()
    assert tuple(number for number, reply in enumerate(counted) if reply.value.precision is Precision.EXACT) == exact


def test_a_page_may_have_exact_and_estimated_counts_and_orders_only_the_latter(
    catalogue: list[Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "EXACT_BUDGET", PRODUCTS * 3 // 2)
    page = found()
    assert [group.facet for group in page.groups if group.precision is Precision.ESTIMATED] == [Facet.BRAND]
    assert counts(page, Facet.RATING) == truth(catalogue, Facet.RATING)
    assert [query.answers for query in page.to_prepare] == [(Facet.BRAND,)]


def test_a_way_out_of_an_empty_page_says_when_its_number_is_an_estimate(
    catalogue: list[Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = replace(EVERY_PRODUCT, selection={Facet.BRAND: ("There is none",)})
    monkeypatch.setattr(counting, "EXACT_BUDGET", 10 * PRODUCTS)
    (way,) = found(nothing).ways
    assert (way.facet, way.total, way.precision) == (Facet.BRAND, PRODUCTS, Precision.EXACT)
    monkeypatch.setattr(counting, "EXACT_BUDGET", 0)
    (way,) = found(nothing).ways
    assert way.precision is Precision.ESTIMATED
    assert way.total == pytest.approx(PRODUCTS, rel=0.25)


@pytest.mark.parametrize("text", ["lamp", "red lamp", "LAMP", "lam", "generated-7", "red lamp novel kettle", "!!!"])
def test_counting_goes_over_the_very_products_that_ranking_does(catalogue: list[Product], text: str) -> None:
    for clause in (search.all_words, search.beginnings, search.some_words):
        ranked = clause(Text.parse(text))
        hits = replies.hits(Product.db().execute_command(*commands.hits(ranked, {}, order=None)))
        assert queries.total(text=ranked) == hits.total, clause


def test_prepared_counts_are_exact(catalogue: list[Product]) -> None:
    prepare(found())
    page = found()
    assert precisions(page) == {Precision.EXACT}
    assert page.to_prepare == ()
    for facet in (Facet.CATEGORY, Facet.SUB, Facet.PRICE, Facet.RATING):
        assert counts(page, facet) == truth(catalogue, facet), facet


@pytest.mark.parametrize("write", ["save", "delete"])
def test_a_write_makes_prepared_counts_stale_until_they_are_prepared_again(
    catalogue: list[Product], write: str
) -> None:
    prepare(found())
    if write == "save":
        operations.save_products(products=[catalogues.product("one more", categories=("Audio",))])
        change = 1
    else:
        gone = next(product for product in catalogue if product.categories[:1] == ("Audio",))
        operations.delete_products(skus=[gone.sku])
        change = -1
    stale = found()
    assert precisions(stale) == {Precision.STALE}
    prepare(stale)
    assert precisions(found()) == {Precision.EXACT}
    assert counts(found(), Facet.CATEGORY)["audio"] == truth(catalogue, Facet.CATEGORY)["audio"] + change


def test_new_synonyms_make_prepared_counts_stale(catalogue: list[Product]) -> None:
    prepare(found())
    operations.save_synonyms(groups=[SynonymGroup(name="lights", terms=("lamp", "light"))])
    assert precisions(found()) == {Precision.STALE}


def test_counts_that_pass_for_exact_are_so_whatever_is_written_meanwhile(catalogue: list[Product]) -> None:
    writer = threading.Thread(target=_write_for_a_while)
    writer.start()
    seen: list[bool] = []
    while writer.is_alive() or len(seen) <= 1:
        prepare(found())
        page = found()
        seen.append(page.exact)
        if page.exact:
            assert sum(counts(page, Facet.CATEGORY).values()) == page.total
    writer.join()
    assert len(seen) > 1


def _write_for_a_while() -> None:
    for number in range(40):
        operations.save_products(products=[catalogues.product(f"new {number} {part}") for part in range(20)])
        time.sleep(0.01)


def test_a_write_that_is_killed_half_way_leaves_no_counts_that_pass_for_exact(catalogue: list[Product]) -> None:
    prepare(found())
    killed_writer.killed("products", count=20, after=10)
    page = found()
    assert PRODUCTS < page.total < PRODUCTS + 20
    assert precisions(page) == {Precision.STALE}
    operations.save_products(products=killed_writer.products(20))
    prepare(found())
    assert precisions(found()) == {Precision.EXACT}
    assert counts(found(), Facet.CATEGORY)["audio"] == truth(catalogue, Facet.CATEGORY)["audio"] + 20


def test_counts_of_a_selected_value_are_shown_however_rare_it_is(
    catalogue: list[Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "MOST_KEPT", 5)
    rarest, carried = truth(catalogue, Facet.BRAND).most_common()[-1]
    request = replace(EVERY_PRODUCT, selection={Facet.BRAND: (rarest,)})
    prepare(found(request))
    page = found(request)
    assert page.total == carried
    assert counts(page, Facet.BRAND)[rarest] == carried


def test_values_too_rare_to_keep_are_still_counted_in_the_rest(
    catalogue: list[Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "MOST_KEPT", 5)
    prepare(found())
    brands = next(group for group in found().groups if group.facet is Facet.BRAND)
    assert brands.precision is Precision.EXACT
    assert len(brands.options) + brands.hidden_values == len(truth(catalogue, Facet.BRAND))
    assert sum(option.count for option in brands.options) + brands.rest == PRODUCTS


def test_narrow_queries_are_counted_exactly_whatever_is_prepared(catalogue: list[Product]) -> None:
    page = found(SearchRequest(text=Text.parse(catalogue[0].name)))
    assert precisions(page) == {Precision.EXACT}
    assert page.to_prepare == ()


def test_only_one_process_prepares_the_same_counts(catalogue: list[Product]) -> None:
    query = found().to_prepare[0]
    Product.db().set(keyspace.facet_lock(query.digest), "1")
    assert not operations.prepare_counts(query=query)
    assert Product.db().get(keyspace.facet_counts(query.digest)) is None


def test_preparing_gives_the_lock_back(catalogue: list[Product]) -> None:
    query = found().to_prepare[0]
    assert operations.prepare_counts(query=query)
    assert not Product.db().exists(keyspace.facet_lock(query.digest))


def test_a_page_of_close_matches_orders_only_what_can_be_prepared(catalogue: list[Product]) -> None:
    close = found(NEARLY_NOTHING)
    assert precisions(close) == {Precision.ESTIMATED}
    assert close.to_prepare == ()
    page = found(replace(NEARLY_NOTHING, text=Text.parse("lamp"), selection={Facet.BRAND: ("There is none",)}))
    assert page.relaxed
    assert [query.answers for query in page.to_prepare] == [(Facet.BRAND,)]
    prepare(page)
    assert (
        next(group for group in found(page.request).groups if group.facet is Facet.BRAND).precision is Precision.EXACT
    )


def test_an_order_nobody_waits_for_any_more_is_dropped(
    catalogue: list[Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[dict[str, object]] = []
    monkeypatch.setattr(tasks.prepare_counts, "apply_async", lambda **order: sent.append(order))
    query = found().to_prepare[0]
    tasks.order_counts(query)
    tasks.order_counts(query)
    assert [order["expires"] for order in sent] == [tasks.WANTED_SECONDS]


def test_browsing_is_prepared_where_it_is_worth_it(catalogue: list[Product]) -> None:
    by_category = Counter(slug for product in catalogue for slug in product.category_slugs)
    wide = [slug for slug, count in by_category.items() if count >= counting.WORTH_PREPARING]
    assert 0 < len(wide) < len(by_category)
    assert operations.prepare_browsing() == 2 * (1 + len(wide))
    assert precisions(found()) == {Precision.EXACT}
    for slug in wide:
        assert precisions(found(replace(EVERY_PRODUCT, within=slug))) == {Precision.EXACT}


def made() -> dict[str, float]:
    """When each prepared count was made."""
    keys = list(Product.db().scan_iter(keyspace.facet_counts("*"), count=10_000))
    stored = {key: counting.Prepared.decoded(Product.db().get(key)) for key in keys}
    return {key: known.made for key, known in stored.items() if known is not None}


def test_young_counts_of_browsing_outlast_a_small_change_and_are_made_again_when_old(catalogue: list[Product]) -> None:
    operations.prepare_browsing()
    before = made()
    operations.save_products(products=[catalogues.product("one more")])
    operations.prepare_browsing(min_age=60)
    assert made() == before
    assert precisions(found()) == {Precision.STALE}
    operations.prepare_browsing(min_age=0.001)
    after = made()
    assert all(after[key] > before[key] for key in before)
    assert precisions(found()) == {Precision.EXACT}


@pytest.mark.parametrize("write", ["save", "delete"])
def test_young_counts_of_browsing_are_made_again_where_many_products_came_or_went(
    catalogue: list[Product], write: str
) -> None:
    operations.prepare_browsing()
    before = made()
    if write == "save":
        operations.save_products(products=[catalogues.product(f"more {number}") for number in range(20)])
    else:
        gone = [product.sku for product in catalogue if not product.categories]
        operations.delete_products(skus=gone[:20])
    operations.prepare_browsing(min_age=60)
    # Of all products; none of these had a category.
    assert sum(after > before[key] for key, after in made().items()) == 2
    assert precisions(found()) == {Precision.EXACT}


def test_orders_of_visitors_wait_behind_no_other_work(catalogue: list[Product]) -> None:
    for _waiting in range(3):
        tasks.rebuild_suggestions.apply_async()
    for query in found().to_prepare:
        tasks.order_counts(query)
    with serving.procfile_line("counts"):
        deadline = time.monotonic() + WORKER_SECONDS
        while not found().exact:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert Product.db().get(keyspace.SUGGESTIONS_VERSION) is None


def test_every_queue_has_its_worker() -> None:
    commands = (ROOT / "Procfile").read_text()
    queues = {celery.amqp.router.route({}, name)["queue"].name for name in celery.tasks if name.startswith("catalog.")}
    assert queues == set(re.findall(r"--queues (\w+) ", commands))


def test_prepared_counts_spare_redis_the_counting_of_few_matches_too(catalogue: list[Product]) -> None:
    slug = _between_worth_and_limit(catalogue)
    page = replace(EVERY_PRODUCT, within=slug)
    counted = found(page)
    operations.prepare_browsing()
    with recorder.recording() as recorded:
        prepared = found(page)
    assert prepared.groups == counted.groups
    assert "FT.AGGREGATE" not in {command[0] for trip in recorded.trips for command in trip.commands}


def test_few_matches_are_counted_anew_once_the_catalogue_has_changed(catalogue: list[Product]) -> None:
    slug = _between_worth_and_limit(catalogue)
    page = replace(EVERY_PRODUCT, within=slug)
    operations.prepare_browsing()
    gone = next(product for product in catalogue if slug in product.category_slugs)
    operations.delete_products(skus=[gone.sku])
    after = found(page)
    assert precisions(after) == {Precision.EXACT}
    left = [product for product in catalogue if slug in product.category_slugs and product is not gone]
    assert counts(after, Facet.RATING) == truth(left, Facet.RATING)


def _between_worth_and_limit(catalogue: list[Product]) -> str:
    """A category that is worth preparing, and that a request counts exactly as well."""
    by_category = Counter(slug for product in catalogue for slug in product.category_slugs)
    limits = range(counting.WORTH_PREPARING, counting.EXACT_BUDGET // 2 + 1)
    return next(slug for slug, count in by_category.items() if count in limits)


def test_the_task_prepares_what_a_page_ordered(catalogue: list[Product]) -> None:
    for query in found().to_prepare:
        answers = [facet.value for facet in query.answers]
        tasks.prepare_counts(query=query.query, params=list(query.params), group_by=query.group_by, answers=answers)
    page = found()
    assert precisions(page) == {Precision.EXACT}
    assert counts(page, Facet.BRAND)[NO_BRAND] == truth(catalogue, Facet.BRAND)[NO_BRAND]


def test_the_catalogue_without_products_has_exact_counts(empty_catalogue: None) -> None:
    page = found()
    assert page.total == 0
    assert page.exact
    assert operations.prepare_browsing() == 0
    assert found(replace(EVERY_PRODUCT, within="nothing")).cards == ()
