"""An editor's day in the admin: prices of all that match, a category renamed, a completion taken away."""

import subprocess
import sys
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from catalog import completions, operations, queries
from catalog.models import Product
from catalog.search import Text
from tests.journeys import shopfront
from tests.journeys.conftest import DESKTOP, PHONE, Visit
from tests.journeys.test_accessibility import RULES
from tests.journeys.test_staff_desk import OF_DJANGO, PEOPLE
from tests.redis_nodes import ROOT

LISTS = ("product", "category", "synonyms", "suggestion", "review", "load")
Enter = Callable[..., Page]


@pytest.fixture(scope="module")
def _editor(shop: str) -> None:
    people = PEOPLE.replace("max", "eve").replace("Inventory manager", "Catalogue editor")
    subprocess.run([sys.executable, "-c", people], cwd=ROOT, env=shopfront._environment(), check=True)
    operations.rebuild_suggestions()


@pytest.fixture
def enter(_editor: None, visit: Visit) -> Enter:
    """Opens a page of the admin as an editor who has signed in."""

    def entered(path: str, **options: object) -> Page:
        page = visit(f"/admin/login/?next={path}", **options)
        page.get_by_label("Username").fill("eve")
        page.get_by_label("Password").fill("open sesame")
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(lambda url: "/login/" not in url)
        return page

    return entered


def choose(page: Page, action: str) -> None:
    page.locator("select[name=action]").select_option(label=action)
    page.get_by_role("button", name="Go").click()


def test_all_that_match_get_new_prices_by_one_press(enter: Enter) -> None:
    page = enter("/admin/catalog/product/")
    total = queries.total()
    (before,) = Product.find_many(["RM-AUD-0001"])
    page.locator("#action-toggle").check()
    page.get_by_role("button", name="Select all").click()
    choose(page, "Change prices by percent")
    expect(page.locator(".backoffice-asks")).to_contain_text(f"all {total}")
    page.get_by_label("Percent").fill("10")
    page.locator("[data-confirm]").click()
    expect(page.locator(".messagelist")).to_contain_text("priced anew")
    (after,) = Product.find_many(["RM-AUD-0001"])
    assert before is not None
    assert after is not None
    assert before.price is not None
    assert after.price is not None
    assert after.price > before.price


def test_a_renamed_category_is_the_shop_s_at_once(enter: Enter, shop: str) -> None:
    page = enter("/admin/catalog/category/")
    page.get_by_role("link", name="Earbuds").click()
    page.get_by_label("Name").fill("In-ear phones")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
    page.goto(f"{shop}/category/audio-tv/in-ear-phones/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("In-ear phones")
    assert page.locator(".card-name").count() > 0


def test_a_completion_is_taken_away(enter: Enter) -> None:
    page = enter("/admin/catalog/suggestion/?q=furn")
    page.locator("input.action-select").first.check()
    choose(page, "Never offer")
    page.locator("[data-confirm]").click()
    expect(page.locator(".messagelist")).to_contain_text("1 completion blocked")
    assert "Furniture" not in {found.text for found in completions.suggestions(text=Text.parse("furn"))}


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_pages_are_accessible(enter: Enter, size: dict[str, int], scheme: str) -> None:
    page = enter("/admin/catalog/product/", viewport=size, color_scheme=scheme)
    for name in LISTS:
        page.goto(page.url.partition("/admin/")[0] + f"/admin/catalog/{name}/")
        _check(page, name)
    page.goto(page.url.partition("/admin/")[0] + "/admin/catalog/product/")
    page.locator("input.action-select").first.check()
    choose(page, "Change prices by percent")
    _check(page, "question")


def _check(page: Page, name: str) -> None:
    found = Axe().run(page, options=RULES).response["violations"]
    problems = [(each["id"], [node["html"] for node in each["nodes"]]) for each in found if each["id"] not in OF_DJANGO]
    assert problems == [], name
