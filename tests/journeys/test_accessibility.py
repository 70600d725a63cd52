"""WCAG 2.2 AA, as far as a program can tell: axe finds nothing on any kind of page."""

from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize, expect

from tests.journeys.conftest import DESKTOP, PHONE, Visit
from tests.journeys.shopfront import HOSTILE_SKU

PAGES = {
    "home": "/",
    "categories": "/categories/",
    "search": "/search/?q=lamp",
    "filtered": "/search/?q=lamp&price=25-50&rating=4",
    "corrected": "/search/?q=headphnes",
    "nothing": "/search/?q=zzzqqqxxx",
    "category": "/category/furniture/",
    "product": "/product/RM-AUD-0001/",
    "gallery": f"/product/{quote(HOSTILE_SKU, safe='')}/",
    "place": "/place/",
    "about": "/about/",
    "missing": "/nowhere/",
}
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}


def check(page: Page) -> None:
    # On a screen as tall as the page, for axe takes what a sticky bar covers at the moment for out of reach.
    size = page.viewport_size or DESKTOP
    whole = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": whole})
    found = Axe().run(page, options=RULES)
    page.set_viewport_size(size)
    assert not found.violations_count, found.generate_report()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_axe_finds_nothing_wrong(visit: Visit, path: str, scheme: str, size: ViewportSize) -> None:
    check(visit(path, color_scheme=scheme, viewport=size, reduced_motion="reduce"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_with_what_opens(visit: Visit, scheme: str) -> None:
    page = visit("/search/?q=lamp", color_scheme=scheme, viewport=PHONE, reduced_motion="reduce")
    page.get_by_role("button", name="Filters").click()
    check(page)
    page.keyboard.press("Escape")
    page.get_by_text("All categories").click()
    check(page)
    page.keyboard.press("Escape")
    page.get_by_role("combobox", name="Search the shop").press_sequentially("floor ", delay=20)
    expect(page.get_by_role("listbox", name="Suggestions")).to_be_visible()
    check(page)
    page.keyboard.press("Escape")
    page.locator("#debug-view summary").click()
    check(page)


def test_the_first_tab_stop_skips_to_the_content(visit: Visit) -> None:
    page = visit("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
