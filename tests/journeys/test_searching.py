"""A shopper looks for something."""

import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import Visit


def search_field(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Search the shop")


def test_suggestions_open_while_typing_and_enter_follows_the_chosen_one(page: Page) -> None:
    search_field(page).press_sequentially("headph", delay=20)
    options = page.get_by_role("listbox", name="Suggestions").get_by_role("option")
    expect(options.first).to_be_visible()
    expect(search_field(page)).to_have_attribute("aria-expanded", "true")
    search_field(page).press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    chosen = options.first.get_attribute("id") or ""
    expect(search_field(page)).to_have_attribute("aria-activedescendant", chosen)
    target = options.first.get_attribute("data-url") or "nothing"
    search_field(page).press("Enter")
    page.wait_for_url(f"**{target}")


def test_arrow_up_from_the_field_chooses_the_last_suggestion(page: Page) -> None:
    search_field(page).press_sequentially("lamp", delay=20)
    options = page.get_by_role("listbox", name="Suggestions").get_by_role("option")
    expect(options.first).to_be_visible()
    search_field(page).press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")


def test_escape_closes_the_suggestions_and_keeps_what_was_typed(page: Page) -> None:
    box = search_field(page)
    box.press_sequentially("lamp", delay=20)
    expect(page.get_by_role("listbox")).to_be_visible()
    box.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(box).to_have_value("lamp")
    expect(box).to_be_focused()


def test_a_click_on_a_suggestion_follows_it(page: Page) -> None:
    # All at once: what is offered for "so" would change under the pointer.
    search_field(page).fill("sofa")
    option = page.get_by_role("listbox", name="Suggestions").get_by_role("option").first
    target = option.get_attribute("data-url") or "nothing"
    option.click()
    page.wait_for_url(f"**{target}")


def test_enter_without_a_choice_searches_for_the_words(page: Page) -> None:
    search_field(page).fill("floor lamp")
    search_field(page).press("Enter")
    page.wait_for_url("**/search/?q=floor+lamp")
    expect(page.get_by_role("heading", level=1)).to_contain_text("floor lamp")
    expect(page.locator("[data-sku]").first).to_be_visible()


def test_words_that_match_are_marked(visit: Visit) -> None:
    page = visit("/search/?q=lamp")
    expect(page.locator(".card-name mark").first).to_have_text(re.compile("lamp", re.IGNORECASE))


def test_a_misspelt_word_offers_a_correction_that_finds_products(visit: Visit) -> None:
    page = visit("/search/?q=headphnes")
    page.get_by_role("link", name="headphones", exact=True).click()
    page.wait_for_url("**q=headphones**")
    assert int(page.locator("#results").get_attribute("data-total") or 0) > 0
    expect(search_field(page)).to_have_value("headphones")


def test_nothing_found_says_so_and_offers_the_categories(visit: Visit) -> None:
    page = visit("/search/?q=zzzqqqxxx")
    expect(page.locator("#results")).to_have_attribute("data-total", "0")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    page.locator(".no-results").get_by_role("link").first.click()
    page.wait_for_url("**/category/**")
    expect(page.locator("[data-sku]").first).to_be_visible()


def test_filters_that_leave_nothing_offer_to_drop_one(visit: Visit) -> None:
    page = visit("/search/?q=headphones&brand=Nordvale")
    expect(page.locator("#results")).to_have_attribute("data-total", "0")
    page.get_by_role("link", name="Any brand").click()
    expect(page.locator("[data-sku]").first).to_be_visible()
    assert "brand" not in parse_qs(urlsplit(page.url).query)


def test_markup_in_a_search_is_shown_as_text(visit: Visit) -> None:
    page = visit("/search/?q=%3Cimg%20src%3Dx%20onerror%3Ddocument.title%3D1%3E")
    expect(page.get_by_role("heading", level=1)).to_contain_text("<img src=x")
    expect(page).not_to_have_title("1")
