"""A shopper narrows a list, and every choice is an address."""

from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import Visit


def total(page: Page) -> int:
    return int(page.locator("#results").get_attribute("data-total") or -1)


def option(page: Page, facet: str, index: int = 0) -> Locator:
    return page.locator(f"[data-facet='{facet}']").nth(index)


def tick(page: Page, chosen: Locator) -> int:
    """Tick an option and wait for its results; returns the count it promised."""
    promised = int(chosen.get_attribute("data-count") or -1)
    with page.expect_response(lambda response: response.request.headers.get("hx-target") == "results"):
        chosen.click()
    return promised


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_ticking_a_value_finds_what_its_count_promised(visit: Visit) -> None:
    page = visit("/search/?q=lamp")
    value = option(page, "brand").get_attribute("data-value")
    promised = tick(page, option(page, "brand"))
    expect(page.locator("#results")).to_have_attribute("data-total", str(promised))
    assert query(page) == {"q": ["lamp"], "brand": [value]}
    expect(page.get_by_role("status")).to_contain_text(f"{promised} product")


def test_a_second_value_of_a_facet_adds_its_products(visit: Visit) -> None:
    page = visit("/search/?q=lamp")
    names = [option(page, "brand", index).get_attribute("data-value") or "" for index in (0, 1)]
    promised = 0
    for name in names:
        promised += tick(page, page.locator(f"[data-facet='brand'][data-value=\"{name}\"]"))
        expect(page.locator("#results")).to_have_attribute("data-total", str(promised))
    assert sorted(query(page)["brand"]) == sorted(names)


def test_back_brings_the_former_results_and_boxes(visit: Visit) -> None:
    page = visit("/search/?q=lamp")
    everything = total(page)
    promised = tick(page, option(page, "price"))
    expect(page.locator("#results")).to_have_attribute("data-total", str(promised))
    page.go_back()
    expect(page.locator("#results")).to_have_attribute("data-total", str(everything))
    expect(page.locator("#facets input:checked")).to_have_count(0)
    page.go_forward()
    expect(page.locator("#results")).to_have_attribute("data-total", str(promised))
    expect(page.locator("#facets input:checked")).to_have_count(1)


def test_back_from_a_product_keeps_the_filters(visit: Visit) -> None:
    page = visit("/search/?q=lamp")
    promised = tick(page, option(page, "price"))
    expect(page.locator("#results")).to_have_attribute("data-total", str(promised))
    page.locator("[data-sku] a").first.click()
    page.wait_for_url("**/product/**")
    page.go_back()
    expect(page.locator("#results")).to_have_attribute("data-total", str(promised))
    expect(page.locator("#facets input:checked")).to_have_count(1)


def test_the_keyboard_keeps_its_place_in_the_filters(visit: Visit) -> None:
    page = visit("/search/?q=lamp")
    value = option(page, "brand", 1).get_attribute("data-value")
    box = page.locator(f"[data-facet='brand'][data-value=\"{value}\"] input")
    box.focus()
    with page.expect_response("**brand=**"):
        page.keyboard.press("Space")
    expect(page.locator(".chips")).to_be_visible()
    expect(box).to_be_focused()
    expect(box).to_be_checked()


def test_an_address_with_filters_can_be_shared(visit: Visit) -> None:
    page = visit("/search/?q=lamp")
    promised = tick(page, option(page, "rating"))
    expect(page.locator(".chips")).to_be_visible()
    other = visit(page.url)
    assert total(other) == promised
    expect(other.locator("#facets input:checked")).to_have_count(1)


def test_chips_take_filters_away(visit: Visit) -> None:
    page = visit("/search/?q=lamp&price=25-50&rating=4")
    page.locator(".chips").get_by_role("link", name="$25 to $50").click()
    expect(page.locator(".chip")).to_have_count(2)
    assert "price" not in query(page)
    page.get_by_role("link", name="Clear all").click()
    expect(page.locator(".chips")).to_have_count(0)
    assert query(page) == {"q": ["lamp"]}


def test_sorting_keeps_the_filters_and_orders_the_prices(visit: Visit) -> None:
    page = visit("/search/?q=lamp&rating=4")
    page.get_by_label("Sort by").select_option("price")
    page.wait_for_url("**sort=price**")
    assert query(page)["rating"] == ["4"]
    expect(page.get_by_label("Sort by")).to_have_value("price")
    prices = [float(text.strip("$").replace(",", "")) for text in page.locator(".grid .price b").all_inner_texts()]
    assert len(prices) > 2
    assert prices == sorted(prices)


def test_typed_prices_become_a_range(visit: Visit) -> None:
    page = visit("/search/?q=lamp")
    page.get_by_label("From price in USD").fill("30")
    page.get_by_label("To price in USD").fill("60")
    page.get_by_label("To price in USD").press("Enter")
    expect(page.locator(".chips")).to_contain_text("$30 to $60")
    assert query(page) == {"q": ["lamp"], "price": ["30-60"]}
    expect(page.get_by_label("From price in USD")).to_have_value("30")


def test_pages_are_turned_and_the_focus_follows(visit: Visit) -> None:
    page = visit("/category/furniture/")
    first = page.locator("[data-sku]").first.get_attribute("data-sku")
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Next").click()
    page.wait_for_url("**page=2")
    expect(page.locator("[aria-current='page'].page-number")).to_contain_text("2")
    assert page.locator("[data-sku]").first.get_attribute("data-sku") != first
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.get_by_role("status")).to_contain_text("page 2")


def test_a_long_list_of_brands_is_searched_as_one_types(visit: Visit) -> None:
    page = visit("/search/")
    page.get_by_label("Find a brand in this list").fill("nord")
    shown = page.locator("#facet-brand .option:visible")
    expect(shown.first).to_contain_text("Nord")
    assert all("nord" in text.lower() for text in shown.all_inner_texts())


def test_an_opened_list_stays_open_when_a_value_in_it_is_ticked(visit: Visit) -> None:
    page = visit("/search/")
    page.locator("#more-brand > summary").click()
    tick(page, page.locator("#more-brand .option").first)
    expect(page.locator(".chips")).to_be_visible()
    expect(page.locator("#more-brand")).to_have_attribute("open", "")


def rarest_brand(visit: Visit) -> str:
    page = visit("/search/?all=brand")
    return page.locator("#facet-brand .option").last.get_attribute("data-value") or ""


def test_a_brand_past_the_most_frequent_is_found_and_ticked(visit: Visit) -> None:
    rarest = rarest_brand(visit)
    page = visit("/search/")
    expect(page.locator("#facet-brand .option", has_text=rarest)).to_have_count(0)
    page.get_by_label("Find a brand in this list").press_sequentially(rarest)
    shown = page.locator("#facet-brand .option:visible")
    expect(shown).to_have_count(1)
    promised = tick(page, shown)
    expect(page.locator("#results")).to_have_attribute("data-total", str(promised))
    assert query(page)["brand"] == [rarest]


def test_a_brand_that_there_is_not_is_said_not_to_be_there(visit: Visit) -> None:
    page = visit("/search/")
    page.get_by_label("Find a brand in this list").fill("no & such brand")
    line = page.locator("#facet-brand [data-none]")
    expect(line).to_contain_text("No brand here is called “no & such brand”")
    page.get_by_label("Find a brand in this list").fill("")
    expect(line).to_be_empty()


def test_opening_a_long_list_shows_all_of_it(visit: Visit) -> None:
    page = visit("/search/")
    promised = int(page.locator("#more-brand > summary .option-label").inner_text().split()[0])
    page.locator("#more-brand > summary").click()
    expect(page.locator("#more-brand .option")).to_have_count(promised)
    expect(page.locator("#facet-brand .option-rest")).to_have_count(0)
    counts = page.locator("#facet-brand [data-count]").evaluate_all("all => all.map(one => Number(one.dataset.count))")
    assert sum(counts) == total(page)
    tick(page, page.locator("#more-brand .option").first)
    expect(page.locator(".chips")).to_be_visible()
    expect(page.locator("#more-brand .option")).to_have_count(promised)


def test_a_typed_range_has_a_box_that_takes_it_away(visit: Visit) -> None:
    page = visit("/search/?q=lamp&price=90000-90001")
    assert total(page) == 0
    expect(page.locator("#facet-price input:checked")).to_have_value("90000-90001")
    page.get_by_label("From price in USD").fill("70")
    page.get_by_label("From price in USD").press("Enter")
    expect(page.locator(".chips")).to_contain_text("$70 to $90,001")
    assert query(page)["price"] == ["70-90001"]
    page.locator("#facet-price label:has(:checked)").click()
    expect(page.locator(".chips")).to_have_count(0)
    assert query(page) == {"q": ["lamp"]}
