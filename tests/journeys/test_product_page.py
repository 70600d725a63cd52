"""A shopper looks at one product."""

import json
from urllib.parse import quote

from playwright.sync_api import expect

from tests.journeys.conftest import Visit
from tests.journeys.shopfront import GALLERY, HOSTILE_SKU

HOSTILE = f"/product/{quote(HOSTILE_SKU, safe='')}/"


def test_it_shows_the_facts_and_the_reviews(visit: Visit) -> None:
    page = visit(HOSTILE)
    expect(page.get_by_role("heading", level=1)).to_have_text("Trial <i>Lantern</i> & Co")
    expect(page.locator(".product-price")).to_contain_text("$19.50")
    expect(page.locator(".product-price s")).to_have_text("$39.00")
    expect(page.locator(".attributes")).to_contain_text("Tomato")
    expect(page.locator(".review")).to_have_count(2)
    expect(page.locator(".histogram div").nth(0)).to_contain_text("1")
    expect(page).not_to_have_title("broken")


def test_its_pictures_load_in_a_size_that_fits(visit: Visit) -> None:
    page = visit(HOSTILE)
    pictures = page.locator(".gallery-row img")
    expect(pictures).to_have_count(len(GALLERY))
    page.wait_for_function("document.querySelector('.gallery-row img').naturalWidth > 0")
    assert "/media/" in pictures.first.evaluate("picture => picture.currentSrc")
    page.get_by_role("link", name="Show picture 3").click()
    expect(pictures.nth(2)).to_be_in_viewport(ratio=0.5)


def test_search_engines_read_the_same_product(visit: Visit) -> None:
    page = visit(HOSTILE)
    facts = json.loads(page.locator("script[type='application/ld+json']").inner_text())
    assert facts["sku"] == HOSTILE_SKU
    assert facts["offers"]["price"] == "19.50"
    assert facts["description"].startswith("</script>")
    address = page.locator("link[rel=canonical]").get_attribute("href") or ""
    assert address.endswith(HOSTILE)


def test_its_brand_leads_to_everything_of_the_brand(visit: Visit) -> None:
    page = visit(HOSTILE)
    page.locator(".product-brand").click()
    expect(page.locator("#results")).to_have_attribute("data-total", "1")
    expect(page.locator("[data-sku]")).to_have_attribute("data-sku", HOSTILE_SKU)
    page.locator("[data-sku] a").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Lantern")


def test_products_seen_before_are_offered_again(visit: Visit) -> None:
    page = visit("/product/RM-AUD-0001/")
    name = page.get_by_role("heading", level=1).inner_text()
    page.goto(HOSTILE)
    expect(page.get_by_role("region", name="Recently viewed")).to_contain_text(name)
    page.goto("/")
    expect(page.get_by_role("region", name="Recently viewed").locator("[data-sku]")).to_have_count(2)


def test_an_unknown_product_leads_on_to_a_search(visit: Visit) -> None:
    page = visit("/product/no-such-thing/")
    expect(page.get_by_role("heading", level=1)).to_have_text("This shelf is empty.")
    page.get_by_role("combobox", name="Search the shop").fill("lamp")
    page.get_by_role("combobox", name="Search the shop").press("Enter")
    page.wait_for_url("**/search/?q=lamp")
