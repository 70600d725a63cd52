"""A shopper says where the goods go: an address, or a store near a town or near where they are."""

import re
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from playwright.sync_api import Browser, Geolocation, Page, ViewportSize, expect

from inventory import fence, operations
from inventory.api import Operation
from inventory.replication import recovery
from purchasing import availability
from purchasing.models import Checkout
from tests.checkouts import CHECKOUT, begun
from tests.journeys import shopfront
from tests.journeys.conftest import DESKTOP, PHONE, Visit
from tests.journeys.test_accessibility import check
from tests.redis_nodes import RedisNodes, unused_port

PAGE = f"/checkout/{CHECKOUT}/"
PRODUCT = "/product/RM-AUD-0001/"
# Which of two is first depends on who is open when the test runs.
NEAR_BROOKLYN = re.compile("RedisMart (Brooklyn Heights|West Village)")
STOCK = {
    "us-nyc-village": {"RM-AUD-0001": 5},
    "us-nyc-brooklyn": {"RM-AUD-0001": 5, "RM-AUD-0002": 3},
    "us-fc-reno": {"RM-AUD-0001": 2},
}
MANHATTAN = Geolocation(latitude=40.7308, longitude=-74.0005)


@pytest.fixture(scope="module")
def web_server(browser: Browser, redis_stack: RedisNodes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The shop whose checkouts are at this step."""
    log = tmp_path_factory.mktemp("where-to") / "server.log"
    application = "tests.journeys.where_to_wsgi:application"
    with shopfront.serving(log=log, application=application, port=unused_port()) as address:
        yield address


@pytest.fixture(autouse=True, scope="module")
def _stocked(shop: str) -> None:
    call_command("write_gazetteer", verbosity=0)
    call_command("load_stores", demo=True, verbosity=0)
    for region in fence.regions():
        recovery.open_region(region)
    for location, has in STOCK.items():
        for sku, quantity in has.items():
            operation = Operation(f"{location}-{sku}", region="us")
            operations.receive(sku=sku, location=location, quantity=quantity, operation=operation)
    availability.follow(seconds=30)


@pytest.fixture(autouse=True)
def _checkout(_stocked: None) -> Iterator[None]:
    begun({"RM-AUD-0001": 2, "RM-AUD-0002": 1})
    yield
    Checkout.db().delete(Checkout.key_of(CHECKOUT))


def test_a_shopper_lists_what_stores_near_by_have(visit: Visit) -> None:
    page = visit("/search/")
    near, results = page.locator("[data-facet='stock'][data-value='near']"), page.locator("#results")
    page.get_by_role("link", name="Say where you are").click()
    page.get_by_label("Town or postcode").fill("Brooklyn")
    page.get_by_role("button", name="This is where I am").click()
    expect(near.get_by_role("checkbox")).to_be_checked()
    expect(near).to_contain_text("In stock near Brooklyn")
    expect(near.locator(".option-count")).to_have_text("2")
    expect(results).to_have_attribute("data-total", "2")
    check(page)
    near.click()
    expect(results).not_to_have_attribute("data-total", "2")
    assert "stock" not in page.url
    expect(near.locator(".option-count")).to_have_text("2")


def look_for(page: Page, place: str) -> None:
    page.get_by_role("link", name="Collect").click()
    page.get_by_label("Town or postcode").fill(place)
    page.get_by_role("button", name="Show stores").click()


def test_a_store_is_chosen_by_its_town(visit: Visit) -> None:
    page = visit(PAGE)
    look_for(page, "new york, ny")
    stores = page.locator("[data-store]")
    expect(stores.first).to_have_attribute("data-store", "us-nyc-brooklyn")
    expect(stores.first.locator("[data-availability]")).to_contain_text("All 2 items")
    expect(stores.nth(1).locator("[data-availability]")).to_contain_text("1 of 2")
    expect(page.locator("[data-map] [data-pin]")).to_have_count(stores.count())
    page.get_by_role("button", name="Collect at RedisMart Brooklyn Heights").click()
    expect(page.locator("[data-way=collect]")).to_have_attribute("aria-current", "page")
    found = Checkout.read(CHECKOUT)
    assert [parcel.location for parcel in found.parcels] == ["us-nyc-brooklyn"]
    assert found.address is not None
    assert found.address.city == "Brooklyn"


def test_a_zip_code_and_a_store_that_is_brought_the_rest(visit: Visit) -> None:
    page = visit(PAGE)
    look_for(page, "10014")
    page.get_by_role("button", name="Collect at RedisMart West Village, all of it").click()
    expect(page.locator("[data-way=collect]")).to_have_attribute("aria-current", "page")
    brought = {parcel.location: parcel.brought_to for parcel in Checkout.read(CHECKOUT).parcels}
    assert brought == {"us-nyc-village": "", "us-nyc-brooklyn": "us-nyc-village"}


def test_a_town_of_many_leads_to_the_one_that_is_meant(visit: Visit) -> None:
    page = visit(PAGE)
    look_for(page, "Portland")
    expect(page.locator("[data-others]")).to_contain_text("Portland, ME")
    page.get_by_role("link", name="Portland, ME, United States").click()
    expect(page.get_by_label("Town or postcode")).to_have_value("Portland, ME, United States")


def test_a_product_page_promises_for_the_place_that_was_looked_at(visit: Visit) -> None:
    page = visit(PRODUCT)
    expect(page.locator("[data-promise-delivered]")).to_contain_text("to most places")
    page.goto(f"{PAGE}?how=collect&place=Brooklyn")
    page.goto(PRODUCT)
    expect(page.locator("[data-promise-delivered]")).to_contain_text("to Brooklyn, NY")
    expect(page.locator("[data-promise-ready]")).to_contain_text(NEAR_BROOKLYN)
    expect(page.locator("[data-place=us-nyc-village]")).to_contain_text("RedisMart West Village")


def test_the_browser_says_where_one_is(visit: Visit) -> None:
    page = visit(f"{PAGE}?how=collect", permissions=["geolocation"], geolocation=MANHATTAN)
    page.get_by_role("button", name="Use my location").click()
    expect(page.locator("[data-store=us-nyc-village]")).to_be_visible()
    assert "lat=40.73&lon=-74.00" in page.url


def test_who_does_not_want_to_be_found_is_told_what_to_do(visit: Visit) -> None:
    page = visit(f"{PAGE}?how=collect", permissions=[])
    page.get_by_role("button", name="Use my location").click()
    expect(page.locator("[data-locate-said]")).to_contain_text("Type a town or a postcode instead")
    expect(page.get_by_label("Town or postcode")).to_be_focused()


def test_it_works_without_scripts(visit: Visit) -> None:
    page = visit(PAGE, java_script_enabled=False)
    expect(page.get_by_role("button", name="Use my location")).to_be_hidden()
    look_for(page, "Brooklyn")
    expect(page.locator("[data-store]").first).to_be_visible()


def test_an_address_leads_to_methods_and_one_is_chosen(visit: Visit) -> None:
    page = visit(PAGE)
    for label, value in (("Name", "Ada"), ("Street", "12 Elm"), ("Postcode", "62701"), ("Town", "Springfield")):
        page.get_by_label(label).first.fill(value)
    page.get_by_label("State").fill("IL")
    page.get_by_label("Country").select_option("US")
    page.get_by_role("button", name="Show how and when").click()
    page.get_by_label("Express").check()
    page.get_by_role("button", name="Deliver it this way").click()
    expect(page.locator("[data-method=express] input[type=radio]")).to_be_checked()
    found = Checkout.read(CHECKOUT)
    assert (found.method, [parcel.location for parcel in found.parcels]) == ("express", ["us-nyc-brooklyn"])


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "path", [PAGE, f"{PAGE}?how=collect&place=new+york", f"{PAGE}?how=collect&place=nowhere+at+all", PRODUCT]
)
def test_axe_finds_nothing_wrong(visit: Visit, path: str, scheme: str, size: ViewportSize) -> None:
    check(visit(path, color_scheme=scheme, viewport=size, reduced_motion="reduce"))
