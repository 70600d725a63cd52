"""Light and dark, and nothing that jumps."""

from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import FloatRect, Page, expect

from tests.journeys.conftest import PHONE, Visit


def ground(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


LIGHT, DARK = "rgb(255, 253, 250)", "rgb(19, 17, 16)"


@pytest.mark.parametrize(("scheme", "colour"), [("light", LIGHT), ("dark", DARK)])
def test_the_shop_follows_the_device(visit: Visit, scheme: str, colour: str) -> None:
    assert ground(visit("/", color_scheme=scheme)) == colour


def test_a_chosen_scheme_is_there_before_any_script_on_the_next_page(visit: Visit) -> None:
    page = visit("/", color_scheme="light")
    page.get_by_role("button", name="Change between light and dark").click()
    assert ground(page) == DARK
    page.goto("/search/?q=lamp")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert 'data-theme="dark"' in page.request.get("/").text()


def test_pictures_have_their_place_before_they_load(visit: Visit) -> None:
    page = visit("/")
    page.wait_for_load_state("networkidle")
    shift = page.evaluate(
        """() => new Promise((resolve) => {
            let sum = 0;
            new PerformanceObserver((list) => { for (const entry of list.getEntries()) sum += entry.value; })
                .observe({ type: "layout-shift", buffered: true });
            setTimeout(() => resolve(sum), 300);
        })"""
    )
    assert shift < 0.05


def colours(page: Page, area: FloatRect) -> int:
    """How many colours a part of the screen has."""
    with Image.open(BytesIO(page.screenshot(clip=area))) as shown:
        return len(shown.convert("RGB").getcolors(maxcolors=shown.width * shown.height) or ())


@pytest.mark.parametrize("scale", [1, 2, 3])
def test_nothing_shows_of_a_marked_word_below_a_shortened_name(visit: Visit, scale: int) -> None:
    page = visit("/search/?q=lamp", viewport=PHONE, device_scale_factor=scale, color_scheme="light")
    name = page.locator(".card-name").first
    name.evaluate("name => name.firstChild.innerHTML = 'one<br>two<br><mark>three and four and five</mark>'")
    name.scroll_into_view_if_needed()
    box = name.bounding_box()
    assert box is not None
    assert colours(page, {**box, "y": box["y"] + box["height"] - 2, "height": 2}) == 1
