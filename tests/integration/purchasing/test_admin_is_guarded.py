"""Purchasing's admin keeps out those without permission at every address, and nothing that is sent breaks it."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.contrib.admin import site
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from purchasing import noting, orders, returning
from purchasing.admin.steps import STEPS
from tests.fuzzing import FUZZ, KEYS, TEXTS, root, status
from tests.placed_orders import Till, placed

pytestmark = pytest.mark.django_db
NUMBER = "US-000001"
ADMINS = [admin for admin in site._registry.values() if admin.opts.app_label == "purchasing"]
PERMISSIONS = ("view_order", *{step.permission.partition(".")[2] for step in STEPS.values()})


def addresses() -> Iterator[str]:
    """Every named address, each step's its own, so that a new one cannot be forgotten here."""
    for admin in ADMINS:
        for pattern in admin.get_urls():
            taken = pattern.pattern.converters
            for action in STEPS if "action" in taken else [""]:
                told = {"object_id": quote(NUMBER), "action": action}
                if pattern.name:
                    yield reverse(f"admin:{pattern.name}", kwargs={name: told[name] for name in taken})


EVERY = list(addresses())


@pytest.fixture(autouse=True)
def _shop(opened: None, till: Till, visitor: Client) -> None:
    placed()
    orders.ship(number=NUMBER, who="sam")
    returning.request(number=NUMBER, step="return-1", quantities={"lamp": 1}, who="ada")


def client_of(*permissions: str, is_staff: bool = True) -> Client:
    user = User.objects.create_user(f"sam-{uuid4().hex}", is_staff=is_staff)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def sent() -> dict[str, str]:
    return {"since": noting.standing(orders.find(number=NUMBER)), "operation": "0" * 32, "why": "x", "confirmed": "yes"}


def untouched(till: Till) -> bool:
    return orders.find(number=NUMBER).version == 3 and not till.refunds


def test_there_are_addresses_to_look_at() -> None:
    assert len(EVERY) >= len(STEPS) + 5


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("address", EVERY)
def test_staff_without_permission_is_kept_out(address: str, method: str, till: Till) -> None:
    acting = [permission for permission in PERMISSIONS if permission != "view_order"]
    for client in (client_of(), client_of("view_product", "change_stock", "view_board"), client_of(*acting)):
        assert getattr(client, method)(address, sent()).status_code == 403
    assert untouched(till)


@pytest.mark.parametrize("address", EVERY)
def test_who_may_only_look_changes_nothing(address: str, till: Till) -> None:
    assert client_of("view_order").post(address, sent()).status_code in (200, 302, 403, 405)
    assert untouched(till)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("address", EVERY)
def test_shoppers_and_strangers_are_asked_to_sign_in(address: str, method: str, till: Till) -> None:
    for client in (Client(), client_of(*PERMISSIONS, is_staff=False)):
        answer = getattr(client, method)(address, sent())
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/admin/login/")
    assert untouched(till)


LIST_NAMES = ("q", "p", "o", "status", "region", "open", "placed_from", "placed_to", "total_from", "total_to", "x")
FIELDS = ("since", "operation", "what", "sum", "why", "line-0", "line-1", "came-0", "spoilt-0", "confirmed")


@given(query=st.dictionaries(st.sampled_from(LIST_NAMES), TEXTS, max_size=6))
@FUZZ
def test_no_address_of_a_list_breaks_it(query: dict[str, str]) -> None:
    client = root()
    for page in ("", "export.csv"):
        assert status(client.get(f"/admin/purchasing/order/{page}", query)) in (200, 302, 400)


@given(told=st.dictionaries(st.sampled_from(FIELDS), TEXTS), returned=TEXTS)
@FUZZ
def test_nothing_sent_to_a_step_breaks_it(told: dict[str, str], returned: str) -> None:
    client = root()
    for action in STEPS:
        address = reverse("admin:purchasing_order_step", args=[NUMBER, action])
        for form in (told, {**sent(), "what": "amount", **told}):
            for query in ({"return": returned}, {"return": "return-1"}):
                answer = client.post(address, form, query_params=query)
                assert answer.status_code in (200, 302, 409, 422)


@given(pk=KEYS)
@FUZZ
def test_no_number_breaks_a_page(pk: str) -> None:
    client = root()
    for page in ("change", "delete", "history"):
        assert client.get(reverse(f"admin:purchasing_order_{page}", args=[quote(pk)])).status_code in (
            200,
            302,
            403,
            404,
        )
    assert client.get(reverse("admin:purchasing_order_step", args=[quote(pk), "ship"])).status_code in (302, 404)


ACTIONS = ("make_ready", "ship", "complete", "export_chosen", "delete_selected", "x")
ACTING = ("select_across", "index", "confirmed", "expected", "after", "press", "x")


@given(
    action=st.sampled_from(ACTIONS),
    chosen=st.lists(TEXTS, max_size=3),
    told=st.dictionaries(st.sampled_from(ACTING), TEXTS),
    query=st.dictionaries(st.sampled_from(LIST_NAMES), TEXTS, max_size=4),
)
@FUZZ
def test_nothing_sent_as_an_action_breaks_a_list(
    action: str, chosen: list[str], told: dict[str, str], query: dict[str, str]
) -> None:
    client = root()
    for form in (told, {"confirmed": "yes", "expected": "9", **told}, {"select_across": "1", **told}):
        pressed = {"action": action, "_selected_action": chosen, **form}
        answer = client.post("/admin/purchasing/order/", pressed, query_params=query)
        # Where it would lead back to an address that no server takes.
        assert status(answer) in (200, 302, 400)
    # All that match may have been handed over, as was asked: no order is lost by it, nor its money paid back.
    assert not orders.find(number=NUMBER).settlements
