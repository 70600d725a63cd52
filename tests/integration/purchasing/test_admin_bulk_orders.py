"""Staff say of many orders at once that they are ready, sent or handed over; each is moved by its own operation."""

import re
from html import unescape

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client

from purchasing import orders
from purchasing.models import Fulfilment, Order, Status
from tests.markup import Elements
from tests.placed_orders import Till, placed
from tests.redis_nodes import RedisNodes

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/admin/purchasing/order/"
FIRST, SECOND, COLLECTED, UNPAID = "US-000001", "US-000002", "US-000003", "US-000004"


@pytest.fixture
def clerk(opened: None, search_indexes: RedisNodes, till: Till, visitor: Client) -> Client:
    """Of shopper support, with two orders to send, one that is collected, and one that is not paid yet."""
    call_command("create_groups", verbosity=0)
    placed(FIRST)
    placed(SECOND)
    placed(COLLECTED, fulfilment=Fulfilment.PICKUP)
    placed(UNPAID, paid=False)
    user = User.objects.create_user("sam", is_staff=True)
    user.groups.add(Group.objects.get(name="Shopper support"))
    client = Client()
    client.force_login(user)
    return client


def asked(client: Client, action: str, *numbers: str) -> dict[str, str | list[str]]:
    """What the question of an action carries on: the answer "yes" is sent with it."""
    page = client.post(LIST, {"action": action, "_selected_action": list(numbers)})
    assert page.status_code == 200
    found = [field for tag, field in Elements(page.content.decode()).found if tag == "input"]
    return {field["name"]: field["value"] for field in found if field.get("name") and "value" in field} | {
        "_selected_action": list(numbers)
    }


def statuses() -> dict[str, Status]:
    return {order.number: order.status for order in Order.find_readable([FIRST, SECOND, COLLECTED, UNPAID])}


def said(client: Client, sent: dict[str, str | list[str]]) -> str:
    answer = client.post(LIST, sent, follow=True)
    return unescape(re.sub(r"<[^>]*>", " ", answer.content.decode()))


def test_what_can_be_sent_is_sent_once_asked_and_the_rest_is_told_why(clerk: Client) -> None:
    sent = asked(clerk, "ship", FIRST, SECOND, COLLECTED, UNPAID)
    assert set(statuses().values()) == {Status.PLACED}
    told = said(clerk, sent)
    assert "2 orders sent." in told
    assert f"{COLLECTED}: Order {COLLECTED} is placed and to be collected" in told
    assert f"{UNPAID}: Order {UNPAID} is not paid yet" in told
    placed_still = dict.fromkeys((COLLECTED, UNPAID), Status.PLACED)
    assert statuses() == dict.fromkeys((FIRST, SECOND), Status.SHIPPED) | placed_still
    assert orders.find(number=FIRST).history[-1].who == "sam"
    assert {entry.object_id for entry in LogEntry.objects.all()} == {FIRST, SECOND}


def test_a_second_press_moves_nothing_and_is_not_in_the_history(clerk: Client) -> None:
    sent = asked(clerk, "ship", FIRST)
    said(clerk, sent)
    assert "0 orders sent." in said(clerk, sent)
    assert len(orders.find(number=FIRST).history) == 1
    assert LogEntry.objects.count() == 1


def test_orders_are_made_ready_and_handed_over(clerk: Client) -> None:
    assert "1 order made ready to be collected." in said(clerk, asked(clerk, "make_ready", COLLECTED, FIRST))
    assert "1 order handed over." in said(clerk, asked(clerk, "complete", COLLECTED, FIRST))
    assert statuses()[COLLECTED] is Status.COMPLETED
    assert statuses()[FIRST] is Status.PLACED


def test_all_that_match_are_moved(clerk: Client) -> None:
    sent = asked(clerk, "ship", FIRST) | {"select_across": "1", "expected": "4"}
    assert "2 orders sent." in said(clerk, sent)


def test_a_damaged_order_does_not_hold_the_others_up(clerk: Client) -> None:
    Order.db().execute_command("JSON.SET", Order.key_of("US-000009"), "$", '{"number":"US-000009"}')
    told = said(clerk, asked(clerk, "ship", "US-000009", FIRST))
    assert "1 order sent." in told
    assert "US-000009: It is not there, or cannot be read." in told


def test_who_may_not_handle_orders_is_offered_only_the_export(clerk: Client) -> None:
    support = Group.objects.get(name="Shopper support")
    support.permissions.remove(*support.permissions.filter(codename="handle_order"))
    page = clerk.get(LIST).content.decode()
    assert re.findall(r'<option value="(\w+)"', page) == ["export_chosen"]
    clerk.post(LIST, {"action": "ship", "_selected_action": FIRST, "confirmed": "yes", "expected": "1"})
    assert statuses()[FIRST] is Status.PLACED


def test_chosen_orders_go_out_as_csv(clerk: Client) -> None:
    answer = clerk.post(LIST, {"action": "export_chosen", "_selected_action": [FIRST, COLLECTED]})
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert [line.split(",")[0] for line in lines] == ["number", FIRST, COLLECTED]
