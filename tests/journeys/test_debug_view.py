"""Someone curious looks at what Redis did."""

import re

from playwright.sync_api import expect

from tests.journeys.conftest import Visit


def test_a_page_tells_its_round_trips_and_a_search_explains_itself(visit: Visit) -> None:
    page = visit("/search/?q=lamp")
    bar = page.locator("#debug-view summary")
    expect(bar).to_contain_text("round trip")
    bar.click()
    search = page.locator(".debug-command", has_text="FT.SEARCH").first
    expect(search).to_contain_text("catalog:products")
    search.get_by_role("link", name="Explain").click()
    expect(search.locator(".debug-explained")).to_contain_text("FT.PROFILE")
    expect(search.locator(".debug-explained")).to_contain_text("INTERSECT")


def test_a_command_shown_too_long_ago_says_what_to_do(visit: Visit) -> None:
    page = visit("/search/?q=lamp")
    page.locator("#debug-view summary").click()
    search = page.locator(".debug-command", has_text="FT.SEARCH").first
    search.get_by_role("link", name="Explain").evaluate("link => { link.href += 'x'; }")
    search.get_by_role("link", name="Explain").click()
    expect(search.locator(".debug-answer")).to_have_text(re.compile(r"^This command was not shown .* reload the page"))


def test_a_command_is_copied_as_it_stands(visit: Visit) -> None:
    page = visit("/search/?q=lamp", permissions=["clipboard-read", "clipboard-write"])
    page.locator("#debug-view summary").click()
    command = page.locator(".debug-command").first
    command.get_by_role("button", name="Copy").click()
    expect(command.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == command.locator("code").text_content()


def test_it_follows_when_a_part_of_the_page_is_replaced(visit: Visit) -> None:
    page = visit("/search/?q=lamp")
    page.locator("[data-facet='brand']").first.click()
    expect(page.locator(".chips")).to_be_visible()
    page.locator("#debug-view summary").click()
    expect(page.locator(".debug-command", has_text="@brand").first).to_be_visible()
    expect(page.locator("#debug-view")).to_have_count(1)
