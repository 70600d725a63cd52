"""The inventory's admin keeps out those without permission at every address, and nothing that is sent breaks it."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings as shop
from django.contrib.admin import site
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Permission, User
from django.test import Client, override_settings
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory import operations, places, queries
from inventory.replication import links
from inventory.results import Operation
from tests.fuzzing import FUZZ, KEYS, TEXTS, root, status
from tests.integration.inventory.conftest import Store
from tests.redis_nodes import REGIONS, RedisNodes

pytestmark = pytest.mark.django_db
PLAIN = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
ADMINS = [admin for admin in site._registry.values() if admin.opts.app_label == "inventory"]
STORED = {"location": "s1", "stock": "s1:lamp", "link": f"{REGIONS[0]}:{REGIONS[1]}"}
OTHERS = {"change_stock": "stock", "view_board": "stock", "drill": "link"}
"""Permissions that are not of the name of what they open."""


def addresses() -> Iterator[tuple[str, str]]:
    """Every named address of the inventory's admins with its model, so that a new one cannot be forgotten here."""
    for admin in ADMINS:
        model = str(admin.opts.model_name)
        for pattern in admin.get_urls():
            takes = {"object_id": quote(STORED[model]), "action": "cut"}
            given = {name: takes[name] for name in pattern.pattern.converters}
            if pattern.name:
                yield model, reverse(f"admin:{pattern.name}", kwargs=given)


EVERY = list(addresses())


@pytest.fixture(autouse=True)
def _shop(search_indexes: RedisNodes, placed: Store) -> Iterator[None]:
    placed("s1", name="North")
    placed("s2", name="South")
    operations.receive(sku="lamp", location="s1", quantity=10, operation=Operation("1"))
    Path(shop.STATIC_ROOT).mkdir(exist_ok=True)
    with override_settings(STORAGES=shop.STORAGES | PLAIN):
        yield


def client_of(*permissions: str, is_staff: bool = True) -> Client:
    user = User.objects.create_user(f"sam-{uuid4().hex}", is_staff=is_staff)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def untouched() -> bool:
    stocked = queries.levels(skus=["lamp"])["lamp"].locations["s1"].on_hand == 10
    return stocked and set(places.names()) == {"s1", "s2"} and not links.cut_peers(REGIONS[0])


CHANGE = {"post": "yes", "action": "receive", "operation": "0" * 32, "quantity": "1", "why": "theft"}


def test_there_are_addresses_to_look_at() -> None:
    assert {model for model, _address in EVERY} == set(STORED)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("model", "address"), EVERY)
def test_staff_without_permission_is_kept_out(model: str, address: str, method: str) -> None:
    others = [f"{action}_location" for action in ("view", "add", "change", "delete")] if model != "location" else []
    strangers = client_of(), client_of("view_product", "change_product", *others)
    for client in (*strangers, *([client_of(*OTHERS)] if model == "location" else [])):
        assert getattr(client, method)(address, CHANGE).status_code == 403
    assert untouched()


@pytest.mark.parametrize("address", [address for model, address in EVERY if model != "location"])
def test_who_may_only_look_changes_nothing(address: str) -> None:
    assert client_of("view_board").post(address, CHANGE).status_code in (200, 302, 403, 405)
    assert client_of("view_location").post(address, CHANGE).status_code == 403
    assert untouched()


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("model", "address"), EVERY)
def test_shoppers_and_strangers_are_asked_to_sign_in(model: str, address: str, method: str) -> None:
    del model
    for client in (Client(), client_of(*OTHERS, is_staff=False)):
        answer = getattr(client, method)(address, CHANGE)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/")
    assert untouched()


LIST_NAMES = ("q", "p", "o", "kind", "region", "country", "service", "location", "left", "on_hand_from", "held_to", "x")
FIELDS = (
    *("id", "name", "kind", "region", "street", "city", "state", "postcode", "country", "point", "timezone", "phone"),
    *("services", "hours_mon", "hours_sun", "since", "sku", "location"),
)
STOCK_FIELDS = (
    "action",
    "operation",
    "quantity",
    "counted",
    "by",
    "target",
    "why",
    "observed",
    "observed_at",
    "location",
)


@given(query=st.dictionaries(st.sampled_from(LIST_NAMES), TEXTS, max_size=6))
@FUZZ
def test_no_address_of_a_list_breaks_it(query: dict[str, str]) -> None:
    client = root()
    for page in ("location/", "location/export.csv", "stock/", "stock/export.csv", "stock/add/", "link/"):
        assert status(client.get(f"/admin/inventory/{page}", query)) in (200, 302, 400)


@given(sent=st.dictionaries(st.sampled_from(FIELDS), TEXTS))
# Fewer: each page of a refused form has hundreds of time zones.
@settings(FUZZ, max_examples=8)
def test_nothing_sent_to_the_form_of_a_store_breaks_it(sent: dict[str, str]) -> None:
    client = root()
    plausible = {"name": "A", "city": "B", "country": "US", "region": "us", "kind": "store", "point": "1,1"} | sent
    for page in ("/admin/inventory/location/add/", "/admin/inventory/location/s1/change/"):
        for form in (sent, plausible):
            assert client.post(page, form).status_code in (200, 302, 400, 409)


@given(
    action=st.sampled_from(["receive", "count", "adjust", "move", "steal"]),
    sent=st.dictionaries(st.sampled_from(STOCK_FIELDS), TEXTS | st.integers().map(str)),
)
@FUZZ
def test_nothing_sent_to_an_item_breaks_its_page(action: str, sent: dict[str, str]) -> None:
    plausible = {"action": action, "operation": uuid4().hex, "why": "x", "quantity": "1", "counted": "1", "by": "1"}
    for form in (sent, plausible | sent):
        answer = root().post(reverse("admin:inventory_stock_change", args=[quote("s1:lamp")]), form)
        assert answer.status_code in (200, 302, 400, 422)


@given(pk=KEYS)
@FUZZ
def test_no_key_breaks_a_page(pk: str) -> None:
    client = root()
    for model, pages in {
        "location": ("change", "delete", "history"),
        "stock": ("change", "delete", "history"),
        "link": ("change", "history"),
    }.items():
        for key in (pk, f"s1:{pk}"):
            for page in pages:
                answer = client.get(reverse(f"admin:inventory_{model}_{page}", args=[quote(key)]))
                assert answer.status_code in (200, 302, 403, 404)
