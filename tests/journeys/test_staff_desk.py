"""A manager's day in the admin: the first page, a store on its map, an item received by a double click, a drill."""

import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from playwright.sync_api import Page, ViewportSize, expect

from inventory import operations, queries
from inventory.replication import links, recovery
from inventory.results import Operation
from tests.journeys import shopfront
from tests.journeys.conftest import DESKTOP, PHONE, Visit
from tests.journeys.test_accessibility import RULES
from tests.redis_nodes import REGIONS, ROOT

STORE, SKU = "us-nyc-village", "RM-AUD-0001"
ITEM = f"/admin/inventory/stock/{STORE}_3A{SKU}/change/"
PAGES = {
    "first": "/admin/",
    "stores": "/admin/inventory/location/",
    "store": f"/admin/inventory/location/{STORE}/change/",
    "new store": "/admin/inventory/location/add/",
    "stock": f"/admin/inventory/stock/?location={STORE}",
    "item": ITEM,
    "which": "/admin/inventory/stock/add/",
    "links": "/admin/inventory/link/",
    "drill": f"/admin/inventory/link/{REGIONS[0]}:{REGIONS[1]}/cut/",
}
OF_DJANGO = ("label-title-only",)
"""What axe would have otherwise in Django's own search box."""

PEOPLE = """
import os, django; os.environ["DJANGO_SETTINGS_MODULE"] = "redismart.settings"
django.setup()
from django.core.management import call_command
from django.contrib.auth.models import Group, User
call_command("migrate", verbosity=0, interactive=False)
call_command("create_groups", verbosity=0)
User.objects.filter(username="max").delete()
user = User.objects.create_user("max", password="open sesame", is_staff=True)
user.groups.add(Group.objects.get(name="Inventory manager"))
"""

Enter = Callable[..., Page]


@pytest.fixture(scope="module")
def _manager(shop: str) -> None:
    call_command("load_stores", demo=True, verbosity=0)
    subprocess.run([sys.executable, "-c", PEOPLE], cwd=ROOT, env=shopfront._environment(), check=True)
    for region in REGIONS:
        recovery.open_region(region)
    operations.receive(sku=SKU, location=STORE, quantity=40, operation=Operation("first"))


@pytest.fixture
def enter(_manager: None, visit: Visit) -> Iterator[Enter]:
    """Opens a page of the admin as a manager who has signed in."""

    def entered(path: str, **options: object) -> Page:
        page = visit(f"/admin/login/?next={path}", **options)
        page.get_by_label("Username").fill("max")
        page.get_by_label("Password").fill("open sesame")
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(lambda url: "/login/" not in url)
        return page

    yield entered
    for peer in REGIONS[1:]:
        links.heal(region=REGIONS[0], peer=peer)


def on_hand() -> int:
    return queries.levels(skus=[SKU])[SKU].locations[STORE].on_hand


def test_a_double_click_receives_once(enter: Enter) -> None:
    before = on_hand()
    page = enter(ITEM)
    form = page.locator('[data-form="receive"]')
    form.get_by_label("Units").fill("3")
    form.get_by_label("Reason").fill("delivery 7")
    form.get_by_role("button", name="Receive the units").dblclick()
    expect(page.locator(".messagelist")).to_contain_text(f"{before + 3} on hand now")
    expect(page.locator('[data-figure="on_hand"]')).to_have_text(str(before + 3))
    expect(page.locator('tr[data-kind="receive"]').first).to_contain_text("delivery 7")
    assert on_hand() == before + 3
    page.get_by_role("link", name="History").click()
    expect(page.locator("#change-history tbody tr").filter(has_text="delivery 7")).to_have_count(1)


def test_what_cannot_be_adjusted_says_so_in_the_open_form(enter: Enter) -> None:
    before = on_hand()
    page = enter(ITEM)
    page.get_by_text("Adjust", exact=True).click()
    form = page.locator('[data-form="adjust"]')
    form.get_by_label("More or less").fill(f"-{before + 1}")
    form.get_by_label("Reason").fill("lost")
    form.get_by_role("button", name="Adjust the stock").click()
    expect(form.get_by_role("alert")).to_contain_text("1 too few")
    expect(form.get_by_label("Reason")).to_have_value("lost")
    assert on_hand() == before


def test_the_first_page_leads_to_the_links_and_a_drill_asks_first(enter: Enter) -> None:
    page = enter("/admin/")
    tile = page.locator('[data-tile="replication"]')
    tile.get_by_role("link", name="Links").click()
    row = page.locator(f'[data-link="{REGIONS[0]}:{REGIONS[1]}"]')
    row.get_by_role("link", name="Cut").click()
    page.get_by_role("link", name="No, take me back").click()
    assert not links.cut_peers(REGIONS[0])
    row.get_by_role("link", name="Cut").click()
    page.get_by_role("button", name="Yes, cut it").click()
    expect(row).to_contain_text(f"cut in {REGIONS[0]}")
    row.get_by_role("link", name="Heal").click()
    page.get_by_role("button", name="Yes, heal it").click()
    expect(page.locator(".messagelist")).to_contain_text("is healing")
    assert not links.cut_peers(REGIONS[0])


def test_a_dot_on_the_map_leads_to_its_store(enter: Enter) -> None:
    page = enter("/admin/inventory/location/?q=village")
    page.locator("[data-map] a").click()
    expect(page.get_by_label("ID:")).to_have_value(STORE)
    page.get_by_role("group", name="Opening hours").get_by_label("Monday").fill("nine to five")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".errorlist")).to_contain_text("Monday is written as 09:00-18:00")
    expect(page.get_by_role("group", name="Opening hours").get_by_label("Monday")).to_have_value("nine to five")


def test_no_page_sticks_out_of_a_phone_or_breaks_the_policy_of_the_shop(enter: Enter) -> None:
    page = enter(PAGES["first"], viewport=PHONE)
    for name, path in PAGES.items():
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


@pytest.mark.parametrize(
    ("scheme", "size"), [("light", DESKTOP), ("dark", PHONE)], ids=["desktop", "phone in the dark"]
)
def test_axe_finds_nothing_wrong(enter: Enter, scheme: str, size: ViewportSize) -> None:
    # Axe tries styles of its own on some pages, which the policy of the shop refuses.
    page = enter(PAGES["first"], color_scheme=scheme, viewport=size, bypass_csp=True)
    for name, path in PAGES.items():
        page.goto(path)
        whole = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": size["width"], "height": whole})
        found = Axe().run(page, options=RULES | {"rules": {rule: {"enabled": False} for rule in OF_DJANGO}})
        page.set_viewport_size(size)
        assert not found.violations_count, f"{name}: {found.generate_report()}"
