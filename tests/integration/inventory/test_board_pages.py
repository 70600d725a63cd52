"""The board's pages: who may see them, what they find, and that a change counts once."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.http import QueryDict
from django.test import Client, override_settings
from redis.exceptions import ConnectionError as RedisConnectionError

from inventory import auditing, board, fence, forms, holds, keyspace, operations, queries, templating
from inventory.board import Wanted
from inventory.changes import ShortError
from inventory.forms import KINDS
from inventory.replication import links, shipping
from inventory.results import Line, Operation
from redismart.redis import connections
from tests import catalogues
from tests.integration.inventory.conftest import Store
from tests.redis_nodes import RedisNodes

HOSTILE = 'A/B, ? #%&"<b>x</b>'
pytestmark = pytest.mark.django_db
PLAIN = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


@pytest.fixture(autouse=True)
def _shop(search_indexes: RedisNodes, placed: Store) -> Iterator[None]:
    for location in ("s1", "s2"):
        placed(location, name=location)
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    templating._rests["until"] = 0.0
    with override_settings(STORAGES=settings.STORAGES | PLAIN):
        yield


def receive(sku: str, quantity: int, location: str = "s1", region: str = "us") -> None:
    told = Operation(f"{sku}-{location}-{region}-{quantity}", who="ada", why="a delivery", region=region)
    operations.receive(sku=sku, location=location, quantity=quantity, operation=told)


def signed_in(*permissions: str, staff: bool = True) -> Client:
    user = User.objects.create_user("sam", password="open sesame", is_staff=staff)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions, content_type__app_label="inventory"))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def manager() -> Client:
    return signed_in("view_board", "change_stock", "drill")


ADDRESSES = [("get", "/inventory/"), ("get", "/inventory/lamp/"), ("get", "/board/ticket/")]
CHANGES = [("post", "/inventory/lamp/"), ("post", "/board/drill/")]


@pytest.mark.parametrize(("method", "path"), [*ADDRESSES, *CHANGES])
def test_a_visitor_is_asked_to_sign_in(method: str, path: str) -> None:
    answer = getattr(Client(), method)(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/sign-in/?next=")


@pytest.mark.parametrize(("method", "path"), [*ADDRESSES, *CHANGES])
@pytest.mark.parametrize("staff", [True, False])
def test_without_permission_every_address_is_closed(method: str, path: str, staff: bool) -> None:
    answer = getattr(signed_in(*([] if staff else ["view_board", "change_stock", "drill"]), staff=staff), method)(path)
    assert answer.status_code == 403
    assert f"This door is for {'other staff' if staff else 'staff'}." in answer.content.decode()


SIGN_IN = "/admin/login/?next=/inventory/%3Fq%3Dlamp"


def test_staff_who_are_turned_away_can_sign_in_with_another_account() -> None:
    visitor = signed_in()
    told = form_of(visitor.get("/inventory/?q=lamp").content.decode(), SIGN_IN)
    assert visitor.post("/admin/logout/", told)["Location"] == SIGN_IN
    assert_leads_to_the_board(visitor)


def test_anybody_else_who_is_turned_away_can_sign_in_with_another_account() -> None:
    visitor = signed_in(staff=False)
    assert f'href="{SIGN_IN}"' in visitor.get("/inventory/?q=lamp").content.decode()
    assert_leads_to_the_board(visitor)


def assert_leads_to_the_board(visitor: Client) -> None:
    User.objects.create_superuser("root", password="open sesame")
    assert 'name="password"' in visitor.get(SIGN_IN).content.decode()
    answer = visitor.post(SIGN_IN, {"username": "root", "password": "open sesame"})
    assert answer["Location"] == "/inventory/?q=lamp"


def test_the_admin_leads_those_to_the_board_who_may_see_it() -> None:
    link = '<a href="/inventory/">Live board</a>'
    assert link in signed_in("view_board").get("/admin/").content.decode()
    User.objects.all().delete()
    assert link not in signed_in().get("/admin/").content.decode()


def test_who_may_only_look_changes_nothing() -> None:
    viewer = signed_in("view_board")
    receive("lamp", 5)
    shown = viewer.get("/inventory/").content.decode()
    assert "Cut this link" not in shown
    assert "Change lamp" not in shown
    assert viewer.post("/inventory/lamp/", {"action": "receive"}).status_code == 403
    assert viewer.post("/board/drill/", {"action": "cut", "peer": "eu"}).status_code == 403


def test_the_board_shows_items_links_and_events(manager: Client) -> None:
    receive("lamp", 12)
    receive("lamp", 4, region="eu")
    shown = manager.get("/inventory/").content.decode()
    assert 'data-sku="lamp" data-location="s1"' in shown
    assert "Received 12" in shown
    assert shown.count('data-peer="') == 2
    assert "connect-src 'self' http://testserver:" in manager.get("/inventory/")["Content-Security-Policy"]


def test_it_calls_places_by_their_names(manager: Client, placed: Store) -> None:
    placed("s1", name="Airport")
    for sku, location in (("lamp", "s1"), ("rug", "s1"), ("rug", "s2")):
        receive(sku, 3, location=location)
    shown = manager.get("/inventory/").content.decode()
    assert shown.count('<td role="cell" data-label="Location" title="s1">Airport</td>') == 2
    assert shown.count('<span data-event="location" title="s1">Airport</span>') == 2
    assert '<option value="s1">Airport</option><option value="s2">s2</option>' in shown
    assert 'data-label="Location" title="s2">s2</td>' in shown
    ledger = manager.get("/inventory/rug/").content.decode()
    assert '<th role="rowheader" scope="row" title="s1">Airport</th>' in ledger


def test_more_rows_cost_no_more_round_trips(manager: Client, placed: Store) -> None:
    placed("s1")
    receive("lamp", 1)
    # The first page also learns what this process remembers from then on.
    _first, few = round_trips(manager), round_trips(manager)
    for number in range(20):
        receive(f"item-{number}", 1)
    assert round_trips(manager) == few


def round_trips(manager: Client) -> int:
    """As the debug view tells staff."""
    shown = re.search(r"<b>(\d+)</b> round trips", manager.get("/inventory/").content.decode())
    assert shown
    return int(shown[1])


def test_it_names_products_that_the_shop_has(manager: Client) -> None:
    catalogues.fill([catalogues.product("lamp", name="Bright lamp")])
    receive("lamp", 12)
    assert "Bright lamp" in manager.get("/inventory/").content.decode()


def test_an_awkward_sku_is_shown_found_and_leads_to_its_ledger(manager: Client) -> None:
    receive(HOSTILE, 3)
    assert "<b>x</b>" not in manager.get("/inventory/").content.decode()
    assert [row.sku for row in board.find(wanted=Wanted(text='/b, ? #%&"<')).rows] == [HOSTILE]
    answer = manager.get(f"/inventory/{quote(HOSTILE, safe='')}/")
    assert "Received 3" in answer.content.decode()


def skus(**wanted: object) -> list[str]:
    return [row.sku for row in board.find(wanted=Wanted(**wanted)).rows]  # type: ignore[arg-type]


def test_items_are_found_by_text_location_and_low_stock() -> None:
    receive("RM-LAMP-1", 50)
    receive("RM-LAMP-2", 3)
    receive("RM-RUG-1", 2, location="s2")
    assert skus() == ["RM-LAMP-1", "RM-LAMP-2", "RM-RUG-1"]
    assert skus(text="lamp") == ["RM-LAMP-1", "RM-LAMP-2"]
    assert skus(location="s2") == ["RM-RUG-1"]
    assert skus(low=True) == ["RM-RUG-1", "RM-LAMP-2"]
    assert skus(text="lamp", low=True) == ["RM-LAMP-2"]
    assert skus(text="@sku:{*}|*") == []


def test_stock_is_low_by_what_all_regions_may_sell_of_it(manager: Client) -> None:
    receive("lamp", 76, region="eu")
    receive("rug", 4, region="eu")
    receive("sofa", 6)
    for source, peer in (("eu", "us"), ("us", "eu")):
        shipping.ship(source=source, peer=peer)
    assert skus(low=True) == ["rug"]
    holds.hold(lines=[Line("s1", "sofa", 2)], operation=Operation("basket"))
    receive("rug", 3)
    assert skus(low=True) == ["sofa"]
    assert re.findall(
        r'data-sku="(\w+)" data-location="s1" data-is-low', manager.get("/inventory/").content.decode()
    ) == ["sofa"]
    assert auditing.audit("us") == []


def test_rights_that_are_given_away_leave_as_much_to_sell() -> None:
    receive("lamp", 8)
    shipping.ship(source="us", peer="eu")
    holds.hold(lines=[Line("s1", "lamp", 5)], operation=Operation("basket", region="eu"))
    shipping.ship(source="eu", peer="us")
    assert skus(low=True) == ["lamp"]
    assert auditing.audit("us") == auditing.audit("eu") == []


@pytest.mark.parametrize("wish", [{}, {"location": "s2"}, {"low": True}])
def test_a_part_of_very_many_skus_is_not_looked_for_in_all_and_says_so(
    manager: Client, wish: dict[str, object]
) -> None:
    receive("RM-RUG-1", 1)
    for number in range(board.MOST_EXPANDED + 5):
        receive(f"RM-LAMP-{number:03}", 50 if number % 2 else 2, location=f"s{number % 4}")
    page = board.find(wanted=Wanted(text="lamp", **wish))  # type: ignore[arg-type]
    assert page.partial
    assert page.total == len([row for row in range(board.MOST_EXPANDED) if _fits(row, wish)])
    query = {"q": "lamp", **{name: str(value) for name, value in wish.items()}}
    assert (
        "Of items with “lamp” in their SKU or name, 200 SKUs were looked through"
        in manager.get("/inventory/", query).content.decode()
    )


def _fits(number: int, wish: dict[str, object]) -> bool:
    return wish in ({}, {"location": f"s{number % 4}"}) or (wish == {"low": True} and number % 2 == 0)


def test_few_skus_at_many_places_are_looked_for_in_all(manager: Client) -> None:
    for number in range(board.MOST_EXPANDED + 5):
        receive("RM-LAMP", 5, location=f"s{number}")
    page = board.find(wanted=Wanted(text="lamp"))
    assert (page.total, page.looked_through, page.partial) == (205, 1, False)
    assert "were looked through" not in manager.get("/inventory/?q=lamp").content.decode()


def test_a_single_character_is_not_looked_for_and_says_so(manager: Client) -> None:
    receive("RM-LAMP", 5)
    shown = manager.get("/inventory/?q=x").content.decode()
    assert "“x” is too short to look for" in shown
    assert 'data-sku="RM-LAMP"' in shown


def test_many_items_come_in_pages(manager: Client) -> None:
    for number in range(board.PAGE_SIZE + 3):
        receive(f"item-{number:03}", 1)
    page = board.find(wanted=Wanted(page=2))
    assert (page.total, page.pages, [row.sku for row in page.rows]) == (53, 2, ["item-050", "item-051", "item-052"])
    assert "Page 2 of 2" in manager.get("/inventory/?page=2").content.decode()


def test_pages_lead_no_further_than_anybody_reads(manager: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        receive(f"item-{number}", 1)
    assert "Pages lead no further" not in manager.get("/inventory/").content.decode()
    monkeypatch.setattr(board, "DEEPEST", 2)
    assert "Pages lead no further" in manager.get("/inventory/").content.decode()
    assert board.pages(10**9) == 1
    monkeypatch.undo()
    assert board.pages(10**9) == forms.page_of(QueryDict(f"page={10**17}")) == 200


@pytest.mark.parametrize("query", ["page=0", "page=x", "page=99999999999999999999", "q=%00%ff", "location=%27&low=x"])
def test_odd_questions_get_a_page(manager: Client, query: str) -> None:
    assert manager.get(f"/inventory/?{query}").status_code == 200


def test_the_latest_events_are_of_all_logs() -> None:
    for number in range(70):
        receive(f"item-{number}", 1)
    for number in range(1, 60):
        receive("hot", number)
    found = board.events()
    assert len(found) == board.EVENTS_SHOWN
    assert {event.sku for event in found} == {"hot"}


def test_what_is_held_anywhere_is_shown() -> None:
    receive("lamp", 5)
    holds.hold(lines=[Line("s1", "lamp", 2)], operation=Operation("basket"))
    (row,) = board.rows(items=[("s1", "lamp")])
    assert (row.on_hand, dict(row.available), row.held) == (5, {"us": 3, "eu": 0, "ap": 0}, 2)


def form_of(page: str, action: str) -> dict[str, str]:
    """The fields of a form as a browser would send them."""
    part = next(each for each in page.split("<form")[1:] if f'value="{action}"' in each)
    return dict(re.findall(r'<input[^>]*? name="(\w+)" value="([^"]*)"', part))


def sent(manager: Client, action: str, **values: object) -> dict[str, str]:
    page = manager.get("/inventory/lamp/?location=s1").content.decode()
    return form_of(page, action) | {"why": "because", **{name: str(value) for name, value in values.items()}}


def on_hand(location: str = "s1") -> int:
    return queries.levels(skus=["lamp"])["lamp"].locations[location].on_hand


def test_a_delivery_sent_twice_counts_once(manager: Client) -> None:
    told = sent(manager, "receive", quantity=7)
    for _time in range(2):
        assert manager.post("/inventory/lamp/", told).status_code == 302
    assert on_hand() == 7
    assert (queries.ledger(sku="lamp")[0].who, queries.ledger(sku="lamp")[0].why) == ("sam", "because")
    manager.post("/inventory/lamp/", told | {"quantity": "8"})
    assert on_hand() == 15


def test_a_count_is_taken_against_what_the_page_showed(manager: Client) -> None:
    receive("lamp", 10)
    told = sent(manager, "count", counted=9)
    assert told["observed"] == "10"
    receive("lamp", 5)
    assert manager.post("/inventory/lamp/", told).status_code == 302
    assert on_hand() == 14


@pytest.mark.parametrize("shown", ["", "s2"])
def test_a_count_of_another_location_than_the_page_showed_is_taken_against_what_is_known(
    manager: Client, shown: str
) -> None:
    receive("lamp", 10)
    page = manager.get(f"/inventory/lamp/?location={shown}").content.decode()
    told = form_of(page, "count") | {"why": "because", "location": "s1", "counted": "9"}
    assert manager.post("/inventory/lamp/", told).status_code == 302
    assert on_hand() == 9


@pytest.mark.parametrize(("counted", "said"), [(9, "9 (-2)"), (11, "11 (+0)"), (0, "0 (-11)"), (60, "60 (+49)")])
def test_the_ledger_and_the_board_say_what_was_counted_and_what_differed(
    manager: Client, counted: int, said: str
) -> None:
    receive("lamp", 11)
    manager.post("/inventory/lamp/", sent(manager, "count", counted=counted))
    for path in ("/inventory/", "/inventory/lamp/"):
        assert f'<b data-event="what">Counted {said}</b>' in manager.get(path).content.decode()


def test_a_count_of_which_only_the_difference_is_known_says_that(manager: Client) -> None:
    receive("lamp", 11)
    operations.count(sku="lamp", location="s1", counted=9, operation=Operation("old", region="us"))
    log = keyspace.log(keyspace.bucket_of("lamp"))
    [(_entry, fields)] = fence.node("us").xrevrange(log, count=1)
    del fields["counted"]
    fence.node("us").xadd(log, fields)
    assert '<b data-event="what">Counted -2</b>' in manager.get("/inventory/").content.decode()


def test_a_move_that_is_short_says_what_is_short(manager: Client) -> None:
    receive("lamp", 2)
    answer = manager.post("/inventory/lamp/", sent(manager, "move", target="s2", quantity=5))
    assert answer.status_code == 422
    assert "s1 has 2 of the 5 units of lamp wanted, 3 too few" in answer.content.decode()
    assert manager.post("/inventory/lamp/", sent(manager, "move", target="s2", quantity=2)).status_code == 302
    assert on_hand("s2") == 2


@pytest.mark.parametrize(
    ("action", "wrong"),
    [
        ("receive", {"quantity": ""}),
        ("receive", {"quantity": "0"}),
        ("receive", {"quantity": "1.5"}),
        ("receive", {"quantity": "1", "why": ""}),
        ("receive", {"quantity": "1", "location": "a|b"}),
        ("receive", {"quantity": "1", "operation": "x"}),
        ("count", {"counted": "-1"}),
        ("count", {"counted": "1", "observed": "many"}),
        ("count", {"counted": "1", "observed_at": "x" * 99}),
        ("move", {"target": "", "quantity": "1"}),
        ("move", {"target": "s1", "quantity": "1"}),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_word(manager: Client, action: str, wrong: dict[str, str]) -> None:
    receive("lamp", 2)
    answer = manager.post("/inventory/lamp/", sent(manager, action) | wrong)
    assert answer.status_code == 422
    assert 'class="error"' in answer.content.decode()
    assert on_hand() == 2


@pytest.mark.parametrize(
    "form",
    [
        {"action": "receive", "location": "nowhere"},
        {"action": "count", "location": "nowhere"},
        {"action": "move", "location": "nowhere"},
        {"action": "move", "target": "nowhere"},
    ],
)
def test_a_location_that_does_not_exist_is_refused(manager: Client, form: dict[str, str]) -> None:
    receive("lamp", 2)
    answer = manager.post(
        "/inventory/lamp/", sent(manager, form["action"], quantity=1, counted=1) | {"target": "s2"} | form
    )
    assert answer.status_code == 422
    assert "There is no location nowhere: take one from the list" in answer.content.decode()
    assert list(queries.levels(skus=["lamp"])["lamp"].locations) == ["s1"]


def test_what_is_left_at_a_location_that_is_gone_can_be_counted_and_moved_away(manager: Client) -> None:
    receive("lamp", 5, location="closed")
    told = {"location": "closed", "target": "s1"}
    assert manager.post("/inventory/lamp/", sent(manager, "receive", quantity=1) | told).status_code == 422
    assert manager.post("/inventory/lamp/", sent(manager, "count", counted=4, observed=5) | told).status_code == 302
    assert manager.post("/inventory/lamp/", sent(manager, "move", quantity=4) | told).status_code == 302
    assert (on_hand("closed"), on_hand("s1")) == (0, 4)


def test_forms_offer_the_locations_that_exist(manager: Client, placed: Store) -> None:
    placed("new", name="A new one")
    receive("lamp", 5, location="closed")
    page = manager.get("/inventory/lamp/").content.decode()
    assert '<option value="A new one"></option><option value="s1"></option>' in page
    assert '<option value="closed">' not in page


def test_a_location_goes_by_its_name(manager: Client, placed: Store) -> None:
    placed("new", name="A new one")
    receive("lamp", 5)
    told = sent(manager, "move", quantity=2)
    assert manager.post("/inventory/lamp/", told | {"location": "S1", "target": " a NEW one "}).status_code == 302
    assert (on_hand("s1"), on_hand("new")) == (3, 2)
    # Sent again with the id for the name, it is the same move.
    assert manager.post("/inventory/lamp/", told | {"location": "s1", "target": "new"}).status_code == 302
    assert (on_hand("s1"), on_hand("new")) == (3, 2)
    shown = manager.get("/inventory/lamp/", {"location": "new"}).content.decode()
    assert 'id="count-location" name="location" value="A new one"' in shown
    counted = sent(manager, "count", counted=7, observed=2) | {"location": "A new one", "observed_at": "new"}
    assert manager.post("/inventory/lamp/", counted).status_code == 302
    assert on_hand("new") == 7


def test_a_name_that_several_share_is_asked_back(manager: Client, placed: Store) -> None:
    for store in ("n1", "n2"):
        placed(store, name="North")
    receive("lamp", 5)
    told = sent(manager, "move", quantity=2)
    unclear = manager.post("/inventory/lamp/", told | {"target": "north"})
    assert unclear.status_code == 422
    assert "Several locations are called north: write the one that you mean, n1 or n2." in unclear.content.decode()
    assert manager.post("/inventory/lamp/", told | {"target": "North (n2)"}).status_code == 302
    assert (on_hand("s1"), on_hand("n2")) == (3, 2)


@pytest.mark.parametrize("typed", ["No such store", "none (s1)", "\x1b", "a/b", "<b>", pytest.param("x" * 301, id="x")])
def test_what_is_called_by_no_name_is_refused(manager: Client, typed: str) -> None:
    receive("lamp", 5)
    answer = manager.post("/inventory/lamp/", sent(manager, "move", quantity=2) | {"target": typed})
    assert answer.status_code == 422
    assert 'id="move-target-error"' in answer.content.decode()
    assert on_hand("s1") == 5


def test_an_item_without_stock_says_so_and_can_receive_some(manager: Client) -> None:
    catalogues.fill([catalogues.product("lamp", name="Bright lamp")])
    page = manager.get("/inventory/lamp/").content.decode()
    assert "There is no stock record of it yet. Receive units to begin one." in " ".join(page.split())
    assert "Receive the units" in page
    assert "the shop has no such product" in manager.get("/inventory/lmap/").content.decode()


@pytest.mark.parametrize("sku", ["a\x07b", "a\nb", "\x00", " lamp", "x" * 201])
def test_what_can_be_no_sku_is_not_found(manager: Client, sku: str) -> None:
    address = f"/inventory/{quote(sku, safe='')}/"
    assert manager.get(address).status_code == 404
    assert manager.post(address, sent(manager, "receive", quantity=1)).status_code == 404


def test_every_form_has_a_page_without_scripts_and_a_part_for_the_dialog(manager: Client) -> None:
    assert set(KINDS) == {"receive", "count", "adjust", "move"}
    part = manager.get("/inventory/lamp/?location=s1", HTTP_HX_REQUEST="true").content.decode()
    assert "<html" not in part
    assert part.count("hx-post=") == len(KINDS)
    told = sent(manager, "receive", quantity=7)
    done = manager.post("/inventory/lamp/", told, HTTP_HX_REQUEST="true").content.decode()
    assert "Received 7 at s1: 7 on hand now." in done


def test_what_was_done_is_told_by_the_names_of_places(manager: Client, placed: Store) -> None:
    placed("s1", name="Airport")
    placed("s2", name="Harbour")

    def said(action: str, **values: int | str) -> str:
        return manager.post("/inventory/lamp/", sent(manager, action, **values), follow=True).content.decode()

    assert "Received 7 at Airport: 7 on hand now." in said("receive", quantity=7)
    assert "Moved 2 from Airport to Harbour." in said("move", quantity=2, target="s2")


def test_a_drill_cuts_one_link_and_heals_it(manager: Client) -> None:
    assert manager.post("/board/drill/", {"action": "cut", "peer": "eu"}).status_code == 302
    assert links.is_cut(region="us", peer="eu")
    assert "The link between us and eu is cut" in manager.get("/inventory/").content.decode()
    manager.post("/board/drill/", {"action": "heal", "peer": "eu"})
    assert not links.is_cut(region="us", peer="eu")
    assert manager.post("/board/drill/", {"action": "cut", "peer": "mars"}).status_code == 404


def card_of(manager: Client, peer: str = "eu") -> str:
    shown = manager.get("/inventory/").content.decode()
    return " ".join(shown.partition(f'data-peer="{peer}"')[2].partition("</article>")[0].split())


def offers(card: str) -> set[str]:
    """The drills that a card offers."""
    return set(re.findall(r'data-drill="(\w+)" data-cut-in="\w*" data-dismiss>', card))


def test_a_link_that_the_other_end_has_cut_says_so_and_offers_no_button_that_does_nothing(manager: Client) -> None:
    receive("lamp", 5)
    shipping.ship(source="us", peer="eu")
    assert offers(card_of(manager)) == {"cut"}
    links.cut(region="eu", peer="us")
    shipping.ship(source="us", peer="eu")
    assert ">cut in eu</span>" in card_of(manager)
    assert (
        '<p class="problem" data-cut-in="there">Nothing goes either way until somebody heals it on the board of eu'
        in (card_of(manager))
    )
    assert offers(card_of(manager)) == set()
    links.cut(region="us", peer="eu")
    assert ">cut in us and eu</span>" in card_of(manager)
    assert offers(card_of(manager)) == {"heal"}
    manager.post("/board/drill/", {"action": "heal", "peer": "eu"})
    assert "The link between us and eu is still cut in eu" in manager.get("/inventory/").content.decode()
    assert ">cut in eu</span>" in card_of(manager)
    links.heal(region="eu", peer="us")
    shipping.ship(source="us", peer="eu")
    assert ">live</span>" in card_of(manager)


def test_rights_are_not_asked_of_a_region_that_has_cut_the_link() -> None:
    receive("lamp", 5, region="eu")
    shipping.ship(source="eu", peer="us")
    links.cut(region="eu", peer="us")
    shipping.ship(source="us", peer="eu")
    with pytest.raises(ShortError):
        holds.hold(lines=[Line("s1", "lamp", 1)], operation=Operation("basket"))


def test_a_drill_keeps_what_the_board_showed(manager: Client) -> None:
    receive("lamp", 5)
    assert 'action="/board/drill/?q=lamp&amp;page=1"' in manager.get("/inventory/?q=lamp&page=1").content.decode()
    answer = manager.post("/board/drill/?q=lamp&page=1", {"action": "cut", "peer": "eu"})
    assert answer["Location"] == "/inventory/?q=lamp&page=1"


def test_changes_need_the_token_of_the_page() -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.create_superuser("root"))
    assert strict.post("/inventory/lamp/", {"action": "receive"}).status_code == 403
    assert strict.post("/board/drill/", {"action": "cut", "peer": "eu"}).status_code == 403


def badges(path: str) -> list[str]:
    return re.findall(r'<p class="stock [^>]*>([^<]*)<', Client().get(path).content.decode())


def test_cards_and_pages_say_how_much_there_is() -> None:
    catalogues.fill([catalogues.product(sku, name=f"Lamp {sku}") for sku in ("full", "few", "none", "other")])
    receive("full", 50)
    receive("few", 3)
    receive("none", 1)
    holds.hold(lines=[Line("s1", "none", 1)], operation=Operation("basket"))
    # One is set aside in a basket, another was never there.
    assert sorted(badges("/search/?q=lamp")) == ["In stock", "Only 3 left", *["Out of stock"] * 2]
    assert badges("/product/few/")[0] == "Only 3 left"
    page = Client().get("/product/few/").content.decode()
    assert 'data-place="s1"' in page


def test_without_the_stock_node_there_are_pages_without_badges(monkeypatch: pytest.MonkeyPatch) -> None:
    catalogues.fill([catalogues.product("lamp", name="Lamp")])
    receive("lamp", 50)

    def away(**_asked: object) -> None:
        raise RedisConnectionError("gone")

    monkeypatch.setattr(queries, "totals", away)
    assert badges("/search/?q=lamp") == []
    assert Client().get("/product/lamp/").status_code == 200


def test_a_slow_node_keeps_one_page_waiting_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def slow(**_asked: object) -> None:
        asked.append(connections.client("inventory").connection_pool.connection_kwargs["socket_timeout"])
        raise TimeoutError

    monkeypatch.setattr(templating, "REST_SECONDS", 3_600.0)
    monkeypatch.setattr(queries, "totals", slow)
    for _page in range(3):
        templating._asked(["lamp"], [])
    assert asked == [connections.patient(templating.BADGE_SECONDS)]


def test_a_shortage_is_an_error_of_its_own() -> None:
    with pytest.raises(ShortError):
        operations.move(sku="lamp", source="s1", target="s2", quantity=1, operation=Operation("m"))
