"""A product page says when it is delivered and where it can be collected, without asking Redis for it."""

import json
import re
from urllib.parse import unquote

import pytest
from django.test import Client

from catalog import operations as catalogue
from catalog.models import Product
from inventory import places
from redismart.redis import recorder
from tests.integration.purchasing.conftest import Stocked
from tests.markup import elements

pytestmark = pytest.mark.usefixtures("opened")
ALWAYS = {day: ["00:00", "24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


@pytest.fixture(autouse=True)
def _lamp(opened: None, stocked: Stocked) -> None:
    names = {"lamp": "Lamp", "desk": "Desk"}
    catalogue.save_products(products=[Product(sku=sku, name=name, currency="USD") for sku, name in names.items()])
    stocked("near", 40.2, {"lamp": 2}, name="Lantern Lane", hours=ALWAYS)


def page(visitor: Client, sku: str = "lamp") -> str:
    return str(visitor.get(f"/product/{sku}/").content.decode())


def listed(visitor: Client) -> list[str]:
    """The places that have it, from the first."""
    return re.findall(r'data-place="([^"]+)"', page(visitor))


def asked(visitor: Client) -> int:
    """How often a product page asks the inventory."""
    with recorder.recording() as recorded:
        page(visitor)
    return sum(trip.node.startswith("inventory ") for trip in recorded.trips)


def test_it_promises_delivery_and_pickup(visitor: Client) -> None:
    html = page(visitor)
    assert "Delivered by <b>" in html
    assert "to most places" in html
    assert re.search(r"Collect <b>(today|tomorrow|on [^<]+)</b> at Lantern Lane", html)


def test_it_knows_where_the_shopper_has_looked(visitor: Client) -> None:
    visitor.cookies["place"] = "%7B%22label%22%3A%22Lincoln%22%2C%22lat%22%3A40.1%2C%22lon%22%3A-89.0%7D"
    assert "to Lincoln" in page(visitor)
    visitor.cookies["place"] = "%7B%22label%22%3A%22%3Cb%3E%22%2C%22lat%22%3A40.1%2C%22lon%22%3A-89.0%7D"
    assert "to &lt;b&gt;" in page(visitor)


def test_places_have_their_names(visitor: Client) -> None:
    html = page(visitor)
    assert "<span>Lantern Lane</span>" in html
    assert "<span>near</span>" not in html


def test_who_says_where_they_are_is_told_what_holds_there(visitor: Client) -> None:
    back = "/product/lamp/"
    link = elements(visitor.get(back), "data-set-place")[0]["href"]
    asked_for = visitor.get(link)
    assert elements(asked_for, "data-place-form")
    assert visitor.post("/place/", {"place": "lincoln, il", "next": back})["Location"] == back
    assert "to Lincoln" in page(visitor)
    assert "Change the place" in page(visitor)
    assert visitor.post("/place/", {"lat": "40.1", "lon": "-89", "next": back})["Location"] == back
    assert "near you" in page(visitor)
    assert visitor.post("/place/", {"forget": "1", "next": back})["Location"] == back
    assert "to most places" in page(visitor)


def test_who_meant_a_smaller_town_of_that_name_takes_it_by_one_press(visitor: Client) -> None:
    back = "/product/lamp/"
    visitor.post("/place/", {"place": "springfield", "next": back})
    noted = json.loads(unquote(visitor.cookies["place"].value))["label"]
    asked = visitor.get("/place/", {"next": back})
    assert f"You said {noted}." in asked.content.decode()
    named = [each["value"] for each in elements(asked, "value") if each.get("name") == "place"]
    assert "Springfield, IL, United States" in named
    assert noted not in named
    assert visitor.post("/place/", {"place": "Springfield, IL, United States", "next": back})["Location"] == back
    assert "to Springfield, IL" in page(visitor)


def test_a_place_without_a_name_has_no_namesakes(visitor: Client) -> None:
    visitor.post("/place/", {"lat": "40.1", "lon": "-89"})
    assert not elements(visitor.get("/place/"), "data-others")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"place": "Xyzzyville <b>"}, "We know no such place"),
        ({"place": " "}, "Type a town or a postcode"),
        ({}, "Type a town or a postcode"),
        ({"lat": "nan", "lon": "1e999"}, "Type a town or a postcode"),
        ({"place": "x" * 9_999}, "We know no such place"),
    ],
)
def test_no_place_is_told_so_and_noted_nowhere(visitor: Client, told: dict[str, str], said: str) -> None:
    answer = visitor.post("/place/", told | {"next": "/product/lamp/"})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "<b>" not in answer.content.decode().partition("data-place-form")[2].partition("</form>")[0]
    assert "place" not in visitor.cookies


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example", ""]
)
def test_nobody_is_sent_away_from_the_shop(visitor: Client, back: str) -> None:
    assert visitor.post("/place/", {"place": "Lincoln, IL", "next": back})["Location"] == "/"
    shown = visitor.get("/place/", {"next": back})
    assert {each["value"] for each in elements(shown, "value") if each.get("name") == "next"} == {"/"}


def test_what_no_store_near_by_has_is_brought_to_one(visitor: Client, stocked: Stocked) -> None:
    visitor.cookies["place"] = "%7B%22label%22%3A%22There%22%2C%22lat%22%3A46.0%2C%22lon%22%3A-89.0%7D"
    stocked("there", 46.1, {}, name="Farther Fields", hours=ALWAYS)
    shown = visitor.get("/product/lamp/")
    assert elements(shown, "data-promise-brought")
    assert "at Farther Fields" in shown.content.decode()


def test_what_comes_from_another_region_is_said_so(visitor: Client, stocked: Stocked) -> None:
    assert not elements(visitor.get("/product/lamp/"), "data-promise-afar")
    stocked("abroad", 52.0, {"desk": 1}, region="eu", hours=ALWAYS)
    shown = visitor.get("/product/desk/")
    assert elements(shown, "data-promise-afar")
    assert elements(shown, "data-promise-delivered")


def test_what_only_stores_have_is_said_not_to_be_delivered(visitor: Client, stocked: Stocked) -> None:
    stocked("near", 40.2, {}, hours=ALWAYS, services=["pickup"])
    shown = visitor.get("/product/lamp/")
    assert elements(shown, "data-promise-stores-only")
    assert not elements(shown, "data-promise-delivered")


def test_the_nearest_place_that_has_it_comes_first(visitor: Client, stocked: Stocked) -> None:
    stocked("away", 41.5, {"lamp": 1}, name="Amber Avenue", hours=ALWAYS)
    stocked("abroad", 52.0, {"lamp": 1}, name="Abbey Arcade", region="eu", hours=ALWAYS)
    assert listed(visitor) == ["away", "near", "abroad"]
    visitor.cookies["place"] = "%7B%22label%22%3A%22Lincoln%22%2C%22lat%22%3A40.1%2C%22lon%22%3A-89.0%7D"
    assert listed(visitor) == ["near", "away", "abroad"]
    assert re.search(r'Lantern Lane <span class="muted small">[67](\.\d)? mi', page(visitor))
    assert asked(visitor) == 1


@pytest.mark.parametrize(("places", "scrolls"), [(6, False), (7, True)])
def test_a_list_that_scrolls_can_be_scrolled_by_keys(
    visitor: Client, stocked: Stocked, places: int, scrolls: bool
) -> None:
    for number in range(places - 1):
        stocked(f"more-{number}", 41.0, {"lamp": 1}, hours=ALWAYS)
    assert len(listed(visitor)) == places
    assert ('tabindex="0" aria-label="Places that have it"' in page(visitor)) is scrolls


def test_a_very_long_list_says_how_many_more_there_are(visitor: Client, stocked: Stocked) -> None:
    for number in range(53):
        stocked(f"more-{number}", 41.0, {"lamp": 1}, hours=ALWAYS)
    assert len(listed(visitor)) == 50
    assert "and 4 more" in page(visitor)


def test_what_is_not_there_promises_nothing(visitor: Client) -> None:
    assert "data-promise" not in page(visitor, "desk")


def test_it_makes_no_round_trip_of_its_own(visitor: Client) -> None:
    page(visitor)
    assert asked(visitor) == 1


def test_a_new_process_asks_once_for_the_locations(visitor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    page(visitor)
    monkeypatch.setattr(places, "_known", None)
    assert asked(visitor) == 2


def test_a_location_that_has_a_new_name_is_called_by_it_at_once(visitor: Client, stocked: Stocked) -> None:
    assert "Lantern Lane" in page(visitor)
    stocked("near", 40.2, {}, name="Lamplight Lane", hours=ALWAYS)
    html = page(visitor)
    assert "Lamplight Lane" in html
    assert "Lantern Lane" not in html
