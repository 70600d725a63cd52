"""Counts that are too many for a request: estimates at once, exact ones from the worker a moment later."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from catalog import facets, finding, keyspace, tasks
from catalog.facets import PRODUCT_FACETS, Facet
from catalog.models import Product
from catalog.results import SearchRequest
from catalog.search import Text
from tests.journeys import shopfront
from tests.journeys.conftest import Visit
from tests.redis_nodes import unused_port

EVERY_PRODUCT = SearchRequest(text=Text.parse(""))
WORKER_SECONDS = 120.0


@pytest.fixture(scope="module")
def wide_shop(shop: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a web server that counts only few products within a request, with a worker behind it."""
    logs = tmp_path_factory.mktemp("wide")
    serving = shopfront.serving(
        log=logs / "server.log", application="tests.journeys.wide:application", port=unused_port()
    )
    with shopfront.working(log=logs / "worker.log"), serving as address:
        await_worker()
        yield address


def await_worker() -> None:
    """Return once the worker has done something: it takes seconds to start."""
    (query, *_) = facets.count_queries(facets.TextClause("@sku:{none}"), {})
    tasks.order_counts(query)
    deadline = time.monotonic() + WORKER_SECONDS
    while not Product.db().exists(keyspace.facet_counts(query.digest)):
        assert time.monotonic() < deadline, "The worker did nothing."
        time.sleep(0.1)


def shown_counts(page: Page, facet: Facet) -> dict[str, int]:
    shown = page.locator(f"[data-facet='{facet}']").all()
    return {option.get_attribute("data-value") or "": int(option.get_attribute("data-count") or -1) for option in shown}


def test_estimates_are_replaced_by_exact_counts_from_the_worker(wide_shop: str, visit: Visit) -> None:
    page = visit("/healthz")
    response = page.goto(f"{wide_shop}/search/")
    assert response is not None
    assert "Counts are estimates; exact ones follow." in response.text()
    expect(page.locator("#facets [data-precision='exact']")).to_have_count(len(PRODUCT_FACETS))
    expect(page.locator("#facets .precision")).to_have_count(0)
    truth, _tree = finding.search_page(request=EVERY_PRODUCT)
    for group in truth.groups:
        assert shown_counts(page, group.facet) == {option.value: option.count for option in group.options}
