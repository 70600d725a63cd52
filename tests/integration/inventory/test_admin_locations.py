"""Stores in the Django admin: found, drawn, added, changed in every region, and kept while something needs them."""

import dataclasses
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client, override_settings
from django.urls import reverse

from inventory import editing, keyspace, operations, places, placing, tasks
from inventory.hours import Weekday
from inventory.models import Kind, Location, Service
from inventory.results import Operation
from purchasing.models import Parcel, Status
from redismart.redis import connections
from tests import placed_orders
from tests.integration.inventory.conftest import Store
from tests.redis_nodes import REGIONS, RedisNodes

pytestmark = pytest.mark.django_db
LIST = "/admin/inventory/location/"
PLAIN = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
NEW = {
    "id": "us-new",
    "name": "New store",
    "kind": "store",
    "region": "us",
    "city": "Boston",
    "country": "US",
    "point": "42.36, -71.06",
    "timezone": "America/New_York",
    "services": ["pickup", "curbside"],
    "hours_mon": "9:00-18:00",
    "hours_sat": "18:00 - 02:00",
    "hours_tue": "09:00-12:00, 13:00-18:00",
}


@pytest.fixture(autouse=True)
def _shop(search_indexes: RedisNodes) -> Iterator[None]:
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    with override_settings(STORAGES=settings.STORAGES | PLAIN):
        yield


@pytest.fixture
def manager() -> Client:
    user = User.objects.create_user("sam", is_staff=True)
    names = [f"{action}_location" for action in ("view", "add", "change", "delete")]
    user.user_permissions.set(Permission.objects.filter(codename__in=names, content_type__app_label="inventory"))
    client = Client()
    client.force_login(user)
    return client


def address(kind: str, store: str) -> str:
    return reverse(f"admin:inventory_location_{kind}", args=[store])


def form_of(client: Client, store: str) -> dict[str, object]:
    """What a browser would send of a store's form."""
    page = client.get(address("change", store))
    form = page.context["adminform"].form
    values = {name: form[name].value() for name in form.fields if name not in ("hours", "id")}
    hours = form["hours"].value() or {}
    lines = form.fields["hours"].prepare_value(hours).splitlines()
    days = {f"hours_{line[:3]}": line[4:] for line in lines}
    values["services"] = [getattr(each, "value", each) for each in values["services"] or ()]
    return {name: "" if value is None else value for name, value in (values | days).items()}


def at(region: str, store: str) -> Location | None:
    found = Location.db(region=region).execute_command("JSON.GET", Location.key_of(store), "$")
    return None if found is None else Location.from_path_reply(found)


def test_the_list_counts_searches_filters_sorts_and_draws(manager: Client, placed: Store) -> None:
    for number in range(60):
        placed(f"s{number:02d}", name=f"Store {number:02d}", city="Springfield")
    placed("de-hub", name="Hub Nord", city="Hamburg", country="DE", region="eu", kind="fulfilment")
    everything = manager.get(LIST)
    assert everything.context["cl"].result_count == 61
    assert [row.pk for row in everything.context["cl"].result_list][:2] == ["de-hub", "s00"]
    assert len(everything.context["map"]["pins"]) == 50
    assert address("change", "s00") in everything.content.decode()
    for query in ({"q": "hamb"}, {"q": "de-h"}, {"country": "DE"}, {"kind": "fulfilment"}, {"region": "eu"}):
        assert [row.pk for row in manager.get(LIST, query).context["cl"].result_list] == ["de-hub"], query
    backwards = manager.get(LIST, {"o": "-1", "q": "store"}).context["cl"]
    assert [row.pk for row in backwards.result_list][:2] == ["s59", "s58"]
    assert manager.get(f"{LIST}export.csv", {"country": "DE"}).getvalue().decode().count("\n") == 2


def test_a_manager_adds_a_store_which_every_region_knows(manager: Client) -> None:
    assert places.names() == {}
    answer = manager.post(f"{LIST}add/", NEW)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    for region in REGIONS:
        store = at(region, "us-new")
        assert store is not None
        assert store.point.lat == 42.36
        assert store.services == (Service.PICKUP, Service.CURBSIDE)
        assert store.hours == {
            Weekday.MONDAY: (("09:00", "18:00"),),
            Weekday.TUESDAY: (("09:00", "12:00"), ("13:00", "18:00")),
            Weekday.SATURDAY: (("18:00", "02:00"),),
        }
    assert places.names() == {"us-new": "New store"}
    assert LogEntry.objects.get().object_id == "us-new"


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("id", "two words"),
        ("id", "x" * 61),
        ("name", ""),
        ("region", "moon"),
        ("country", "XX"),
        ("point", "91, 0"),
        ("point", "here"),
        ("point", "nan, 1"),
        ("timezone", "Mars/Base"),
        ("kind", "ship"),
        ("services", ["teleport"]),
        ("hours_mon", "nine to five"),
        ("hours_mon", "09:00-25:00"),
        ("hours_mon", "09:00-09:00"),
        ("hours_mon", "09:00-12:00, 11:00-13:00"),
    ],
)
def test_what_makes_no_store_is_refused_beside_its_field(manager: Client, field: str, wrong: object) -> None:
    answer = manager.post(f"{LIST}add/", NEW | {field: wrong})
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors[field.partition("_")[0]]
    assert at("us", "us-new") is None


def test_an_id_in_use_is_refused_and_the_store_kept(manager: Client, placed: Store) -> None:
    placed("us-new", name="Old store")
    answer = manager.post(f"{LIST}add/", NEW)
    assert "already one known" in answer.content.decode()
    assert places.names()["us-new"] == "Old store"


def test_a_change_reaches_every_region_and_a_late_one_is_a_conflict(manager: Client, placed: Store) -> None:
    placed("a", name="Store A")
    placed("b", name="Store B", location={"lat": 41.0, "lon": -89.0})
    opened = form_of(manager, "a")
    page = manager.get(address("change", "a"))
    assert [pin["name"] for pin in page.context["map"]["pins"]] == ["Store B"]
    answer = manager.post(address("change", "a"), opened | {"name": "Store One", "hours_mon": ""})
    assert answer.status_code == 302
    for region in REGIONS:
        store = at(region, "a")
        assert store is not None
        assert store.name == "Store One"
        assert Weekday.MONDAY not in store.hours
        assert store.hours[Weekday.TUESDAY] == (("09:00", "18:00"),)
    assert places.names()["a"] == "Store One"
    late = manager.post(address("change", "a"), opened | {"name": "Store Uno"})
    assert late.status_code == 409
    assert "Store Uno" in late.content.decode()
    assert places.names()["a"] == "Store One"


def test_a_store_with_stock_is_kept_until_it_is_empty(manager: Client, placed: Store) -> None:
    placed("a")
    placed("b")
    operations.receive(sku="lamp", location="a", quantity=3, operation=Operation("1"))
    page = manager.get(address("delete", "a")).content.decode()
    assert "1 item of it are in stock" in page
    manager.post(address("delete", "a"), {"post": "yes"})
    assert at("us", "a") is not None
    with pytest.raises(editing.NeededError, match="in stock"):
        editing.remove_location(location_id="a")
    operations.count(sku="lamp", location="a", counted=0, operation=Operation("2"))
    assert manager.post(address("delete", "a"), {"post": "yes"}).status_code == 302
    assert [at(region, "a") for region in REGIONS] == [None] * len(REGIONS)
    assert at("us", "b") is not None
    assert "a" not in places.names()
    assert LogEntry.objects.get().is_deletion()


def test_of_several_chosen_those_that_are_needed_stay(manager: Client, placed: Store) -> None:
    for store in ("a", "b", "c"):
        placed(store)
    operations.receive(sku="lamp", location="b", quantity=3, operation=Operation("1"))
    chosen = {"action": "delete_chosen", "_selected_action": ["a", "b", "c"], "index": "0"}
    question = manager.post(LIST, chosen)
    assert question.status_code == 200
    sent: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', question.content.decode()):
        sent.setdefault(name, []).append(value)
    answer = manager.post(LIST, sent, follow=True)
    assert "1 item of it are in stock" in answer.content.decode()
    assert set(places.names()) == {"b"}
    assert {entry.object_id for entry in LogEntry.objects.all()} == {"a", "c"}


@contextmanager
def away(region: str) -> Iterator[None]:
    nowhere = {f"inventory-{region}": "redis://127.0.0.1:1/0"}
    connections.configure(dataclasses.replace(settings.TOPOLOGY, external=nowhere))
    yield
    connections.configure(settings.TOPOLOGY)


def test_a_region_that_is_away_is_told_of_all_changes_once_it_is_back(manager: Client, placed: Store) -> None:
    placed("a", name="Store A")
    placed("b")
    here, there = REGIONS[:2]
    with away(there):
        answer = manager.post(f"{LIST}add/", NEW, follow=True)
        assert f"Region {there} cannot be told now" in answer.content.decode()
        manager.post(address("change", "a"), form_of(manager, "a") | {"name": "Store One"})
        page = manager.get(address("delete", "b")).content.decode()
        assert f"The stock of region {there} cannot be reached" in page
        tasks.tell_places(region=here)
    assert at(there, "us-new") is None
    tasks.tell_places(region=there)
    assert at(there, "us-new") is None
    for _run in range(2):
        tasks.tell_places(region=here)
    added, changed = at(there, "us-new"), at(there, "a")
    assert added is not None
    assert changed is not None
    assert (added.name, changed.name) == ("New store", "Store One")
    assert not Location.db(region=here).exists(keyspace.untold(there))


def test_what_is_changed_while_a_region_is_told_is_told_next(placed: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    placed("a", name="first")
    here, there = REGIONS[:2]

    def name(name: str) -> None:
        with Location.db().pipeline(transaction=True) as pipeline:
            (found,) = Location.find_many(["a"])
            assert found is not None
            found.model_copy(update={"name": name}).save(pipeline=pipeline)
            placing.note_change(pipeline, "a")
            pipeline.execute()

    usual = placing._tell

    def interrupted(*arguments: Any) -> placing.Written:
        written = usual(*arguments)
        name("third")
        return written

    name("second")
    with monkeypatch.context() as patch:
        patch.setattr(placing, "_tell", interrupted)
        placing.tell()
    assert set(Location.db(region=here).hgetall(keyspace.untold(there))) == {"a"}
    placing.tell()
    told = at(there, "a")
    assert told is not None
    assert told.name == "third"


@pytest.mark.parametrize("part", [{"location": "a"}, {"location": "b", "brought_to": "a"}])
def test_a_store_with_parcels_to_send_or_hand_out_is_kept(placed: Store, part: dict[str, str]) -> None:
    placed("a")
    order = placed_orders.placed(parcels=(Parcel(quantities={"lamp": 1}, **part),))
    with pytest.raises(editing.NeededError, match="1 order"):
        editing.remove_location(location_id="a")
    order.model_copy(update={"status": Status.COMPLETED}).replaced()
    assert not editing.remove_location(location_id="a").failed


def test_who_may_only_look_reads_hours_as_people_write_them(placed: Store) -> None:
    placed("a")
    user = User.objects.create_user("eve", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_location"))
    client = Client()
    client.force_login(user)
    page = client.get(address("change", "a")).content.decode()
    assert "Monday: 09:00-18:00" in page
    assert "Pickup in store" in page
    assert client.post(address("change", "a"), NEW).status_code == 403
    store = at("us", "a")
    assert store is not None
    assert store.kind is Kind.STORE
