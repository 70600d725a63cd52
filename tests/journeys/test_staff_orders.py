"""Shopper support finds an order in the admin, pays back a part of it, and is told when a colleague was faster."""

import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from purchasing import orders
from purchasing.models import Payment
from purchasing.payments.testing import TestProvider
from tests.journeys import shopfront
from tests.journeys.conftest import DESKTOP, PHONE, Visit
from tests.journeys.test_accessibility import check
from tests.placed_orders import placed
from tests.redis_nodes import ROOT

PEOPLE = """
import os, django; os.environ["DJANGO_SETTINGS_MODULE"] = "redismart.settings"; django.setup()
from django.contrib.auth.models import Group, User
from django.core.management import call_command
call_command("migrate", verbosity=0, interactive=False)
call_command("create_groups", verbosity=0)
for name, group in {"sue": "Shopper support", "ed": "Catalogue editor"}.items():
    user, _ = User.objects.get_or_create(username=name, defaults={"is_staff": True})
    user.set_password("open sesame"); user.save()
    user.groups.set([Group.objects.get(name=group)])
"""
NUMBER = "US-000041"
CARD = "4242424242424242"


@pytest.fixture(scope="module")
def staffed(shop: str) -> str:
    """The shop with people who work there, and an order that is paid."""
    subprocess.run([sys.executable, "-c", PEOPLE], cwd=ROOT, env=shopfront._environment(), check=True)
    amount = Decimal("104.50")
    paid = Payment(provider=TestProvider.name, key="journey-41", amount=amount, currency="USD", card="•••• 4242")
    TestProvider().authorise(payment=paid, source=CARD)
    TestProvider().capture(payment=paid)
    placed(NUMBER, payment=paid)
    return shop


def sign_in(visit: Visit, path: str, *, who: str = "sue", **options: object) -> Page:
    page = visit(f"/admin/login/?next={path}", **options)
    page.get_by_label("Username").fill(who)
    page.get_by_label("Password").fill("open sesame")
    page.get_by_role("button", name="Log in").click()
    return page


def test_support_pays_back_a_unit_and_hears_of_a_colleague(staffed: str, visit: Visit) -> None:
    page = sign_in(visit, "/admin/")
    page.get_by_role("link", name="Orders", exact=True).first.click()
    page.locator("#searchbar").fill("ada love")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name=NUMBER).click()
    page.get_by_role("link", name="Pay back money").click()
    page.get_by_label("Units of Lamp & Shade").fill("1")
    page.get_by_role("textbox", name="Why").fill("One lamp is dark")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("[data-amount]")).to_have_text("$22.00")
    page.get_by_role("button", name="Yes, do it").dblclick()
    expect(page.locator("[data-settlement]")).to_contain_text("$22.00")
    expect(page.locator("[data-settlement]")).to_contain_text("paid back")
    assert orders.find(number=NUMBER).refunded == Decimal("22.00")
    page.get_by_role("link", name="Cancel").click()
    orders.ship(number=NUMBER, who="pat")
    page.get_by_role("textbox", name="Why").fill("sold out")
    page.get_by_role("button", name="Yes: cancel").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was done")
    expect(page.locator("#content-main")).to_contain_text("shipped, by pat")
    page.get_by_role("link", name="Look at the order as it is now").click()
    expect(page.locator("[data-order-status]")).to_have_attribute("data-order-status", "shipped")


def test_an_editor_sees_no_order(staffed: str, visit: Visit) -> None:
    page = sign_in(visit, "/admin/", who="ed")
    expect(page.get_by_role("link", name="Orders", exact=True)).to_have_count(0)
    for path in ("/admin/purchasing/order/", f"/admin/purchasing/order/{NUMBER}/change/"):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 403


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing_wrong_and_nothing_is_wider_than_the_page(
    staffed: str, visit: Visit, size: dict[str, int], scheme: str
) -> None:
    shown: dict[str, Any] = {"viewport": size, "color_scheme": scheme, "reduced_motion": "reduce"}
    # To read what a stylesheet imports, as Django's do, axe itself puts a style into the page.
    page = sign_in(visit, "/admin/purchasing/order/", bypass_csp=True, **shown)
    for path in (f"{NUMBER}/change/", f"{NUMBER}/do/refund/"):
        page.goto(f"/admin/purchasing/order/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        check(page)
