"""Shoppers collect at a store: an account that pays and is told when it is ready, and two who want the last unit."""

import re
import subprocess
import sys
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.core.mail import EmailMessage
from django.core.management import call_command
from playwright.sync_api import Page, expect

from inventory import fence, holds, operations
from inventory.api import Operation, levels
from inventory.replication import recovery
from purchasing import keyspace, mails, orders
from purchasing.checkout import records
from purchasing.models import Fulfilment, Order
from tests.journeys import shopfront
from tests.journeys.conftest import PHONE, Visit
from tests.journeys.test_accessibility import check
from tests.journeys.test_account import sign_up
from tests.journeys.test_checkout import pay
from tests.redis_nodes import ROOT

SKU = "RM-AUD-0001"
PRODUCT = f"/product/{SKU}/"
BROOKLYN, VILLAGE = "us-nyc-brooklyn", "us-nyc-village"


@pytest.fixture(autouse=True, scope="module")
def _stores(shop: str) -> None:
    migrate = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity=0"]
    subprocess.run(migrate, cwd=ROOT, env=shopfront._environment(), check=True)
    call_command("write_gazetteer", verbosity=0)
    call_command("load_stores", demo=True, verbosity=0)
    for region in fence.regions():
        recovery.open_region(region)


@pytest.fixture(autouse=True)
def _stock(_stores: None) -> Iterator[None]:
    """One unit in each of two stores; nothing is left of what was bought."""
    for store in (BROOKLYN, VILLAGE):
        operations.receive(sku=SKU, location=store, quantity=1, operation=Operation(uuid4().hex, region="us"))
    yield
    for key in Order.db().scan_iter(match=f"{keyspace.PREFIX}:*"):
        Order.db().delete(key)
    holds.expire_holds(region="us", now=records.clock() + records.DAY)
    for store in (BROOKLYN, VILLAGE):
        operations.retire(sku=SKU, location=store, operation=Operation(uuid4().hex, region="us"))


def to_stores(page: Page, place: str) -> None:
    """From the product, by the cart, to the stores near a place."""
    page.goto(PRODUCT)
    page.get_by_role("button", name="Add to cart").first.click()
    expect(page.locator(".cart-count").first).to_contain_text("1")
    page.goto("/cart/")
    page.locator("[data-checkout]").click()
    page.get_by_role("link", name="Collect").click()
    page.get_by_label("Town or postcode").fill(place)
    page.get_by_role("button", name="Show stores").click()
    expect(page.locator(f"[data-store={BROOKLYN}]")).to_be_visible()


@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_an_account_collects_at_a_store(visit: Visit, device: str) -> None:
    page = visit("/", **({"viewport": PHONE, "color_scheme": "dark"} if device == "phone" else {}))
    email = f"collector-{device}@example.com"
    sign_up(page, email)
    to_stores(page, "Brooklyn, NY")
    page.get_by_role("button", name="Collect at RedisMart Brooklyn Heights").click()
    expect(page.locator("[data-step=pay]")).to_contain_text("RedisMart Brooklyn Heights")
    pay(page, email=email)
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    number = str(page.locator("[data-order]").get_attribute("data-order"))

    page.goto("/account/orders/")
    page.locator("[data-order]").get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Order {number}")
    expect(page.locator("main")).to_contain_text("Brooklyn")
    orders.make_ready(number=number, who="sam")
    page.reload()
    expect(page.locator("[data-status=ready]").first).to_be_visible()
    check(page)
    orders.complete(number=number, who="sam")
    page.reload()
    expect(page.locator("[data-status=completed]").first).to_be_visible()

    found = Order.read(number)
    assert (found.fulfilment, found.buyer.email, found.paid) == (Fulfilment.PICKUP, email, True)
    assert [parcel.location for parcel in found.parcels] == [BROOKLYN]
    assert levels(skus=[SKU])[SKU].locations[BROOKLYN].on_hand == 0
    mails.send_untold(number=number)
    assert set(Order.read(number).told) == {"placed", "ready"}


def test_who_is_late_for_the_last_unit_is_offered_the_store_nearby(visit: Visit) -> None:
    first, second = visit("/"), visit("/")
    for page in (first, second):
        to_stores(page, "Brooklyn, NY")
    first.get_by_role("button", name="Collect at RedisMart Brooklyn Heights").click()
    expect(first.locator("[data-step=pay]")).to_be_visible()
    second.get_by_role("button", name="Collect at RedisMart Brooklyn Heights").click()
    expect(second.get_by_role("alert").first).to_be_visible()
    near = second.locator(f"[data-store={VILLAGE}]")
    expect(near.locator("[data-availability]")).to_contain_text("Ready ")
    near.get_by_role("button", name=re.compile("Collect at RedisMart West Village")).click()
    for page in (first, second):
        pay(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert levels(skus=[SKU])[SKU].on_hand == 0
    assert {parcel.location for key in _orders() for parcel in Order.read(key).parcels} == {BROOKLYN, VILLAGE}


def _orders() -> list[str]:
    return [str(key).rpartition(":")[2] for key in Order.db().scan_iter(match=keyspace.order("*"))]


def test_the_mail_says_where_it_is_ready(visit: Visit, mailoutbox: list[EmailMessage]) -> None:
    page = visit("/")
    to_stores(page, "11201")
    page.get_by_role("button", name="Collect at RedisMart Brooklyn Heights").click()
    pay(page, email="guest@example.com")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    (number,) = _orders()
    orders.make_ready(number=number, who="sam")
    mails.send_untold(number=number)
    ready = next(each for each in mailoutbox if "ready" in each.subject.lower())
    assert (ready.to, "Brooklyn Heights" in str(ready.body)) == (["guest@example.com"], True)
