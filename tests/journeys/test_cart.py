"""A guest fills a cart, changes it in two tabs, and empties it: with scripts and without."""

import pytest
from playwright.sync_api import Page, expect

from inventory import operations
from inventory.results import Operation
from tests.journeys.conftest import PHONE, Visit
from tests.journeys.test_accessibility import check

HEADPHONES, OTHER = "RM-AUD-0001", "RM-AUD-0002"


@pytest.fixture(scope="module", autouse=True)
def _stocked(shop: str) -> None:
    for sku in (HEADPHONES, OTHER):
        operations.receive(sku=sku, location="store", quantity=20, operation=Operation(f"arrived-{sku}"))


def count(page: Page, units: int) -> None:
    expect(page.locator("#cart-link")).to_have_attribute("data-cart-units", str(units))


def put(page: Page, quantity: int, sku: str = HEADPHONES) -> None:
    page.goto(f"/product/{sku}/")
    page.get_by_label("Quantity").fill(str(quantity))
    page.get_by_role("button", name="Add to cart").click()


def test_a_guest_adds_changes_and_removes(visit: Visit) -> None:
    page = visit("/")
    count(page, 0)
    put(page, 2)
    count(page, 2)
    expect(page.locator("#announcer")).to_contain_text("2 items are in it now.")
    page.get_by_role("link", name="View cart").click()
    quantity = page.get_by_label("Quantity of")
    expect(quantity).to_have_value("2")
    quantity.fill("3")
    quantity.press("Enter")
    count(page, 3)
    expect(page.locator("[data-line]")).to_have_attribute("data-quantity", "3")
    expect(page.locator("#announcer")).to_contain_text("Your cart is changed. 3 items")
    expect(page.locator("[data-checkout]")).to_be_visible()
    page.get_by_role("button", name="Remove").click()
    expect(page.locator("[data-empty]")).to_be_visible()
    expect(page.locator("#cart-title")).to_be_focused()
    count(page, 0)
    page.reload()
    expect(page.locator("[data-empty]")).to_be_visible()


def test_several_presses_of_more_and_fewer_are_one_change(visit: Visit) -> None:
    page = visit("/", viewport=PHONE, has_touch=True)
    put(page, 1)
    page.get_by_role("link", name="View cart").click()
    more, fewer = page.get_by_role("button", name="One more of"), page.get_by_role("button", name="One fewer of")
    expect(fewer).to_be_disabled()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    for _press in range(3):
        more.tap()
    expect(page.locator("[data-line]")).to_have_attribute("data-quantity", "4")
    count(page, 4)
    assert len(sent) == 1
    fewer.press("Enter")
    expect(page.locator("[data-line]")).to_have_attribute("data-quantity", "3")
    expect(fewer).to_be_focused()
    page.get_by_label("Quantity of").fill("5")
    page.get_by_label("Quantity of").press("Enter")
    expect(page.locator("[data-line]")).to_have_attribute("data-quantity", "5")


def test_the_buttons_of_a_list_put_in_one_each(visit: Visit) -> None:
    page = visit("/search/?q=headphones")
    buttons = page.locator("[data-quick-add]")
    for position in (0, 1, 0):
        buttons.nth(position).click()
        expect(buttons.nth(position)).to_have_attribute("data-done", "")
    count(page, 3)
    chosen = [buttons.nth(position).get_attribute("value") for position in (0, 1)]
    page.goto("/cart/")
    lines = {
        line.get_attribute("data-line"): line.get_attribute("data-quantity")
        for line in page.locator("[data-line]").all()
    }
    assert lines == {chosen[0]: "2", chosen[1]: "1"}


def test_buttons_that_came_with_further_results_work_too(visit: Visit) -> None:
    page = visit("/search/?q=lamp")
    page.get_by_label("Sort by").select_option("-price")
    page.wait_for_url("**sort=-price**")
    page.locator("[data-quick-add]").first.click()
    count(page, 1)


def test_two_tabs_lose_nothing_and_the_stale_one_is_told(visit: Visit) -> None:
    first = visit("/")
    second = first.context.new_page()
    put(first, 1)
    count(first, 1)
    put(second, 1)
    count(second, 2)
    for tab in (first, second):
        tab.goto("/cart/")
    first.get_by_label("Quantity of").fill("5")
    first.get_by_label("Quantity of").press("Enter")
    count(first, 5)
    second.get_by_label("Quantity of").fill("3")
    second.get_by_label("Quantity of").press("Enter")
    expect(second.get_by_role("alert")).to_contain_text("Meanwhile this became 5")
    expect(second.get_by_label("Quantity of")).to_have_value("5")
    second.get_by_label("Quantity of").fill("3")
    second.get_by_label("Quantity of").press("Enter")
    count(second, 3)


def test_a_quantity_that_is_stepped_is_sent_by_itself(visit: Visit) -> None:
    page = visit("/")
    put(page, 2)
    count(page, 2)
    page.goto("/cart/")
    page.get_by_label("Quantity of").press("ArrowUp")
    page.get_by_label("Quantity of").press("Tab")
    count(page, 3)


def test_without_scripts(visit: Visit) -> None:
    page = visit("/", java_script_enabled=False)
    put(page, 2)
    expect(page.get_by_role("status").filter(has_text="Added to your cart")).to_be_visible()
    page.get_by_label("Quantity of").fill("4")
    page.get_by_role("button", name="Update").click()
    count(page, 4)
    page.goto("/search/?q=headphones")
    page.locator("[data-quick-add]").first.click()
    count(page, 5)
    while (remove := page.get_by_role("button", name="Remove")).count():
        remove.first.click()
    expect(page.locator("[data-empty]")).to_be_visible()


def test_a_page_that_is_out_of_date_says_so(visit: Visit) -> None:
    page = visit(f"/product/{HEADPHONES}/")
    page.context.clear_cookies()
    page.get_by_role("button", name="Add to cart").click()
    expect(page.locator(".cart-toast")).to_have_text("This page is out of date: reload it and try again.")
    count(page, 0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [None, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing_wrong(visit: Visit, scheme: str, size: object) -> None:
    options = {"viewport": size} if size else {}
    page = visit("/cart/", color_scheme=scheme, reduced_motion="reduce", **options)
    check(page)
    put(page, 1)
    expect(page.locator("[data-added]")).to_be_visible()
    check(page)
    # More than there are.
    put(page, 30, OTHER)
    count(page, 31)
    page.goto("/cart/")
    check(page)
