"""``manage.py order``: whatever becomes of an order, said from a terminal."""

from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from purchasing import orders, returning
from purchasing.models import Fulfilment, ReturnState, Status
from tests.placed_orders import Till, placed
from tests.redis_nodes import RedisNodes

NUMBER = "US-000001"
PAID_BY = f"checkout-of-{NUMBER}"


@pytest.fixture(autouse=True)
def _order(search_indexes: RedisNodes, till: Till) -> None:
    placed()


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    call_command("order", NUMBER, *words)
    return capsys.readouterr().out


def to_come_back(step: str = "return-1") -> None:
    returning.request(number=NUMBER, step=step, quantities={"lamp": 1}, who="ada")


def test_without_an_action_it_shows_how_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys) == f"{NUMBER} is placed.\n"


def test_a_delivery_goes_its_way_and_says_who_said_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "shipped", "--by", "sam") == f"{NUMBER} is shipped.\n"
    for _time in range(2):
        assert said(capsys, "delivered", "--by", "carrier") == f"{NUMBER} is completed.\n"
    assert [event.who for event in orders.find(number=NUMBER).history] == ["sam", "carrier"]


def test_what_is_collected_is_ready_first(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("order", placed("US-000002", fulfilment=Fulfilment.PICKUP).number, "ready")
    call_command("order", "US-000002", "collected")
    assert orders.find(number="US-000002").status is Status.COMPLETED


def test_cancelled_it_is_paid_back(capsys: pytest.CaptureFixture[str], till: Till) -> None:
    assert "Paid back: 104.50 USD" in said(capsys, "cancel")
    assert till.refunds == {f"{PAID_BY}:cancellation": Decimal("104.50")}


def test_a_return_is_received_once_without_naming_the_only_one(capsys: pytest.CaptureFixture[str], till: Till) -> None:
    said(capsys, "shipped")
    to_come_back()
    assert "return-1, requested: 1 of lamp" in said(capsys)
    for _time in range(2):
        told = said(capsys, "received-return")
        assert "return-1, received: 1 of lamp" in told
        assert "Paid back: 22.00 USD" in told
    assert till.refunds == {f"{PAID_BY}:return-1": Decimal("22.00")}


def test_what_is_kept_out_of_stock_is_said(capsys: pytest.CaptureFixture[str], till: Till) -> None:
    said(capsys, "shipped")
    to_come_back()
    for _time in range(2):
        told = said(capsys, "received-return", "--unsellable", "lamp=1")
        assert "return-1, kept out of stock: 1 of lamp" in told
        assert "Paid back: 22.00 USD" in told
    with pytest.raises(CommandError, match="not to be sold again: 1 of lamp"):
        said(capsys, "received-return", "--unsellable", "lamp=2")


def test_what_must_wait_is_said(capsys: pytest.CaptureFixture[str], till: Till) -> None:
    till.away = True
    assert "To be paid back, which is tried each minute: 104.50 USD" in said(capsys, "cancel")


def test_of_several_returns_one_is_named(capsys: pytest.CaptureFixture[str], till: Till) -> None:
    said(capsys, "shipped")
    to_come_back()
    to_come_back("return-2")
    with pytest.raises(CommandError, match=r"return-1 \(requested\), return-2"):
        said(capsys, "received-return")
    said(capsys, "received-return", "--return", "return-2", "--units", "lamp=1")
    said(capsys, "refuse-return", "--reason", "used")
    assert [each.state for each in orders.find(number=NUMBER).returns] == [ReturnState.REFUSED, ReturnState.RECEIVED]


def test_a_refund_is_paid_once(capsys: pytest.CaptureFixture[str], till: Till) -> None:
    for _time in range(2):
        said(capsys, "refund", "--amount", "5.00", "--name", "late-delivery")
    assert till.refunds == {f"{PAID_BY}:late-delivery": Decimal("5.00")}


@pytest.mark.parametrize(
    "words",
    [
        ["collected"],
        ["ready"],
        ["received-return"],
        ["refuse-return", "--reason", "x"],
        ["received-return", "--return", "return-9"],
        ["received-return", "--units", "lamp"],
        ["received-return", "--units", "lamp=-1"],
        ["received-return", "--units", "=1"],
        ["received-return", "--unsellable", "lamp=1"],
        ["received-return", "--unsellable", "lamp"],
        ["received-return", "--units", f"lamp={'9' * 5_000}"],
        ["refund"],
        ["refund", "--amount", "5.00"],
        ["refund", "--amount", "five", "--name", "x"],
        ["refund", "--amount", "NaN", "--name", "x"],
        ["refund", "--amount", "1000", "--name", "x"],
        ["refund", "--amount", "5.00", "--name", "return-1"],
        ["lost"],
    ],
)
def test_what_cannot_be_is_said_in_a_line_and_changes_nothing(
    capsys: pytest.CaptureFixture[str], till: Till, words: list[str]
) -> None:
    before = orders.find(number=NUMBER)
    with pytest.raises(CommandError):
        said(capsys, *words)
    assert orders.find(number=NUMBER) == before
    assert not till.refunds


@pytest.mark.parametrize("number", ["US-999999", "x", "", "*", "US-000001; DEL"])
def test_an_order_that_is_not_there_is_said_so(number: str) -> None:
    with pytest.raises(CommandError, match="no such order"):
        call_command("order", number, "shipped")
