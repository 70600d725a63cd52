"""What a result page says about its own counts and choices."""

import re
import time
from html import unescape

import pytest
from django.test import Client

from catalog import counting, finding, operations, requests, tasks
from catalog.results import SearchRequest
from catalog.search import Text
from tests import catalogues, markup

pytestmark = pytest.mark.usefixtures("empty_catalogue")

EVERY_PRODUCT = SearchRequest(text=Text.parse(""))
REMARK = re.compile(r'<p class="precision">(.*?)</p>', re.DOTALL)
PRODUCTS = 90


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "order_counts", lambda _query: None)
    monkeypatch.setattr(counting, "EXACT_BUDGET", 20)


@pytest.fixture(autouse=True)
def _products() -> None:
    catalogues.fill([catalogues.product(f"{number}", categories=("Audio",)) for number in range(PRODUCTS)])


def remark(visitor: Client, language: str = "en-US") -> str:
    """What stands above the facets, as text."""
    page = visitor.get("/search/", HTTP_ACCEPT_LANGUAGE=language).content.decode()
    found = REMARK.search(page)
    return "" if found is None else unescape(re.sub(r"<[^>]*>", "", found[1])).strip()


def count_and_change(monkeypatch: pytest.MonkeyPatch, *, minutes_ago: float) -> None:
    """Prepare all counts so long ago, then change the catalogue."""
    then = time.time() - minutes_ago * 60
    with monkeypatch.context() as clock:
        clock.setattr(time, "time", lambda: then)
        for query in finding.search_page(request=EVERY_PRODUCT)[0].to_prepare:
            operations.prepare_counts(query=query)
    operations.save_products(products=[catalogues.product("one more")])


@pytest.mark.parametrize(
    ("minutes", "language", "age"),
    [
        (25, "en-US", "Counted 25 minutes ago"),
        (50, "en-US", "Counted 50 minutes ago"),
        (7 * 60, "en-GB", "Counted 7 hours ago"),
        (25, "de-DE", "Counted vor 25 Minuten"),
    ],
)
def test_counts_of_an_earlier_time_say_how_old_they_are(
    visitor: Client, monkeypatch: pytest.MonkeyPatch, minutes: float, language: str, age: str
) -> None:
    count_and_change(monkeypatch, minutes_ago=minutes)
    assert remark(visitor, language) == f"{age}; exact ones follow."


def test_estimates_are_called_so(visitor: Client) -> None:
    assert remark(visitor) == "Counts are estimates; exact ones follow."


def test_estimates_beside_exact_counts_are_told_apart(visitor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "EXACT_BUDGET", PRODUCTS)
    assert remark(visitor) == "Counts with ~ are estimates; exact ones follow."


def test_exact_counts_need_no_remark(visitor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "EXACT_BUDGET", 10 * PRODUCTS)
    assert remark(visitor) == ""


@pytest.mark.parametrize(("extra", "said"), [(0, None), (1, "1 of your choices was"), (4, "4 of your choices were")])
def test_choices_that_are_too_many_are_left_out_visibly(visitor: Client, extra: int, said: str | None) -> None:
    chosen = "&".join(f"brand={number}" for number in range(requests.MOST_VALUES + extra))
    response = visitor.get(f"/search/?{chosen}")
    assert ([] if said is None else [str(extra)]) == [
        element["data-left-out"] for element in markup.elements(response, "data-left-out")
    ]
    assert said is None or said in response.content.decode()
