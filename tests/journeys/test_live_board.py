"""The live board in two regions: what happens in one is seen in the other; drills, forms, and who may not look."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.management import call_command
from playwright.sync_api import Locator, Page, expect

from inventory import holds, operations
from inventory.replication import recovery, shipping
from inventory.results import Line, Operation
from tests import live_process
from tests.journeys import shopfront
from tests.journeys.conftest import DESKTOP, PHONE, Visit
from tests.journeys.shopfront import HOSTILE_SKU
from tests.journeys.test_accessibility import check
from tests.redis_nodes import ROOT

PASSWORD = "open sesame"
SKU = "RM-AUD-0001"
STORE = "us-nyc-village"
STORE_NAME = "RedisMart West Village"

SignIn = Callable[..., Page]


@pytest.fixture(scope="module")
def boards(shop: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The addresses of the shop in both regions, each with its live process."""
    folder = tmp_path_factory.mktemp("boards")
    call_command("load_stores", demo=True, verbosity=0)
    subprocess.run([sys.executable, "-c", PEOPLE], cwd=ROOT, env=shopfront._environment(), check=True)
    other = settings.LIVE_PORT - 1
    with (
        live_process.serving(log=folder / "us.log"),
        live_process.serving(log=folder / "eu.log", region="eu", port=other - 1),
        shopfront.serving_region("eu", port=other, live_port=other - 1, log=folder / "web-eu.log") as eu,
    ):
        yield {"us": shop, "eu": eu}


PEOPLE = """
import os, django; os.environ["DJANGO_SETTINGS_MODULE"] = "redismart.settings"
import django; django.setup()
from django.core.management import call_command
from django.contrib.auth.models import Permission, User
call_command("migrate", verbosity=0, interactive=False)
for name, permissions in {"mia": ["view_board", "change_stock", "drill"], "lee": [], "vic": ["view_board"]}.items():
    user = User.objects.create_user(name, password="open sesame", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="inventory", codename__in=permissions))
"""


@pytest.fixture
def sign_in(visit: Visit, boards: dict[str, str]) -> SignIn:
    """Opens a page of a region's shop, signed in: ``sign_in("/inventory/", region=…, who=…)``."""

    def opened(path: str = "/inventory/", *, region: str = "us", who: str = "mia", **options: object) -> Page:
        page = visit(f"{boards[region]}{path}", **options)
        page.get_by_label("E-mail").fill(who)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        return page

    return opened


@pytest.fixture(autouse=True)
def _stocked(boards: dict[str, str], request: pytest.FixtureRequest) -> None:
    for region in ("us", "eu"):
        recovery.open_region(region)
    for sku, quantity in ((SKU, 40), ("RM-AUD-0002", 3), (HOSTILE_SKU, 12)):
        told = Operation(f"{request.node.name}:{sku}", who="ada", why="delivery 17", region="us")
        operations.receive(sku=sku, location=STORE, quantity=quantity, operation=told)
    both_ways()


def both_ways() -> None:
    for source in ("us", "eu"):
        shipping.ship(source=source, peer="eu" if source == "us" else "us")


def figure(page: Page, name: str, sku: str = SKU) -> Locator:
    return page.locator(
        f'tr[data-sku="{sku}"] [data-field="{name}"], tr[data-sku="{sku}"] [data-region="{name}"]'
    ).first


def live(page: Page) -> Page:
    expect(page.locator("[data-live]")).to_have_attribute("data-live", "on")
    return page


def test_a_sale_in_one_region_is_seen_on_the_board_of_the_other(
    sign_in: SignIn, request: pytest.FixtureRequest
) -> None:
    here, there = live(sign_in(region="us")), live(sign_in(region="eu"))
    before = int(figure(here, "us").inner_text())
    held = holds.hold(lines=[Line(STORE, SKU, 2)], operation=Operation("basket-1", who="shopper", region="us"))
    expect(figure(here, "us")).to_have_text(str(before - 2))
    expect(figure(here, "held")).to_have_text("2")
    holds.confirm(hold=held, who="shopper")
    both_ways()
    expect(figure(there, "us")).to_have_text(str(before - 2))
    expect(figure(there, "held")).to_have_text("0")
    expect(there.locator("[data-events] > li").first).to_contain_text("Sold 2")
    expect(there.locator("[data-events] > li").first).to_contain_text("us")


def test_a_count_shows_with_its_figure_and_its_difference(sign_in: SignIn) -> None:
    page = live(sign_in())
    before = int(figure(page, "on_hand").inner_text())
    told = Operation("counting", who="ada", why="yearly count", region="us")
    operations.count(sku=SKU, location=STORE, counted=before - 2, operation=told)
    last = page.locator("[data-events] > li").first
    expect(last).to_contain_text(f"Counted {before - 2} (-2)")
    page.reload()
    expect(last).to_contain_text(f"Counted {before - 2} (-2)")


def test_what_a_manager_counts_is_on_the_board_of_the_other_region(sign_in: SignIn) -> None:
    there, page = live(sign_in(region="eu")), live(sign_in())
    counted = int(figure(page, "on_hand").inner_text()) - 3
    page.get_by_role("link", name=f"Change {SKU} at {STORE_NAME}").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Count", exact=True).click()
    dialog.get_by_label("Units counted", exact=True).fill(str(counted))
    dialog.get_by_label("Reason").nth(1).fill("yearly count by hand")
    dialog.get_by_role("button", name="Record the count").click()
    expect(dialog).to_contain_text(f"{counted}")
    both_ways()
    expect(figure(there, "on_hand")).to_have_text(str(counted))
    expect(there.locator("[data-events] > li").first).to_contain_text(f"Counted {counted} (-3)")
    expect(there.locator("[data-events] > li").first).to_contain_text("mia")


def test_places_go_by_their_names(sign_in: SignIn, request: pytest.FixtureRequest) -> None:
    page = live(sign_in())
    row, last = page.locator(f'tr[data-sku="{SKU}"]').first, page.locator("[data-events] > li").first
    expect(row.get_by_text(STORE_NAME)).to_have_attribute("title", STORE)
    told = Operation(request.node.name, who="ada", why="delivery 20", region="us")
    operations.receive(sku=SKU, location=STORE, quantity=1, operation=told)
    expect(last).to_contain_text("delivery 20")
    expect(last.get_by_text(STORE_NAME)).to_have_attribute("title", STORE)
    page.get_by_label("Location").select_option(STORE_NAME)
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile(f"location={STORE}"))
    expect(page.get_by_role("table").get_by_text(STORE_NAME).first).to_be_visible()


def test_a_link_is_cut_as_a_drill_and_healed(sign_in: SignIn) -> None:
    page, other = live(sign_in()), live(sign_in())
    link, seen = page.locator('[data-peer="eu"]'), other.locator('[data-peer="eu"]')
    link.get_by_text("Cut this link").click()
    expect(link).to_contain_text("neither can oversell")
    link.get_by_role("button", name="Cut it now").click()
    expect(page.get_by_role("status").first).to_contain_text("is cut")
    expect(seen).to_have_attribute("data-state", "cut")
    expect(seen.locator("[data-drill=heal] summary")).to_be_visible()
    link.locator("[data-drill=heal] summary").click()
    page.get_by_role("button", name="Heal it now").click()
    expect(page.get_by_role("status").first).to_contain_text("healing")
    both_ways()
    expect(seen).to_have_attribute("data-state", "live")


def test_a_link_that_is_cut_is_said_to_be_by_whom_on_the_boards_of_both(sign_in: SignIn) -> None:
    here, there = live(sign_in("/inventory/?q=RM")), live(sign_in(region="eu"))
    link, seen = here.locator('[data-peer="eu"]'), there.locator('[data-peer="us"]')
    link.get_by_text("Cut this link").click()
    link.get_by_role("button", name="Cut it now").click()
    expect(link).to_contain_text("cut in us")
    expect(here).to_have_url(re.compile(r"/inventory/\?q=RM$"))
    both_ways()
    expect(seen).to_contain_text("cut in us")
    expect(seen).to_contain_text("until somebody heals it on the board of us")
    expect(seen.locator("[data-drill]:visible")).to_have_count(0)
    link.locator("[data-drill=heal] summary").click()
    here.get_by_role("button", name="Heal it now").click()
    both_ways()
    expect(seen.locator("[data-drill=cut] summary")).to_be_visible()


def test_a_move_that_is_short_says_so_in_the_dialog_and_a_delivery_shows_at_once(sign_in: SignIn) -> None:
    page = live(sign_in())
    before = int(figure(page, "on_hand").inner_text())
    page.get_by_role("link", name=f"Change {SKU} at {STORE_NAME}").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Move", exact=True).click()
    dialog.get_by_label("To").fill("us-nyc-brooklyn")
    dialog.get_by_label("Units", exact=True).last.fill("100000")
    dialog.get_by_label("Reason").last.fill("a window")
    dialog.get_by_role("button", name="Move the units").click()
    expect(dialog.get_by_role("alert")).to_contain_text("too few")
    dialog.get_by_text("Receive", exact=True).click()
    dialog.get_by_label("Units", exact=True).first.fill("5")
    dialog.get_by_label("Reason").first.fill("delivery 18")
    dialog.get_by_role("button", name="Receive the units").click()
    expect(dialog).to_contain_text("Received 5")
    dialog.get_by_role("button", name="Close").last.click()
    expect(dialog).to_be_hidden()
    expect(figure(page, "on_hand")).to_have_text(str(before + 5))
    expect(page.locator("[data-events] > li").first).to_contain_text("delivery 18")


def test_a_paused_board_stands_still_until_it_goes_on(sign_in: SignIn) -> None:
    page = live(sign_in())
    before = figure(page, "on_hand").inner_text()
    page.get_by_role("button", name="Pause").click()
    told = Operation("while-paused", who="ada", why="delivery 19", region="us")
    operations.receive(sku=SKU, location=STORE, quantity=1, operation=told)
    page.wait_for_timeout(500)
    expect(figure(page, "on_hand")).to_have_text(before)
    page.get_by_role("button", name="Go on").click()
    expect(figure(page, "on_hand")).to_have_text(str(int(before) + 1))


def test_a_board_whose_ticket_is_no_longer_good_gets_a_new_one(sign_in: SignIn) -> None:
    page = sign_in()
    live(page)
    page.route(re.compile(r"/board\?ticket="), lambda route: route.fulfill(status=403), times=1)
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("[data-live]")).to_have_attribute("data-live", "on")


def test_without_scripts_the_board_is_a_page_and_forms_work(sign_in: SignIn) -> None:
    page = sign_in(java_script_enabled=False)
    expect(page.get_by_role("link", name="Reload")).to_be_visible()
    before = int(figure(page, "on_hand").inner_text())
    page.get_by_role("link", name=f"Change {SKU} at {STORE_NAME}").click()
    page.get_by_label("Units", exact=True).first.fill("4")
    page.get_by_label("Reason").first.fill("by hand")
    page.get_by_role("button", name="Receive the units").click()
    expect(page.locator("main")).to_contain_text(f"Received 4 at {STORE_NAME}: {before + 4} on hand now.")


def test_who_lacks_the_permission_is_told_so(visit: Visit, sign_in: SignIn) -> None:
    page = sign_in(who="lee")
    expect(page.locator("main")).to_contain_text("Your account may not open this page")
    looking = live(sign_in(who="vic"))
    expect(looking.get_by_text("Cut this link")).to_have_count(0)
    expect(looking.get_by_role("link", name=re.compile("Change"))).to_have_count(0)


@pytest.mark.parametrize("path", ["/inventory/", f"/inventory/{SKU}/"])
def test_nothing_is_wider_than_a_phone(sign_in: SignIn, path: str) -> None:
    page = sign_in(path, viewport={"width": 320, "height": 640})
    expect(page.locator("h1")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("path", ["/inventory/", f"/inventory/{quote(HOSTILE_SKU, safe='')}/"], ids=["board", "item"])
def test_axe_finds_nothing_wrong(sign_in: SignIn, path: str, size: dict[str, int], scheme: str) -> None:
    page = sign_in(path, viewport=size, color_scheme=scheme, reduced_motion="reduce")
    expect(page.locator("h1")).to_be_visible()
    page.wait_for_timeout(300)
    shot(page, f"{path.strip('/').partition('/')[2][:4] or 'board'}-{size['width']}-{scheme}")
    check(page)


def test_axe_finds_nothing_wrong_with_the_dialog(sign_in: SignIn) -> None:
    page = live(sign_in(reduced_motion="reduce"))
    page.get_by_role("link", name=f"Change {SKU} at {STORE_NAME}").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_role("button", name="Receive the units").click()
    expect(page.get_by_role("dialog").locator(".error").first).to_be_visible()
    shot(page, "dialog")
    check(page)


def test_products_wear_their_badges(visit: Visit) -> None:
    page = visit("/product/RM-AUD-0001/")
    expect(page.locator("article.product [data-stock]").first).to_contain_text("In stock")
    shot(page, "product")
    page.goto("/search/?q=headphones")
    shot(page, "search")


def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
