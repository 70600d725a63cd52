"""Staff find orders and say what becomes of them: by purchasing's operations, asked before, once however often."""

import csv
import io
import re
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client

from purchasing import orders, refunds, returning
from purchasing.admin.order_rows import OrderRow
from purchasing.models import Buyer, Event, Fulfilment, Order, ReturnState, Settlement, Status
from tests.markup import Elements, elements
from tests.placed_orders import ADDRESS, Till, placed
from tests.redis_nodes import RedisNodes

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER = "US-000001"
LIST = "/admin/purchasing/order/"
PAGE = f"{LIST}{NUMBER}/change/"


@pytest.fixture(autouse=True)
def _shop(opened: None, search_indexes: RedisNodes, till: Till, visitor: Client) -> None:
    call_command("create_groups", verbosity=0)


def signed_in(group: str = "Shopper support", name: str = "sam") -> Client:
    user = User.objects.create_user(name, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user)
    return client


def step(action: str, number: str = NUMBER, returned: str = "") -> str:
    return f"{LIST}{number}/do/{action}/{f'?return={returned}' if returned else ''}"


def hidden(client: Client, address: str) -> dict[str, str]:
    """What the form of a step carries unseen."""
    answer = client.get(address)
    assert answer.status_code == 200
    fields = [field for tag, field in Elements(answer.content.decode()).found if tag == "input"]
    return {field["name"]: field["value"] for field in fields if field.get("name") in ("since", "operation")}


def offered(page: Any) -> list[str]:
    """The steps that a page has buttons for."""
    return [each["data-step"] for each in elements(page, "data-step")]


def amount(page: Any) -> str:
    found = re.search(r"<strong data-amount>([^<]*)<", page.content.decode())
    return found[1] if found else ""


def listed(client: Client, **query: str) -> list[str]:
    answer = client.get(LIST, query)
    assert answer.status_code == 200
    return re.findall(r'field-number"><a href="[^"]*">([^<]+)<', answer.content.decode())


def exported(client: Client) -> list[dict[str, str]]:
    answer = client.get(f"{LIST}export.csv")
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))  # type: ignore[attr-defined]


# --- Finding ---


def test_orders_are_found_by_number_address_and_name() -> None:
    placed()
    will = ADDRESS.model_copy(update={"name": "Will O'Hara-Smith"})
    placed("EU-000012", region="eu", address=will, buyer=Buyer(email="Will@Example.org"))
    placed("US-000013", address=None, buyer=Buyer(email="zoe@example.com"))
    client = signed_in()
    for typed in (
        "EU-000012",
        "eu-0000",
        "12",
        "000012",
        "WILL@example",
        "will@example.org",
        "will",
        "hara smi",
        "wil",
    ):
        assert listed(client, q=typed) == ["EU-000012"], typed
    assert listed(client, q="Ada Lovelace") == [NUMBER]
    assert listed(client, q="nobody") == []
    for hostile in ("*", "@number:{*}", "$p0", "\\", "'", "-", "a" * 5_000, "\x00"):
        assert client.get(LIST, {"q": hostile}).status_code == 200


def test_filters_sorting_and_paging_come_from_the_index() -> None:
    for number in range(1, 61):
        placed(f"US-{number:06d}", region="eu" if number % 2 else "us")
    orders.cancel(number="US-000007", who="sam")
    client = signed_in()
    assert len(listed(client)) == 50
    assert len(listed(client, p="2")) == 10
    assert listed(client, status="cancelled") == ["US-000007"]
    assert len(listed(client, region="eu", status="placed")) == 29
    assert listed(client, o="1")[:2] == ["US-000001", "US-000002"]
    assert listed(client, total_from="104.51") == []
    assert len(listed(client, total_from="104.5", total_to="104.5")) == 50
    assert listed(client, placed_to="2001-01-01") == []


def test_a_damaged_order_does_not_take_the_list_with_it() -> None:
    placed()
    Order.db().execute_command("JSON.SET", Order.key_of("US-000002"), "$", '{"number":"US-000002","x":{"placed":1}}')
    assert listed(signed_in()) == [NUMBER]


def test_the_list_goes_out_as_csv() -> None:
    formula = ADDRESS.model_copy(update={"name": "=HYPERLINK(1)"})
    placed(address=formula)
    answer = signed_in().get(f"{LIST}export.csv", {"status": "placed"})
    (row,) = csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode()))  # type: ignore[attr-defined]
    assert (row["number"], row["status"], row["total"]) == (NUMBER, "placed", "104.50")
    assert row["name"] == "'=HYPERLINK(1)"


def test_list_and_csv_show_of_each_order_what_the_whole_order_says(monkeypatch: pytest.MonkeyPatch) -> None:
    placed()
    placed("EU-000002", region="eu", fulfilment=Fulfilment.PICKUP)
    placed("US-000003", address=None, buyer=Buyer())
    orders.refund(number=NUMBER, step="apology", amount=Decimal(10), who="pat")
    orders.make_ready(number="EU-000002", who="pat")
    orders.complete(number="EU-000002", who="pat")
    owing = Settlement(step="owed", amount=Decimal(5), stocked=True)
    orders.changed(number="US-000003", decide=lambda order: order.model_copy(update={"settlements": (owing,)}))
    whole = {order.number: OrderRow.of(order) for order in Order.find_readable([NUMBER, "EU-000002", "US-000003"])}
    assert [row.title for row in whole.values()] == ["Placed", "Collected", "Placed"]
    assert (whole[NUMBER].refunded, whole["EU-000002"].name, whole["US-000003"].open) == (Decimal(10), "", True)
    client = signed_in()
    rows = client.get(LIST).context["cl"].result_list
    assert {row.pk: row.document for row in rows} == whole
    in_order = exported(client)
    monkeypatch.setattr("redismart.backoffice.exporting.DEEPEST", 1)
    assert sorted(map(str, exported(client))) == sorted(map(str, in_order))
    assert {row["number"]: Decimal(row["total"]) for row in in_order} == {
        row.number: row.total for row in whole.values()
    }


def test_an_order_that_is_damaged_beside_its_columns_is_listed_and_its_page_says_so() -> None:
    placed()
    Order.db().execute_command("JSON.SET", Order.key_of(NUMBER), "$.payment", "7")
    client = signed_in()
    assert listed(client) == [NUMBER]
    assert "damaged" in client.get(PAGE, follow=True).content.decode()


@pytest.mark.parametrize(("path", "value"), [("$.items[0].quantity", '"many"'), ("$.totals", "[]"), ("$.placed", "{}")])
def test_an_order_with_a_damaged_column_leaves_the_others_in_the_list(path: str, value: str) -> None:
    placed()
    placed("US-000002")
    Order.db().execute_command("JSON.SET", Order.key_of(NUMBER), path, value)
    assert listed(signed_in()) == ["US-000002"]


# --- One order ---


def test_the_page_tells_all_of_an_order_and_offers_what_can_be_done() -> None:
    placed()
    page = signed_in().get(PAGE)
    assert [line["data-line"] for line in elements(page, "data-line")] == ["lamp", "rug"]
    assert offered(page) == ["ship", "cancel", "refund"]
    text = unescape(page.content.decode())
    for told in ("Rug <b>red</b>", "$104.50", "Centre One", "ada@example.com", "12 St James's Square", "•••• 4242"):
        assert told in text
    assert placed("US-000002").token not in signed_in(name="pat").get(f"{LIST}US-000002/change/").content.decode()


def test_an_unknown_order_leads_back_to_the_list() -> None:
    client = signed_in()
    for number in ("US-999999", "x", "US-000001'"):
        for address in (f"{LIST}{number}/change/", step("ship", number)):
            assert client.get(address).status_code == 302
    assert client.get(step("explode")).status_code == 404


def test_an_order_goes_its_way_step_by_step() -> None:
    placed(fulfilment=Fulfilment.PICKUP)
    client = signed_in()
    for action, status in (("ready", Status.READY), ("complete", Status.COMPLETED)):
        answer = client.post(step(action), hidden(client, step(action)))
        assert (answer.status_code, answer["Location"]) == (302, PAGE)
        assert orders.find(number=NUMBER).status is status
    assert [event.who for event in orders.find(number=NUMBER).history] == ["sam", "sam"]
    assert LogEntry.objects.filter(object_id=NUMBER).count() == 2


def test_pressed_twice_at_once_it_counts_once(till: Till) -> None:
    placed()
    client = signed_in()
    sent = hidden(client, step("refund")) | {"what": "amount", "sum": "10", "why": "late", "confirmed": "yes"}
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _n: client.post(step("refund"), sent).status_code, range(4)))
    assert answers == [302] * 4
    assert list(till.refunds.values()) == [Decimal(10)]
    assert orders.find(number=NUMBER).refunded == Decimal(10)
    assert LogEntry.objects.filter(object_id=NUMBER).count() == 1
    again = hidden(client, step("cancel")) | {"why": "sold out"}
    assert [client.post(step("cancel"), again).status_code for _time in range(3)] == [302] * 3
    assert LogEntry.objects.filter(object_id=NUMBER, change_message__contains="Cancel").count() == 1


def test_who_decided_by_an_older_page_is_told_and_changes_nothing(till: Till) -> None:
    placed()
    client = signed_in()
    old = hidden(client, step("refund")) | {"what": "amount", "sum": "10", "why": "late", "confirmed": "yes"}
    orders.refund(number=NUMBER, step="apology", amount=Decimal(10), who="pat")
    answer = client.post(step("refund"), old)
    assert answer.status_code == 409
    assert "by pat" in answer.content.decode()
    assert list(till.refunds.values()) == [Decimal(10)]
    late = hidden(client, step("cancel")) | {"why": "sold out"}
    orders.ship(number=NUMBER, who="pat")
    assert client.post(step("cancel"), late).status_code == 409
    assert orders.find(number=NUMBER).status is Status.SHIPPED
    assert client.get(step("cancel")).status_code == 409
    assert client.post(step("cancel"), {}).status_code == 409


def test_what_the_shop_does_meanwhile_is_no_conflict() -> None:
    placed(paid=False)
    orders.paid(number=NUMBER)
    client = signed_in()
    sent = hidden(client, step("ship"))
    orders.changed(number=NUMBER, decide=lambda order: order.model_copy(update={"told": ("placed",)}))
    assert client.post(step("ship"), sent).status_code == 302


# --- Money ---


def test_a_refund_of_lines_is_reviewed_before_it_is_paid(till: Till) -> None:
    bought = placed()
    client = signed_in()
    lines = hidden(client, step("refund")) | {"what": "lines", "line-0": "1", "line-1": "", "why": "One lamp is dark"}
    reviewed = client.post(step("refund"), lines)
    assert reviewed.status_code == 200
    assert amount(reviewed) == "$22.00"
    assert not till.refunds
    assert client.post(step("refund"), lines | {"confirmed": "no"}).status_code == 200
    assert client.post(step("refund"), lines | {"confirmed": "yes"}).status_code == 302
    assert list(till.refunds.values()) == [refunds.amount(bought, {"lamp": 1})] == [Decimal("22.00")]
    order = orders.find(number=NUMBER)
    assert order.history[0].note == "a refund of 22.00 USD: One lamp is dark"
    assert order.returned == {}


def test_a_whole_refund_pays_what_is_left(till: Till) -> None:
    placed()
    orders.refund(number=NUMBER, step="apology", amount=Decimal("4.50"), who="pat")
    client = signed_in()
    sent = hidden(client, step("refund")) | {"what": "whole", "why": "goodwill", "confirmed": "yes"}
    assert client.post(step("refund"), sent).status_code == 302
    assert sum(till.refunds.values()) == Decimal("104.50")
    assert client.get(step("refund")).status_code == 409


@pytest.mark.parametrize(
    "wrong",
    [
        {"what": "amount", "sum": "104.51"},
        {"what": "amount", "sum": "0"},
        {"what": "amount", "sum": "-1"},
        {"what": "amount", "sum": "1.005"},
        {"what": "amount", "sum": "NaN"},
        {"what": "amount", "sum": "1e999"},
        {"what": "amount"},
        {"what": "lines"},
        {"what": "lines", "line-0": "3"},
        {"what": "all of it"},
        {"what": "whole", "why": ""},
        {"what": "whole", "why": "x" * 301},
    ],
)
def test_what_cannot_be_paid_back_is_marked_and_not_paid(wrong: dict[str, str], till: Till) -> None:
    placed()
    client = signed_in()
    sent = hidden(client, step("refund")) | {"why": "late", "confirmed": "yes"} | wrong
    assert client.post(step("refund"), sent).status_code == 422
    assert not till.refunds
    assert not LogEntry.objects.exists()


# --- Returns ---


def asked() -> None:
    placed()
    orders.ship(number=NUMBER, who="sam")
    returning.request(number=NUMBER, step="return-1", quantities={"lamp": 2, "rug": 1}, who="ada")


def test_a_return_is_received_in_part_with_what_is_broken(till: Till) -> None:
    asked()
    client = signed_in()
    address = step("receive", returned="return-1")
    some = hidden(client, address) | {"came-0": "2", "spoilt-0": "1", "came-1": "0"}
    assert client.post(address, some).status_code == 422
    told = some | {"why": "one lamp is cracked"}
    assert amount(client.post(address, told)) == "$44.00"
    assert [client.post(address, told | {"confirmed": "yes"}).status_code for _time in range(3)] == [302] * 3
    order = orders.find(number=NUMBER)
    assert (order.returns[0].state, order.returned) == (ReturnState.RECEIVED, {"lamp": 2})
    assert order.settlements[0].unsellable == {"lamp": 1}
    assert list(till.refunds.values()) == [Decimal("44.00")]
    assert client.post(address, told | {"came-0": "1", "spoilt-0": "0", "confirmed": "yes"}).status_code == 409
    for wrong in ({"spoilt-1": "1"}, {"came-0": "99"}, {"came-0": "0"}):
        assert client.post(address, told | wrong | {"confirmed": "yes"}).status_code == 409
    assert list(till.refunds.values()) == [Decimal("44.00")]


def test_a_refused_return_says_why(till: Till) -> None:
    asked()
    client = signed_in()
    address = step("refuse", returned="return-1")
    sent = hidden(client, address)
    assert client.post(address, sent).status_code == 422
    assert client.post(address, sent | {"why": "worn"}).status_code == 302
    assert orders.find(number=NUMBER).returns[0].reason == "worn"
    assert not till.refunds
    for unknown in ("", "return-9", "x" * 500):
        assert client.get(step("refuse", returned=unknown)).status_code == 409


def test_a_provider_that_is_away_is_asked_later(till: Till) -> None:
    placed()
    till.away = True
    client = signed_in()
    sent: dict[str, Any] = hidden(client, step("cancel")) | {"why": "sold out"}
    assert client.post(step("cancel"), sent).status_code == 302
    page = client.get(PAGE).content.decode()
    assert "to be paid back, tried each minute" in page
    assert "Cancelled: sold out" in page
    assert listed(client, open="1") == [NUMBER]


# --- Who may ---


@pytest.mark.parametrize("group", ["Catalogue editor", "Inventory manager"])
def test_who_has_nothing_to_do_with_shoppers_sees_no_order(group: str) -> None:
    placed()
    client = signed_in(group)
    for address in (LIST, PAGE, f"{LIST}export.csv", step("ship"), step("explode"), f"{LIST}{NUMBER}/history/"):
        assert client.get(address).status_code == 403
        assert client.post(address).status_code == 403


def test_each_step_has_a_permission_of_its_own() -> None:
    placed()
    client = signed_in()
    support = Group.objects.get(name="Shopper support")
    support.permissions.remove(*support.permissions.filter(codename__in=["refund_order", "handle_order"]))
    assert offered(client.get(PAGE)) == ["cancel"]
    for action in ("refund", "ship"):
        assert client.get(step(action)).status_code == 403
        assert client.post(step(action), {"confirmed": "yes"}).status_code == 403
    assert orders.find(number=NUMBER).status is Status.PLACED


def test_nothing_is_added_edited_or_deleted() -> None:
    placed()
    client = signed_in("Administrator")
    assert client.get(f"{LIST}add/").status_code == 403
    for action in ("get", "post"):
        assert getattr(client, action)(f"{LIST}{NUMBER}/delete/", {"post": "yes"}).status_code == 403
    assert client.post(PAGE, {"status": "cancelled"}).status_code == 405
    assert orders.find(number=NUMBER).version == 1


def test_the_histories_of_the_admin_name_no_shopper() -> None:
    placed()
    client = signed_in()
    client.post(step("ship"), hidden(client, step("ship")))
    (entry,) = LogEntry.objects.all()
    assert entry.object_repr == NUMBER
    assert "Ada" not in entry.change_message
    assert client.get(f"{LIST}{NUMBER}/history/").status_code == 200


def test_that_an_order_was_placed_is_told_once() -> None:
    order = placed()
    client = signed_in()
    assert len(elements(client.get(PAGE), "data-event")) == 1
    event = Event(status=Status.PLACED, at=order.placed, who="shop")
    placed("US-000002", history=(event,))
    page = client.get(f"{LIST}US-000002/change/")
    assert [each["data-event"] for each in elements(page, "data-event")] == ["placed"]
