"""Shoppers buy: delivered or refused, in time or too late, once however often they press."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from inventory import fence, holds, operations
from inventory.api import Operation, levels
from inventory.replication import recovery
from purchasing import checkout, keyspace
from purchasing.checkout import records
from purchasing.models import Checkout, Order
from purchasing.payments.testing import APPROVED, LATE, REFUSED
from tests.journeys.conftest import PHONE, Visit
from tests.journeys.test_accessibility import check

SKU, PLACE = "RM-AUD-0001", "us-fc-reno"
PRODUCT = f"/product/{SKU}/"
ADDRESS = {
    "Name": "Ada Lovelace",
    "Street and number": "1 Elm Street",
    "Postcode": "89501",
    "Town": "Reno",
    "State or province": "NV",
}


@pytest.fixture(autouse=True, scope="module")
def _stores(shop: str) -> None:
    call_command("write_gazetteer", verbosity=0)
    call_command("load_stores", demo=True, verbosity=0)
    for region in fence.regions():
        recovery.open_region(region)


@pytest.fixture(autouse=True)
def _purchases(_stores: None) -> Iterator[None]:
    """Nothing is left of a test's purchases, nor of its stock."""
    yield
    for key in Order.db().scan_iter(match=f"{keyspace.PREFIX}:*"):
        Order.db().delete(key)
    holds.expire_holds(region="us", now=records.clock() + records.DAY)
    operations.retire(sku=SKU, location=PLACE, operation=Operation(uuid4().hex, region="us"))


def arrive(units: int) -> None:
    operations.receive(sku=SKU, location=PLACE, quantity=units, operation=Operation(uuid4().hex, region="us"))


def to_methods(page: Page) -> None:
    """From the product, by the cart, to the ways to have it delivered."""
    page.get_by_role("button", name="Add to cart").first.click()
    expect(page.locator(".cart-count").first).to_contain_text("1")
    page.goto("/cart/")
    page.locator("[data-checkout]").click()
    for label, value in ADDRESS.items():
        page.get_by_label(label, exact=False).first.fill(value)
    page.get_by_label("Country").select_option("US")
    page.get_by_role("button", name="Show how and when").click()
    expect(page.locator("[data-method]").first).to_be_visible()


def to_payment(page: Page) -> None:
    """From the product to the page for paying."""
    to_methods(page)
    page.locator("button[value=deliver]").click()
    expect(page.locator("[data-step=pay]")).to_be_visible()


def pay(page: Page, card: str = APPROVED, email: str = "ada@example.com") -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Card number").fill(card)
    page.locator("[data-pay-now]").click()


def current(page: Page) -> Checkout:
    return Checkout.read(page.url.rstrip("/").rpartition("/")[2])


def orders() -> list[str]:
    return list(Order.db().scan_iter(match=keyspace.order("*")))


@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_a_guest_has_it_delivered(visit: Visit, device: str) -> None:
    arrive(2)
    options: dict[str, Any] = {"viewport": PHONE, "color_scheme": "dark"} if device == "phone" else {}
    page = visit(PRODUCT, **options)
    to_payment(page)
    expect(page.locator("[data-clock]")).to_have_text(re.compile(r"1[45]:\d\d"))
    check(page)
    pay(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    check(page)
    number = page.locator("[data-order]").get_attribute("data-order")
    page.locator("[data-order-link]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Order {number}")
    assert levels(skus=[SKU])[SKU].on_hand == 1
    page.goto("/cart/")
    expect(page.locator("main")).to_contain_text("There is nothing in it")


def test_declined_then_approved(visit: Visit) -> None:
    arrive(1)
    page = visit(PRODUCT)
    to_payment(page)
    pay(page, REFUSED)
    expect(page.locator("[data-problem]")).to_contain_text("declined")
    check(page)
    page.get_by_label("Card number").fill(APPROVED)
    page.locator("[data-pay-now]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert len(orders()) == 1


def test_a_slow_bank_is_waited_for(visit: Visit) -> None:
    arrive(1)
    page = visit(PRODUCT)
    to_payment(page)
    pay(page, LATE)
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")


def test_a_double_click_is_one_order(visit: Visit) -> None:
    arrive(3)
    page = visit(PRODUCT)
    to_payment(page)
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_label("Card number").fill(APPROVED)
    page.locator("[data-pay-now]").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert (len(orders()), levels(skus=[SKU])[SKU].on_hand) == (1, 2)


def test_the_clock_runs_out(visit: Visit) -> None:
    arrive(1)
    page = visit(PRODUCT)
    to_payment(page)
    found = current(page)
    soon = found.model_copy(update={"expires": records.clock() + 110 * records.SECOND}).replaced()
    page.clock.install()
    page.reload()
    expect(page.locator("[data-hold][data-soon]")).to_be_visible()
    # Both clocks come to the end: the server's first, as it does for whoever waits.
    soon.model_copy(update={"expires": records.clock()}).replaced()
    for _step in range(3):
        page.clock.fast_forward(110_000)
    expect(page.locator("[data-step=where]")).to_be_visible()
    expect(page.locator("[data-problem]")).to_contain_text("nothing was charged")
    assert checkout.advance(checkout_id=found.checkout_id).hold == ""
    assert levels(skus=[SKU])[SKU].total == 1


def test_of_two_after_the_last_unit_one_wins_and_the_other_is_told(visit: Visit) -> None:
    arrive(1)
    first, second = visit(PRODUCT), visit(PRODUCT)
    for page in (first, second):
        to_methods(page)
    first.locator("button[value=deliver]").click()
    expect(first.locator("[data-step=pay]")).to_be_visible()
    second.locator("button[value=deliver]").click()
    expect(second.get_by_role("alert").first).to_be_visible()
    expect(second.locator("[data-step=where]")).to_be_visible()
    pay(first)
    expect(first.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert levels(skus=[SKU])[SKU].on_hand == 0


def test_it_works_without_scripts(visit: Visit) -> None:
    arrive(1)
    page = visit(PRODUCT, java_script_enabled=False)
    to_payment(page)
    expect(page.locator("[data-clock]")).to_contain_text("minutes")
    pay(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
