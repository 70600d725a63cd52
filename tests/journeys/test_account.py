"""A shopper opens an account, keeps addresses in it, and looks after orders; a guest does so by a link."""

import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page, ViewportSize, expect

from inventory import fence
from inventory.replication import recovery
from purchasing.models import Buyer, Fulfilment, Order, Parcel, Payment
from purchasing.orders import ship
from purchasing.returning import receive
from tests.journeys import shopfront
from tests.journeys.conftest import DESKTOP, PHONE, Visit
from tests.journeys.test_accessibility import check
from tests.placed_orders import TOKEN, order
from tests.redis_nodes import ROOT

PATIENCE_SECONDS = 120.0
PASSWORD = "a rose by 9 names"
LINK = f"/order/US-000001/{TOKEN}/"
SIZES = pytest.mark.parametrize(
    ("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop-light", "phone-dark"]
)


@pytest.fixture(scope="module", autouse=True)
def _tables(shop: str) -> None:
    migrate = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity=0"]
    subprocess.run(migrate, cwd=ROOT, env=shopfront._environment(), check=True)
    for region in fence.regions():
        recovery.open_region(region)


@pytest.fixture(autouse=True)
def _no_orders(_tables: None) -> Iterator[None]:
    yield
    for number in range(1, 4):
        Order.db().delete(Order.key_of(f"US-{number:06d}"))


def place(number: int, email: str, user: str = "", **facts: object) -> Order:
    made = order(f"US-{number:06d}", buyer=Buyer(email=email, user=user), **facts)
    paid: Payment = made.payment.model_copy(update={"provider": "test"})
    known: Order = made.model_copy(update={"payment": paid})
    return known.replaced()


def user_id(email: str) -> str:
    """As the web server's database has it."""
    with closing(sqlite3.connect(settings.VAR / "django.sqlite3")) as database:
        (found,) = database.execute("SELECT id FROM auth_user WHERE username = ?", (email,)).fetchone()
    return str(found)


def sign_up(page: Page, email: str) -> None:
    page.goto("/account/sign-up/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Open the account").click()
    expect(page.locator("[data-account]")).to_contain_text(email)


def add_address(page: Page, street: str) -> None:
    page.get_by_label("Name", exact=True).fill("Ada Lovelace")
    page.get_by_label("Street and number").fill(street)
    page.get_by_label("Postcode").fill("94110")
    page.get_by_label("Town", exact=True).fill("San Francisco")
    page.get_by_label("State or province").fill("CA")
    page.get_by_label("Country").select_option("US")
    page.get_by_role("button", name="Add the address").click()


def test_from_signing_up_to_the_history_of_orders(visit: Visit) -> None:
    page = visit("/")
    page.get_by_role("link", name="Sign in").click()
    page.get_by_role("link", name="Open an account").click()
    page.get_by_label("E-mail").fill("Ada@Example.com")
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Open the account").click()
    expect(page.locator(".error")).to_contain_text("too short")
    expect(page.get_by_label("E-mail")).to_have_value("Ada@Example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Open the account").click()
    expect(page.locator("[data-account]")).to_contain_text("ada@example.com")

    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(page.url.rstrip("/") + "/")
    page.goto("/account/orders/")
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("[data-order-total]")).to_contain_text("No orders yet")

    page.get_by_role("navigation", name="Your account").get_by_role("link", name="Addresses").click()
    add_address(page, "1 First Street")
    expect(page.get_by_role("status").first).to_contain_text("The address is in your book")
    add_address(page, "2 Second Street")
    cards = page.locator("[data-address]")
    expect(cards).to_have_count(2)
    cards.nth(1).get_by_role("button", name="Prefer").click()
    expect(cards.first).to_contain_text("2 Second Street")
    cards.first.get_by_role("link", name="Change").click()
    page.get_by_label("Street and number").fill("3 Third Street")
    page.get_by_role("button", name="Save").click()
    expect(cards.first).to_contain_text("3 Third Street")
    cards.nth(1).get_by_role("button", name="Remove").click()
    expect(cards).to_have_count(1)

    place(1, "ada@example.com", user_id("ada@example.com"))
    place(2, "bob@example.com", "999")
    page.get_by_role("navigation", name="Your account").get_by_role("link", name="Orders").click()
    rows = page.locator("[data-order]")
    expect(rows).to_have_count(1)
    rows.first.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Order US-000001")
    page.get_by_text("Cancel the order").click()
    page.get_by_role("button", name="Yes, cancel it").click()
    expect(page.locator("[data-status=cancelled]").first).to_be_visible()
    expect(page.get_by_role("status").first).to_contain_text("is cancelled")
    page.goto("/account/orders/US-000002/")
    expect(page.get_by_role("heading", level=1)).to_have_text("This shelf is empty.")


def test_a_guest_sends_something_back_by_the_link(visit: Visit) -> None:
    place(1, "guest@example.com")
    ship(number="US-000001", who="sam")
    page = visit(LINK, java_script_enabled=False)
    page.get_by_label("Lamp & Shade").fill("1")
    page.get_by_role("button", name="Ask to send them back").click()
    expect(page.get_by_role("status").first).to_contain_text("Your return is noted")
    expect(page.locator("[data-return=return-1]")).to_contain_text("send it to Centre One")
    receive(number="US-000001", step="return-1", who="sam")
    page.reload()
    expect(page.locator('[data-sku="lamp"]')).to_contain_text("1 returned")
    expect(page.locator("[data-return=return-1]")).to_contain_text("It is here")


def test_a_new_password_comes_by_mail(visit: Visit, tmp_path: Path) -> None:
    page = visit("/")
    sign_up(page, "cleo@example.com")
    page.get_by_role("button", name="Sign out").click()
    page.goto("/account/password/forgotten/")
    page.get_by_label("E-mail").fill("cleo@example.com")
    with shopfront.working(log=tmp_path / "worker.log", process="worker"):
        page.get_by_role("button", name="Send me a link").click()
        expect(page.locator("[data-link-sent]")).to_contain_text("cleo@example.com")
        page.goto(link_for("cleo@example.com"))
    page.get_by_label("New password", exact=True).fill("another 1 of mine")
    page.get_by_label("The same once more").fill("another 1 of mine")
    page.get_by_role("button", name="Save and sign in").click()
    expect(page.locator("[data-account]")).to_contain_text("cleo@example.com")


def link_for(email: str) -> str:
    """The path of the link in an e-mail, as soon as the worker has sent it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        for sent in (settings.VAR / "mail").glob("*.log"):
            read = message_from_bytes(sent.read_bytes(), policy=policy.default)
            body = read.get_body(("plain",))
            found = re.search(r"/account/password/\S+", body.get_content() if body else "")
            if read["To"] == email and found:
                return found[0]
        time.sleep(0.1)
    raise AssertionError(f"No e-mail came to {email}.")


def test_who_tries_passwords_is_told_to_wait(visit: Visit) -> None:
    page = visit("/account/sign-in/")
    for _try in range(settings.AXES_FAILURE_LIMIT):
        page.get_by_label("E-mail").fill("eve@example.com")
        page.get_by_label("Password").fill("guess")
        with page.expect_navigation():
            page.get_by_role("button", name="Sign in").click()
    expect(page.locator("[data-locked-out]")).to_contain_text("15 minutes")
    page.get_by_role("link", name="Choose a new password").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A new password")


@SIZES
def test_axe_finds_nothing_wrong_at_the_door(visit: Visit, size: ViewportSize, scheme: str) -> None:
    for path in ("sign-in/?next=/cart/", "sign-up/", "password/forgotten/", "password/x/y/"):
        check(visit(f"/account/{path}", color_scheme=scheme, viewport=size, reduced_motion="reduce"))


@SIZES
def test_axe_finds_nothing_wrong_inside(visit: Visit, size: ViewportSize, scheme: str) -> None:
    email = f"{scheme}@example.com"
    page = visit("/", color_scheme=scheme, viewport=size, reduced_motion="reduce")
    sign_up(page, email)
    page.goto("/account/addresses/")
    add_address(page, "1 First Street")
    store = (Parcel(location="s1", location_name="Airport", quantities={"lamp": 2, "rug": 1}),)
    place(1, email, user_id(email))
    place(2, email, user_id(email), fulfilment=Fulfilment.PICKUP, address=None, parcels=store)
    place(3, email, user_id(email))
    ship(number="US-000003", who="sam")
    for path in (
        "",
        "orders/",
        "orders/US-000001/",
        "orders/US-000002/",
        "orders/US-000003/",
        "addresses/",
        "password/",
    ):
        page.goto(f"/account/{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} is too wide."
        check(page)


@pytest.mark.parametrize("path", [f"{LINK}review/lamp/", "/watch/RM-AUD-0001/"])
def test_a_form_that_stands_alone_has_the_page_to_itself(visit: Visit, path: str) -> None:
    place(1, "guest@example.com")
    ship(number="US-000001", who="sam")
    page = visit(path, viewport=DESKTOP)
    title, form = page.get_by_role("heading", level=1).bounding_box(), page.locator("main form").bounding_box()
    assert title is not None
    assert form is not None
    assert form["x"] == title["x"]
    assert form["width"] > 400
    for choice in page.locator("main label:has(input[type=radio])").all():
        box = choice.bounding_box()
        assert box is not None
        assert box["height"] >= 40
