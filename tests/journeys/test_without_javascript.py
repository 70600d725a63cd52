"""Everything works with scripts switched off."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import PHONE, Visit


@pytest.fixture
def plain(visit: Visit) -> Page:
    return visit("/", java_script_enabled=False)


def test_a_search_a_filter_an_order_and_a_product(plain: Page) -> None:
    plain.get_by_label("Search the shop").fill("lamp")
    plain.get_by_role("button", name="Search").click()
    everything = int(plain.locator("#results").get_attribute("data-total") or 0)
    brand = plain.locator("[data-facet='brand']").first
    promised = brand.get_attribute("data-count")
    brand.click()
    plain.locator("#filters").get_by_role("button", name="Apply").click()
    expect(plain.locator("#results")).to_have_attribute("data-total", promised or "")
    assert int(promised or 0) < everything
    plain.get_by_label("Sort by").select_option("-price")
    plain.locator(".sort").get_by_role("button", name="Apply").click()
    query = parse_qs(urlsplit(plain.url).query)
    assert (query["q"], query["sort"], len(query["brand"])) == (["lamp"], ["-price"], 1)
    name = plain.locator("[data-sku] a").first.inner_text()
    plain.locator("[data-sku] a").first.click()
    expect(plain.get_by_role("heading", level=1)).to_have_text(name)


def test_nothing_that_needs_scripts_is_shown(plain: Page) -> None:
    assert plain.locator(".needs-script:visible").count() == 0


def test_the_filters_open_on_a_phone(visit: Visit) -> None:
    page = visit("/search/?q=lamp", java_script_enabled=False, viewport=PHONE)
    expect(page.locator("#filter-drawer")).to_be_hidden()
    page.get_by_role("button", name="Filters").click()
    expect(page.locator("#filter-drawer")).to_be_visible()
    page.locator("[data-facet='price']").first.click()
    page.locator("#filters").get_by_role("button", name="Apply").click()
    expect(page.locator(".chips")).to_be_visible()


def test_all_categories_open(plain: Page) -> None:
    plain.get_by_text("All categories").click()
    plain.locator(".category-menu").get_by_role("link", name="Furniture").click()
    expect(plain.get_by_role("heading", level=1)).to_contain_text("Furniture")


def test_a_long_list_of_brands_is_shown_whole(visit: Visit) -> None:
    page = visit("/search/", java_script_enabled=False)
    page.locator("#more-brand > summary").click()
    page.locator("#more-brand .option-rest a").click()
    counts = [int(one.get_attribute("data-count") or 0) for one in page.locator("#facet-brand .option:visible").all()]
    assert sum(counts) == int(page.locator("#results").get_attribute("data-total") or 0)
