"""The optimiser's pages: who may see them, what they find, and that a press counts once."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.test import Client, override_settings

from inventory import fence, keyspace, operations, places, queries
from inventory.optimising import acting, policy, recording, running
from inventory.optimising.days import Places
from inventory.replication.recovery import open_region
from inventory.results import Operation, SoldDay
from redismart import names, prices
from tests.integration.inventory.conftest import Store
from tests.redis_nodes import REGIONS, RedisNodes

HOSTILE = 'A/B, ? #%&"<b>x</b>'
PLAIN = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop(search_indexes: RedisNodes, placed: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for location, name in {"s1": "Airport", "s2": "Brook & Street"}.items():
        placed(location, name=name)
    open_region("us")
    monkeypatch.setattr(prices, "_providers", [lambda skus: dict.fromkeys(skus, 20.0)])
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    with override_settings(STORAGES=settings.STORAGES | PLAIN):
        yield


def stocked(sku: str, units: dict[str, int], a_day: int = 4) -> None:
    """A SKU that sells so many a day at each place, of which so many are there."""
    today = datetime.now(UTC).date()
    rows = [
        SoldDay(location, sku, (today - timedelta(days=ago)).toordinal(), a_day)
        for location in units
        for ago in range(1, 61)
    ]
    here = Places({location.id: location for location in places.all_locations()}, "us")
    recording.record(rows=rows, regions={"us": here}, policy=policy.current())
    for location, count in units.items():
        if count:
            told = Operation(f"in:{sku}:{location}", who="ada")
            operations.receive(sku=sku, location=location, quantity=count, operation=told)


def optimise() -> None:
    assert running.run(region="us", policy=policy.current()) is not None


def signed_in(*permissions: str, staff: bool = True, name: str = "mia") -> Client:
    user = User.objects.create_user(name, password="open sesame", is_staff=staff)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions, content_type__app_label="inventory"))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def manager() -> Client:
    return signed_in("view_board", "change_stock")


def page(client: Client, query: str = "") -> str:
    answer = client.get(f"/inventory/optimise/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def press(shown: str, action: str) -> dict[str, str]:
    """What the first button of its kind would send."""
    forms = re.findall(r'<form[^>]* action="([^"]*optimise/act[^"]*)" method="post">(.*?)</form>', shown, re.S)
    for _address, body in forms:
        fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', body))
        if fields["action"] == action:
            return {name: value.replace("&amp;", "&") for name, value in fields.items()}
    raise AssertionError(f"There is no button to {action}.")


ADDRESSES = [
    ("get", "/inventory/optimise/"),
    ("get", "/optimise/missed/"),
    ("get", "/optimise/file/"),
    ("post", "/optimise/act/"),
]


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_a_visitor_is_asked_to_sign_in(method: str, path: str) -> None:
    answer = getattr(Client(), method)(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/sign-in/?next=")


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
@pytest.mark.parametrize("staff", [True, False])
def test_without_permission_every_address_is_closed(method: str, path: str, staff: bool) -> None:
    client = signed_in(*([] if staff else ["view_board", "change_stock"]), staff=staff)
    assert getattr(client, method)(path).status_code == 403


def test_who_may_only_look_changes_nothing() -> None:
    stocked("lamp", {"s1": 3})
    optimise()
    viewer = signed_in("view_board")
    assert "optimise/act" not in page(viewer)
    assert viewer.post("/optimise/act/", {"action": "transfer"}).status_code == 403


def test_nothing_worked_out_yet_says_so(manager: Client) -> None:
    shown = page(manager)
    assert "Nothing was worked out yet" in shown
    assert "Nothing needs to be ordered now." in shown


def test_it_shows_what_to_order_with_its_reasons(manager: Client) -> None:
    stocked("lamp", {"s1": 20})
    stocked(HOSTILE, {"s2": 1}, a_day=1)
    optimise()
    shown = page(manager)
    assert "data-total>2<" in shown
    assert 'data-sku="lamp" data-location="s1"' in shown
    assert "A/B, ? #%&amp;&#34;&lt;b&gt;x&lt;/b&gt;" in shown
    assert "Brook &amp; Street" in shown
    assert "<b>x</b>" not in shown
    assert "Worked out" in shown
    assert shown.count('class="chart-bar') >= 56
    assert 'data-chart="classes"' in shown


def test_filters_and_orders_are_kept_from_page_to_page(manager: Client) -> None:
    for number in range(55):
        stocked(f"lamp-{number:02d}", {"s1": 1}, a_day=1 + number % 5)
    stocked("rug", {"s2": 1})
    optimise()
    first = page(manager, "?q=LAMP&location=s1&sort=units")
    assert "Page 1 of 2" in first
    assert 'data-sku="rug"' not in first
    second = re.search(r'href="(/inventory/optimise/\?[^"]*page=2)" rel="next"', first)
    assert second
    address = second[1].replace("&amp;", "&")
    assert all(kept in address for kept in ("q=LAMP", "location=s1", "sort=units"))
    assert manager.get(address).content.decode().count('<tr role="row" data-sku=') == 5
    units = [int(each) for each in re.findall(r'data-field="units"><b>(\d+)', first)]
    assert units == sorted(units, reverse=True)


def test_proposals_are_found_by_what_their_products_are_called(
    manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    stocked("lamp", {"s1": 1})
    stocked("rug", {"s1": 1})
    optimise()
    monkeypatch.setattr(names, "_finders", [lambda text, _most: ["rug"] if text == "carpet" else []])
    for typed, found in {"carpet": ["rug"], "am": ["lamp"], "sofa": []}.items():
        assert re.findall(r'<tr role="row" data-sku="(\w+)"', page(manager, f"?q={typed}")) == found


@pytest.mark.parametrize(
    "query",
    [
        "?kind=nonsense",
        "?page=-1",
        "?page=99999999999999999999",
        "?sort=__proto__",
        "?class=Z",
        "?q=%00",
        "?q={*}|@sku:a",
        "?location=%F0%9F%92%A9",
        "?q=a&kind=slow&page=7",
        "?q=" + "x" * 5_000,
    ],
)
def test_whatever_the_address_asks_for_is_answered(manager: Client, query: str) -> None:
    stocked("lamp", {"s1": 1})
    optimise()
    assert manager.get(f"/inventory/optimise/{query}").status_code in (200, 400)
    assert manager.get(f"/optimise/file/{query}").status_code in (200, 400)


def test_slow_movers_are_set_against_all_stock(manager: Client) -> None:
    stocked("rug", {"s1": 60}, a_day=0)
    stocked("lamp", {"s2": 180})
    optimise()
    assert "tied up $720<span data-tied-up>, 25 % of all stock</span>" in page(manager)


def test_a_transfer_is_made_by_one_press_and_not_again_by_another(manager: Client) -> None:
    stocked("lamp", {"s1": 1, "s2": 300})
    optimise()
    told = press(page(manager, "?kind=transfer"), "transfer")
    answer = manager.post("/optimise/act/?kind=transfer", told)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/inventory/optimise/?kind=transfer")
    moved = queries.levels(skus=["lamp"])["lamp"].locations["s1"].on_hand
    assert moved > 1
    shown = manager.get(answer["Location"]).content.decode()
    assert f"Moved {moved - 1} of lamp from Brook &amp; Street to Airport." in shown
    again = manager.post("/optimise/act/?kind=transfer", told)
    assert again.status_code == 409
    assert "done already, or is no longer proposed" in again.content.decode()
    assert queries.levels(skus=["lamp"])["lamp"].locations["s1"].on_hand == moved
    (entry,) = (each for each in queries.ledger(sku="lamp") if each.kind == "move-in")
    assert (entry.who, entry.why.startswith("proposed: lasts")) == ("mia", True)


@pytest.mark.parametrize("kind", ["transfer", "ordered"])
def test_of_many_who_press_at_once_one_is_told_that_it_was_them(kind: str) -> None:
    stocked("lamp", {"s1": 1, "s2": 300} if kind == "transfer" else {"s1": 20})
    optimise()
    name = "transfer:s2>s1" if kind == "transfer" else "reorder:s1"
    proposal = fence.node("us").hget(keyspace.advice("lamp", name), "id")
    at = {"source": "s2", "target": "s1", "who": "mia"} if kind == "transfer" else {"location": "s1"}
    begun = Barrier(12)

    def pressed(_who: int) -> int:
        begun.wait()
        try:
            return int(getattr(acting, kind)(sku="lamp", proposal=proposal, **at))
        except acting.GoneError:
            return 0

    with ThreadPoolExecutor(12) as pool:
        (units,) = filter(None, pool.map(pressed, range(12)))
    there = {location: level.on_hand for location, level in queries.levels(skus=["lamp"])["lamp"].locations.items()}
    assert there == ({"s1": 1 + units, "s2": 300 - units} if kind == "transfer" else {"s1": 20})


def test_what_was_ordered_is_on_its_way(manager: Client) -> None:
    stocked("lamp", {"s1": 20})
    optimise()
    told = press(page(manager), "ordered")
    assert manager.post("/optimise/act/", told).status_code == 302
    assert manager.post("/optimise/act/", told).status_code == 409
    optimise()
    assert "Nothing needs to be ordered now." in page(manager)
    assert "ordered|s1" in fence.node("us").hgetall(keyspace.plan("lamp"))


def test_an_items_page_shows_what_is_expected_and_takes_a_reorder_point(manager: Client) -> None:
    stocked("lamp", {"s1": 20})
    optimise()
    shown = manager.get("/inventory/lamp/").content.decode()
    assert "What is expected in us" in shown
    assert "Units a day at Airport: Mon 4" in shown
    told = press(shown, "point") | {"location": "s1", "units": "3"}
    answer = manager.post("/optimise/act/", told)
    assert answer["Location"] == "/inventory/lamp/"
    assert "set by hand" in manager.get("/inventory/lamp/").content.decode()
    assert manager.post("/optimise/act/", told | {"units": ""}).status_code == 302
    assert "set by hand" not in manager.get("/inventory/lamp/").content.decode()


BASE = {"action": "point", "sku": "lamp", "location": "s1", "units": "3"}


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"action": "destroy"}, 404),
        ({"action": "transfer"}, 422),
        ({"units": "-1"}, 422),
        ({"units": "many"}, 422),
        ({"units": "9" * 40}, 422),
        ({"sku": ""}, 422),
        ({"sku": "a\nb"}, 422),
        ({"location": "nowhere"}, 422),
        ({"location": "../../etc"}, 422),
        ({"action": "transfer", "source": "s1", "target": "s1", "proposal": "f" * 32}, 409),
        ({"action": "ordered", "proposal": "f" * 32}, 409),
        ({"action": "ordered", "proposal": "*"}, 422),
    ],
)
def test_what_makes_no_sense_changes_nothing(manager: Client, wrong: dict[str, str], status: int) -> None:
    assert manager.post("/optimise/act/", BASE | wrong).status_code == status
    assert fence.node("us").hgetall(keyspace.plan("lamp")) == {}


def test_a_region_sets_no_reorder_point_of_another(manager: Client, placed: Store) -> None:
    placed("far", region=REGIONS[1])
    answer = manager.post("/optimise/act/", BASE | {"location": "far"})
    assert answer.status_code == 422
    assert "of another region: set it there" in answer.content.decode()
    assert fence.node("us").hgetall(keyspace.plan("lamp")) == {}


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "\\\\evil"])
def test_it_leads_nowhere_else(manager: Client, back: str) -> None:
    answer = manager.post("/optimise/act/", BASE | {"back": back})
    assert answer["Location"] == "/inventory/optimise/"


def test_a_file_has_all_and_no_formulas(manager: Client) -> None:
    for number in range(60):
        stocked(f"lamp-{number:02d}", {"s1": 1})
    stocked("=cmd|' /C calc'!A0", {"s1": 1})
    optimise()
    answer = manager.get("/optimise/file/?kind=reorder")
    assert answer.headers["Content-Type"].startswith("text/csv")
    lines = answer.getvalue().decode().splitlines()
    assert lines[0].startswith("sku,location,class,pattern,rate,cover,on_hand")
    assert len(lines) == 62
    assert any(line.startswith("'=cmd") for line in lines)


def test_more_rows_cost_no_more_round_trips(manager: Client) -> None:
    stocked("lamp", {"s1": 1})
    optimise()
    _first, few = round_trips(manager), round_trips(manager)
    for number in range(20):
        stocked(f"rug-{number}", {"s1": 1})
    optimise()
    assert round_trips(manager) == few


def round_trips(manager: Client) -> int:
    shown = re.search(r"<b>(\d+)</b> round trips", page(manager))
    assert shown
    return int(shown[1])
