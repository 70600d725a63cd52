"""Stock in the Django admin: found by the index, changed by operations that count once, and written in the history."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Permission, User
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import reverse
from redis.exceptions import ConnectionError as RedisConnectionError

from inventory import auditing, editing, holds, operations, queries
from inventory.admin.stock import StockAdmin
from inventory.changes import StockError
from inventory.optimising import acting
from inventory.results import Line, Operation
from redismart import names
from tests.integration.inventory.conftest import Store
from tests.redis_nodes import REGIONS, RedisNodes

HOSTILE = 'A/B: ? #%&"<b>x</b>'
LIST = "/admin/inventory/stock/"
PLAIN = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop(search_indexes: RedisNodes, placed: Store) -> Iterator[None]:
    placed("s1", name="North")
    placed("s2", name="South")
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    with override_settings(STORAGES=settings.STORAGES | PLAIN):
        yield


def signed_in(*permissions: str) -> Client:
    user = User.objects.create_user("sam", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions, content_type__app_label="inventory"))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def manager() -> Client:
    return signed_in("view_board", "change_stock")


def receive(sku: str, quantity: int, location: str = "s1") -> None:
    operations.receive(sku=sku, location=location, quantity=quantity, operation=Operation(f"{sku}-{location}"))


def address(sku: str, location: str = "s1") -> str:
    return reverse("admin:inventory_stock_change", args=[quote(f"{location}:{sku}")])


def form_of(client: Client, action: str, sku: str, location: str = "s1") -> dict[str, str]:
    """What a browser would send of one of the page's forms."""
    forms = {form.action: form for form in client.get(address(sku, location)).context["forms"]}
    form = forms[action]
    values = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else str(value) for name, value in values.items()} | {"action": action}


def send(client: Client, action: str, sku: str, location: str = "s1", /, **values: object) -> HttpResponse:
    sent = form_of(client, action, sku, location) | {"why": "a test"} | values
    return client.post(address(sku, location), sent)  # type: ignore[return-value]


def on_hand(sku: str, location: str = "s1") -> int:
    found = queries.levels(skus=[sku])[sku].locations.get(location)
    return found.on_hand if found else 0


def test_items_are_called_what_their_products_are(manager: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "_providers", [lambda skus: {sku: "Desk <lamp>" for sku in skus if sku == "lamp"}])
    receive("lamp", 3)
    receive("rug", 3)
    listed = manager.get(LIST).content.decode()
    assert "<small>Desk &lt;lamp&gt;</small>" in listed
    page = manager.get(address("lamp"))
    assert page.context["title"] == "Desk <lamp> at North"
    assert "SKU lamp" in page.content.decode()
    assert manager.get(address("rug")).context["title"] == "rug at North"


def test_without_the_catalogue_items_have_no_names(manager: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(skus: object) -> dict[str, str]:
        raise RedisConnectionError(f"No way to {skus}.")

    monkeypatch.setattr(names, "_providers", [away])
    receive("lamp", 3)
    assert manager.get(LIST).context["cl"].result_count == 1
    assert manager.get(address("lamp")).context["title"] == "lamp at North"


def test_the_list_finds_filters_sorts_and_exports(manager: Client) -> None:
    for number in range(60):
        receive(f"lamp-{number:02d}", number + 1)
    receive("chair", 9, "s2")
    everything = manager.get(LIST).context["cl"]
    assert everything.result_count == 61
    assert everything.result_list[0].pk == "s2:chair"
    rows = {
        "chair": {"q": "HAI"},
        "lamp-07": {"on_hand_from": "8", "on_hand_to": "8"},
        "lamp-59": {"o": "-2"},
        "lamp-00": {"o": "4"},
    }
    for sku, query in rows.items():
        assert manager.get(LIST, query).context["cl"].result_list[0].sku == sku, query
    for typed, count in {"s2": 1, "south": 1, "NORTH": 60, "nowhere": 0, " ": 61}.items():
        assert manager.get(LIST, {"location": typed}).context["cl"].result_count == count, typed
    assert manager.get(LIST, {"left": "few"}).context["cl"].result_count == 5
    assert manager.get(LIST, {"left": "more"}).context["cl"].result_count == 56
    lines = manager.get(f"{LIST}export.csv", {"location": "s2"}).getvalue().decode().splitlines()
    assert lines == ["sku,location,on_hand,held,sellable,point", "chair,s2,9,0,9,"]


def test_the_list_tells_what_is_set_aside_and_where_to_order(manager: Client) -> None:
    receive("lamp", 9)
    holds.hold(lines=[Line("s1", "lamp", 2)], operation=Operation("hold"), seconds=60)
    acting.set_point(sku="lamp", location="s1", units=12)
    (row,) = manager.get(LIST).context["cl"].result_list
    assert (row.on_hand, row.held, row.document.sellable, row.point, row.document.short) == (9, 2, 7, 12, True)
    page = manager.get(address("lamp")).content.decode()
    assert re.search(r'data-figure="held">2<', page)
    assert "set by hand" in page


@pytest.mark.parametrize("sku", ["lamp", HOSTILE])
@pytest.mark.parametrize(
    ("action", "values", "left"),
    [
        ("receive", {"quantity": 4}, 14),
        ("count", {"counted": 3}, 3),
        ("adjust", {"by": -2}, 8),
        ("adjust", {"by": 5}, 15),
        ("move", {"quantity": 10, "target": "s2"}, 0),
    ],
)
def test_each_change_counts_once_however_often_it_is_sent(
    manager: Client, sku: str, action: str, values: dict[str, object], left: int
) -> None:
    receive(sku, 10)
    sent = form_of(manager, action, sku) | {"why": "a test"} | values
    for _press in range(3):
        answer = manager.post(address(sku), sent)
        assert answer.status_code == 302, answer.context["forms"]
    assert on_hand(sku) == left
    assert on_hand(sku, "s2") == (10 if action == "move" else 0)
    (logged,) = LogEntry.objects.all()
    assert (logged.object_id, logged.user.username) == (f"s1:{sku}", "sam")
    assert "a test" in logged.change_message
    last = queries.ledger(sku=sku)[0]
    assert (last.who, last.why) == ("sam", "a test")
    assert manager.get(reverse("admin:inventory_stock_history", args=[quote(f"s1:{sku}")])).status_code == 200
    assert not auditing.audit(region=REGIONS[0])


def test_a_double_click_is_written_once_though_both_are_at_it(manager: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    receive("lamp", 10)
    sent = form_of(manager, "receive", "lamp") | {"why": "a test", "quantity": "1"}
    usual = StockAdmin.log_change

    def slowly(admin: StockAdmin, *arguments: Any) -> Any:
        monkeypatch.setattr(StockAdmin, "log_change", usual)
        assert manager.post(address("lamp"), sent).status_code == 302
        return usual(admin, *arguments)

    monkeypatch.setattr(StockAdmin, "log_change", slowly)
    manager.post(address("lamp"), sent)
    assert on_hand("lamp") == 11
    assert LogEntry.objects.count() == 1


def test_the_ledger_calls_an_adjustment_so(manager: Client) -> None:
    receive("lamp", 10)
    send(manager, "adjust", "lamp", by=-3, why="dropped")
    entry = queries.ledger(sku="lamp")[0]
    assert (entry.kind, entry.quantity, entry.counted) == ("adjust", -3, None)
    assert "Adjusted" in manager.get(address("lamp")).content.decode()


@pytest.mark.parametrize(
    ("action", "values"),
    [
        ("receive", {"quantity": 0}),
        ("receive", {"quantity": "lots"}),
        ("receive", {"quantity": 10**10}),
        ("receive", {"quantity": 1, "why": ""}),
        ("receive", {"quantity": 1, "operation": "mine"}),
        ("count", {"counted": -1}),
        ("count", {"counted": 1, "observed": "9" * 30}),
        ("count", {"counted": 1, "observed": "-1"}),
        ("count", {"counted": 1, "observed": "ten"}),
        ("count", {"counted": 1, "observed_at": "s" * 65}),
        ("count", {"counted": 1, "observed_at": "s1\0"}),
        ("adjust", {"by": 0}),
        ("adjust", {"by": -11}),
        ("move", {"quantity": 1, "target": "nowhere"}),
        ("move", {"quantity": 1, "target": "s1"}),
        ("move", {"quantity": 11, "target": "s2"}),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(manager: Client, action: str, values: dict[str, object]) -> None:
    receive("lamp", 10)
    answer = send(manager, action, "lamp", **values)
    assert answer.status_code == 422
    assert re.search(r'class="error(note"[^>]*|list"><li)>[^<]', answer.content.decode())
    assert (on_hand("lamp"), on_hand("lamp", "s2")) == (10, 0)
    assert not LogEntry.objects.exists()


def test_why_nothing_more_is_received_at_a_place_that_is_gone_is_told(manager: Client) -> None:
    receive("lamp", 10)
    sent = form_of(manager, "receive", "lamp") | {"why": "a test", "quantity": "1"}
    send(manager, "count", "lamp", counted=0)
    editing.remove_location(location_id="s1")
    answer = manager.post(address("lamp"), sent)
    assert answer.status_code == 422
    assert '<p class="errornote" role="alert">There is no location s1' in answer.content.decode()
    assert on_hand("lamp") == 0


def test_nobody_has_seen_more_than_there_can_be() -> None:
    """What a form carries along may be forged: the ledger of every region would be lost to it."""
    receive("lamp", 10)
    for observed in (10**13, 10**400, -1):
        with pytest.raises(StockError, match="cannot have been seen"):
            operations.count(
                sku="lamp", location="s1", counted=1, observed=observed, operation=Operation(f"seen-{observed % 97}")
            )
    assert on_hand("lamp") == 10


def test_a_manager_sets_when_to_order_of_own_places_only(manager: Client, placed: Store) -> None:
    placed("far", region=REGIONS[1])
    receive("lamp", 10)
    receive("lamp", 10, "far")
    for units, point in (("12", 12), ("", None)):
        assert send(manager, "point", "lamp", units=units).status_code == 302
        (row,) = manager.get(LIST, {"location": "s1"}).context["cl"].result_list
        assert (row.point, row.own_point) == (point, point is not None)
    assert [entry.object_id for entry in LogEntry.objects.all()] == ["s1:lamp"] * 2
    assert send(manager, "point", "lamp", units="-1").status_code == 422
    assert "point" not in {form.action for form in manager.get(address("lamp", "far")).context["forms"]}
    sent = form_of(manager, "receive", "lamp", "far") | {"why": "x", "units": "3", "action": "point"}
    answer = manager.post(address("lamp", "far"), sent)
    assert answer.status_code == 422
    assert "of another region" in answer.content.decode()


def test_the_form_of_one_place_changes_no_other(manager: Client) -> None:
    receive("lamp", 10)
    sent = form_of(manager, "receive", "lamp") | {"why": "a test", "quantity": "1", "location": "s2"}
    assert manager.post(address("lamp"), sent).status_code == 302
    assert (on_hand("lamp"), on_hand("lamp", "s2")) == (11, 0)


def test_a_new_item_begins_with_its_place(manager: Client) -> None:
    assert manager.get(f"{LIST}add/").status_code == 200
    answer = manager.get(f"{LIST}add/", {"sku": HOSTILE, "location": "s2"})
    assert answer["Location"] == address(HOSTILE, "s2")
    assert send(manager, "receive", HOSTILE, "s2", quantity=2).status_code == 302
    assert on_hand(HOSTILE, "s2") == 2
    unknown = manager.get(f"{LIST}add/", {"sku": "lamp", "location": "s9"})
    assert "There is no location s9" in unknown.content.decode()
    gone = manager.get(address("lamp", "s9"))
    assert gone.status_code == 302


def test_who_may_only_look_gets_no_forms_and_changes_nothing() -> None:
    receive("lamp", 10)
    clerk = signed_in("view_board")
    assert not clerk.get(address("lamp")).context["forms"]
    assert clerk.post(address("lamp"), {"action": "receive"}).status_code == 403
    assert clerk.get(f"{LIST}add/").status_code == 403
    assert on_hand("lamp") == 10
