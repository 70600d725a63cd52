"""A category that was moved or renamed is found at every address that it had, for good and in one step."""

import pytest
from django.test import Client

from catalog import branches, moved, operations, queries
from catalog.models import Category, Product
from redismart.redis import connections, recorder
from tests import catalogues

pytestmark = pytest.mark.usefixtures("_shop")


@pytest.fixture
def _shop(empty_catalogue: None) -> None:
    phones = catalogues.product("1", name="Phones", categories=("Audio", "Headphones"))
    catalogues.fill([phones, catalogues.product("2", name="Sofa", categories=("Home",))])


def rename(slug: str, *to: str) -> None:
    assert branches.move(slug=slug, to=to, seconds=60) == 0


def leads(visitor: Client, slug: str, query: str = "") -> str:
    answer = visitor.get(f"/category/{slug}/{query}")
    return answer.headers["Location"] if answer.status_code == 301 else f"{answer.status_code}"


def test_every_old_address_of_a_branch_leads_to_its_new_one_with_what_was_chosen(visitor: Client) -> None:
    rename("audio", "Sound & Vision")
    assert leads(visitor, "audio") == "/category/sound-vision/"
    assert leads(visitor, "audio/headphones", "?brand=acme&page=2") == (
        "/category/sound-vision/headphones/?brand=acme&page=2"
    )
    assert visitor.get("/category/audio/headphones/", follow=True).status_code == 200


def test_a_part_of_the_page_that_is_asked_for_is_led_to_as_well(visitor: Client) -> None:
    rename("audio", "Sound")
    part = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "results"}
    answer = visitor.get("/category/audio/?page=1", follow=True, **part)  # type: ignore[arg-type]
    assert answer.redirect_chain == [("/category/sound/?page=1", 301)]
    assert "Phones" in answer.content.decode()


def test_no_browser_remembers_it_for_longer_than_a_day(visitor: Client) -> None:
    rename("audio", "Sound")
    assert visitor.get("/category/audio/").headers["Cache-Control"] == "max-age=86400"


def test_addresses_of_several_moves_lead_straight_to_the_last(visitor: Client) -> None:
    rename("audio/headphones", "Headphones")
    rename("headphones", "Home", "Headsets")
    assert {leads(visitor, slug) for slug in ("audio/headphones", "headphones")} == {"/category/home/headsets/"}


def test_who_moves_back_is_at_home_again(visitor: Client) -> None:
    rename("audio", "Sound")
    rename("sound", "Audio")
    assert leads(visitor, "audio") == "200"
    assert leads(visitor, "sound") == "/category/audio/"


@pytest.mark.parametrize("taking", ["staff", "a load", "a product"])
def test_a_category_that_takes_an_address_keeps_it_even_when_it_goes(visitor: Client, taking: str) -> None:
    rename("audio", "Sound")
    category = Category.at(("Audio",))
    if taking == "staff":
        branches.add(category=category)
    else:
        operations.save_categories(categories=[category], overwrite=taking == "a load")
    assert leads(visitor, "audio") == "200"
    branches.remove(slug="audio")
    assert leads(visitor, "audio") == "404"
    assert leads(visitor, "audio/headphones") == "/category/sound/headphones/"


def test_nothing_leads_to_a_category_that_was_deleted(visitor: Client) -> None:
    branches.add(category=Category.at(("Empty",)))
    rename("empty", "Emptier")
    branches.remove(slug="emptier")
    assert leads(visitor, "empty") == "404"
    branches.add(category=Category.at(("Emptier",)))
    assert leads(visitor, "empty") == "404"


def test_a_name_that_keeps_its_address_leads_nowhere(visitor: Client) -> None:
    rename("audio", "AUDIO")
    assert leads(visitor, "audio") == "200"
    assert leads(visitor, "audio/headphones") == "200"


def test_at_no_moment_is_there_neither_the_category_nor_what_leads_to_it(
    visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A move is looked at after each of its commands."""
    seen: list[str] = []
    execute = connections.ShopPipeline.execute

    def watched(pipeline: connections.ShopPipeline, raise_on_error: bool = True) -> list[object]:
        found = execute(pipeline, raise_on_error)
        monkeypatch.setattr(connections.ShopPipeline, "execute", execute)
        seen.append(leads(visitor, "audio"))
        monkeypatch.setattr(connections.ShopPipeline, "execute", watched)
        return found

    monkeypatch.setattr(connections.ShopPipeline, "execute", watched)
    rename("audio", "Sound")
    monkeypatch.undo()
    assert set(seen) == {"200", "/category/sound/"}
    assert seen[-1] == "/category/sound/"


def test_what_is_written_at_the_new_place_while_products_move_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    assert branches.move(slug="audio", to=("Sound",), seconds=-1) > 0
    new = queries.categories().categories["sound"]
    operations.save_categories(categories=[new.model_copy(update={"description": "All that sounds."})])
    assert branches.finish_moves(seconds=60) == 0
    assert queries.categories().categories["sound"].description == "All that sounds."


def test_a_category_that_gets_a_product_as_it_goes_is_there_again(
    visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = moved.note_moved

    def late(*given: object, **named: object) -> None:
        Product.model_validate(catalogues.product("3", categories=("Audio",))).save()
        note(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(moved, "note_moved", late)
    rename("audio", "Sound")
    assert leads(visitor, "audio") == "200"
    assert leads(visitor, "audio/headphones") == "/category/sound/headphones/"


def test_an_address_that_leads_elsewhere_costs_no_more_trips_than_a_page(visitor: Client) -> None:
    rename("audio", "Sound")
    for slug in ("audio", "sound", "there-is-none"):
        with recorder.recording() as recorded:
            visitor.get(f"/category/{slug}/")
        assert [trip.node.partition(" ")[0] for trip in recorded.trips].count("catalog") <= 2
