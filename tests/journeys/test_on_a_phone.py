"""The shop in one hand."""

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import PHONE, Visit


def test_the_filter_drawer_stays_open_while_filters_are_chosen(visit: Visit) -> None:
    page = visit("/search/?q=lamp", viewport=PHONE, has_touch=True)
    drawer = page.locator("#filter-drawer")
    expect(drawer).to_be_hidden()
    page.get_by_role("button", name="Filters").tap()
    expect(drawer).to_be_visible()
    first = page.locator("[data-facet='price']").first
    promised = first.get_attribute("data-count") or ""
    first.tap()
    expect(page.locator("#results")).to_have_attribute("data-total", promised)
    expect(drawer).to_be_visible()
    page.get_by_role("button", name=f"Show {promised} product").tap()
    expect(drawer).to_be_hidden()
    expect(page.get_by_role("button", name="Filters")).to_contain_text("1")


def test_escape_closes_the_filter_drawer(visit: Visit) -> None:
    page = visit("/search/?q=lamp", viewport=PHONE)
    page.get_by_role("button", name="Filters").click()
    expect(page.locator("#filter-drawer")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#filter-drawer")).to_be_hidden()


@pytest.mark.parametrize(
    "path", ["/", "/search/?q=lamp", "/categories/", "/category/furniture/", "/product/RM-AUD-0001/", "/nowhere/"]
)
def test_no_page_is_wider_than_the_screen(visit: Visit, path: str) -> None:
    page = visit(path, viewport={"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
