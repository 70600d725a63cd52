"""Goods come back when the shopper asks and the staff have them; stock and money follow exactly once."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives

from inventory import queries
from purchasing import orders, progress, return_time, returning, settling, tasks
from purchasing.models import Fulfilment, Order, ReturnState, Status
from purchasing.orders import OrderError
from tests.placed_orders import BROUGHT, STORE, Till, placed, units
from tests.redis_nodes import RedisNodes

NUMBER = "US-000001"
PAID_BY = f"checkout-of-{NUMBER}"
ALL = {"lamp": 2, "rug": 1}


@pytest.fixture(autouse=True)
def _indexes(search_indexes: RedisNodes, till: Till) -> None:
    """Orders are found by their index, and paid back by the till."""


def on_hand(sold: Order) -> Mapping[tuple[str, str], int]:
    levels = queries.levels(skus=[item.sku for item in sold.items])
    known = {place: levels[place[1]].locations.get(place[0]) for place in units(sold)}
    return {place: level.on_hand if level else 0 for place, level in known.items()}


def shipped() -> Order:
    placed()
    return orders.ship(number=NUMBER, who="sam")


def asked(quantities: Mapping[str, int], step: str = "return-1") -> Order:
    return returning.request(number=NUMBER, step=step, quantities=quantities, who="ada")


def received(step: str = "return-1", quantities: Mapping[str, int] | None = None) -> Order:
    return returning.receive(number=NUMBER, step=step, who="sam", quantities=quantities)


# --- Asking ---


def test_nothing_is_paid_or_put_back_before_the_goods_are_here(till: Till) -> None:
    made = shipped()
    for _time in range(3):
        order = asked(ALL | {"desk": 0})
    tasks.look_after_orders()
    assert order.status is Status.RETURN_REQUESTED
    assert progress.title(order) == "Return requested"
    assert not till.refunds
    assert set(on_hand(made).values()) == {0}
    assert order.returned == {}
    assert [event.status for event in order.history] == [Status.SHIPPED, Status.RETURN_REQUESTED]


@pytest.mark.parametrize(
    ("quantities", "message"),
    [
        ({"lamp": 3}, "2 can come back"),
        ({"lamp": -1}, "2 can come back"),
        ({"desk": 1}, "0 can come back"),
        ({"lamp": 10**12}, "2 can come back"),
        ({}, "Choose"),
        ({"lamp": 0}, "Choose"),
    ],
)
def test_more_than_was_bought_never_comes_back(quantities: dict[str, int], message: str) -> None:
    before = shipped()
    with pytest.raises(OrderError, match=message):
        asked(quantities)
    assert orders.find(number=NUMBER) == before


def test_what_was_asked_for_cannot_be_asked_for_again() -> None:
    shipped()
    asked({"lamp": 2})
    with pytest.raises(OrderError, match="0 can come back"):
        asked({"lamp": 1}, "return-2")
    assert [each.step for each in asked({"rug": 1}, "return-2").requested] == ["return-1", "return-2"]


def test_a_form_that_is_out_of_date_asks_for_nothing() -> None:
    shipped()
    before = asked({"lamp": 1})
    with pytest.raises(OrderError, match="meanwhile"):
        asked({"lamp": 2})
    with pytest.raises(OrderError, match="out of date"):
        asked({"lamp": 1}, "return-7")
    assert orders.find(number=NUMBER) == before


@pytest.mark.parametrize("status", [Status.PLACED, Status.READY, Status.CANCELLED, Status.RETURNED])
def test_what_was_not_received_cannot_come_back(status: Status) -> None:
    placed(status=status)
    with pytest.raises(OrderError, match="cannot come back"):
        asked({"lamp": 1})


def test_what_arrives_while_it_is_to_come_back_stays_asked_for() -> None:
    shipped()
    asked({"lamp": 1})
    for _time in range(2):
        order = orders.complete(number=NUMBER, who="carrier")
    assert order.status is Status.RETURN_REQUESTED
    assert [event.status for event in order.history].count(Status.COMPLETED) == 1
    assert received().status is Status.COMPLETED


# --- Receiving ---


def test_what_is_received_is_put_and_paid_back_once(till: Till) -> None:
    made = shipped()
    asked({"lamp": 1})
    for _time in range(3):
        back = received()
    assert back.status is Status.SHIPPED
    assert back.returned == {"lamp": 1}
    # 20.00 and their share of 9.50 tax on 95.00.
    assert till.refunds == {f"{PAID_BY}:return-1": Decimal("22.00")}
    assert on_hand(made) == {("dc-1", "lamp"): 1, ("dc-1", "rug"): 0, ("dc-2", "lamp"): 0}


def test_the_last_return_pays_back_the_rest(till: Till) -> None:
    made = shipped()
    orders.complete(number=NUMBER, who="carrier")
    asked({"lamp": 1})
    assert received().status is Status.COMPLETED
    asked({"lamp": 1, "rug": 1}, "return-2")
    whole = received("return-2")
    assert (whole.status, whole.refunded) == (Status.RETURNED, Decimal("104.50"))
    assert sum(till.refunds.values()) == Decimal("104.50")
    assert on_hand(made) == units(made)
    assert [step.title for step in progress.timeline(whole) if step.now] == ["2 units have come back"]


def test_of_two_returns_each_is_received_for_itself() -> None:
    shipped()
    asked({"lamp": 1})
    asked({"rug": 1}, "return-2")
    first = received("return-2")
    assert (first.status, first.returned) == (Status.RETURN_REQUESTED, {"rug": 1})
    assert received().status is Status.SHIPPED


def test_fewer_may_come_than_were_asked_for(till: Till) -> None:
    shipped()
    asked(ALL)
    for _time in range(2):
        back = received(quantities={"lamp": 1, "rug": 0})
    assert (back.status, back.returned) == (Status.SHIPPED, {"lamp": 1})
    assert till.refunds == {f"{PAID_BY}:return-1": Decimal("22.00")}
    with pytest.raises(OrderError, match="received already, as 1 of lamp"):
        received(quantities={"lamp": 2})
    assert asked({"lamp": 1, "rug": 1}, "return-2").status is Status.RETURN_REQUESTED


@pytest.mark.parametrize("came", [{}, {"lamp": 0}, {"lamp": 2}, {"rug": 1}, {"lamp": -1}, {"desk": 1}])
def test_what_was_not_asked_for_is_not_received(came: dict[str, int], till: Till) -> None:
    shipped()
    before = asked({"lamp": 1})
    with pytest.raises(OrderError):
        received(quantities=came)
    assert orders.find(number=NUMBER) == before
    assert not till.refunds


def test_a_return_that_nobody_asked_for_is_none(till: Till) -> None:
    shipped()
    with pytest.raises(OrderError, match="has no return"):
        received()
    assert not till.refunds


def test_received_by_many_at_once_it_counts_once(till: Till) -> None:
    made = shipped()
    asked({"lamp": 2})
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _time: received(), range(6)))
    assert on_hand(made) == {("dc-1", "lamp"): 1, ("dc-1", "rug"): 0, ("dc-2", "lamp"): 1}
    assert till.refunds == {f"{PAID_BY}:return-1": Decimal("44.00")}
    assert orders.find(number=NUMBER).returned == {"lamp": 2}


@pytest.mark.parametrize("step", ["_restock", "_stocked", "_pay_back", "_paid"])
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("again", ["receive", "schedule"])
def test_a_crash_at_any_step_loses_and_doubles_nothing(
    step: str, before: bool, again: str, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, whole = shipped(), getattr(settling, step)
    asked(ALL)

    def dies(*arguments: object) -> object:
        if not before:
            whole(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(settling, step, dies)
        with pytest.raises(KeyboardInterrupt):
            received()
    assert orders.unfinished() == [NUMBER]
    tasks.look_after_orders() if again == "schedule" else received()
    assert on_hand(made) == units(made)
    assert till.refunds == {f"{PAID_BY}:return-1": Decimal("104.50")}
    assert orders.find(number=NUMBER).refunded == Decimal("104.50")


def test_what_was_brought_to_a_store_and_collected_is_in_its_stock_afterwards(till: Till) -> None:
    placed(fulfilment=Fulfilment.PICKUP, address=STORE, parcels=BROUGHT)
    orders.make_ready(number=NUMBER, who="sam")
    orders.complete(number=NUMBER, who="sam")
    asked(ALL)
    for _time in range(2):
        received()
    levels = queries.levels(skus=["lamp", "rug"])
    assert {sku: {at: each.on_hand for at, each in levels[sku].locations.items()} for sku in levels} == {
        "lamp": {"dt": 2},
        "rug": {"dt": 1},
    }
    assert orders.find(number=NUMBER).status is Status.RETURNED


def test_what_was_not_collected_yet_goes_back_to_where_it_is(till: Till) -> None:
    placed(fulfilment=Fulfilment.PICKUP, address=STORE, parcels=BROUGHT)
    orders.cancel(number=NUMBER, who="ada")
    assert queries.levels(skus=["rug"])["rug"].locations["hub"].on_hand == 1


# --- What cannot be sold again ---


def test_what_cannot_be_sold_again_is_paid_back_and_stays_out_of_stock(till: Till) -> None:
    made = shipped()
    asked(ALL)
    for _time in range(3):
        back = returning.receive(number=NUMBER, step="return-1", who="sam", unsellable={"lamp": 1, "rug": 0})
    assert (back.status, back.returned) == (Status.RETURNED, ALL)
    assert till.refunds == {f"{PAID_BY}:return-1": Decimal("104.50")}
    assert sum(on_hand(made).values()) == 2
    assert on_hand(made)["dc-1", "rug"] == 1


def test_a_spoilt_unit_came_from_somewhere_all_the_same(till: Till) -> None:
    made = shipped()
    asked({"lamp": 1})
    returning.receive(number=NUMBER, step="return-1", who="sam", unsellable={"lamp": 1})
    assert set(on_hand(made).values()) == {0}
    asked({"lamp": 1}, "return-2")
    received("return-2")
    # The first was of dc-1, so this one is of dc-2.
    assert on_hand(made) == {("dc-1", "lamp"): 0, ("dc-1", "rug"): 0, ("dc-2", "lamp"): 1}


@pytest.mark.parametrize("spoilt", [{"lamp": 2}, {"rug": 1}, {"lamp": -1}, {"desk": 1}, {"lamp": 10**12}])
def test_no_more_is_spoilt_than_has_come(spoilt: dict[str, int], till: Till) -> None:
    shipped()
    before = asked(ALL)
    with pytest.raises(OrderError, match="no more can be kept out of stock"):
        returning.receive(number=NUMBER, step="return-1", who="sam", quantities={"lamp": 1}, unsellable=spoilt)
    assert orders.find(number=NUMBER) == before
    assert not till.refunds


def test_what_went_into_stock_is_not_taken_out_by_saying_it_again(till: Till) -> None:
    made = shipped()
    asked({"lamp": 1})
    received()
    with pytest.raises(OrderError, match=r"received already, as 1 of lamp\.$"):
        returning.receive(number=NUMBER, step="return-1", who="sam", unsellable={"lamp": 1})
    assert on_hand(made)["dc-1", "lamp"] == 1


# --- In time ---


def test_after_the_last_day_nothing_can_be_asked_for(monkeypatch: pytest.MonkeyPatch, till: Till) -> None:
    shipped()
    orders.complete(number=NUMBER, who="carrier")
    asked({"lamp": 1})
    monkeypatch.setattr(returning, "now", lambda: datetime.now(UTC) + timedelta(days=return_time.Rules.days + 2))
    with pytest.raises(OrderError, match="has ended"):
        asked({"lamp": 1}, "return-2")
    # What was asked for in time counts, sent again or arriving late.
    assert len(asked({"lamp": 1}).returns) == 1
    assert received().returned == {"lamp": 1}


# --- Refusing ---


def test_a_refused_return_gives_nothing_back_and_says_why(till: Till) -> None:
    shipped()
    asked({"lamp": 1})
    for _time in range(2):
        order = returning.refuse(number=NUMBER, step="return-1", who="sam", reason=" The lamp was used. ")
    (refused,) = order.returns
    assert (refused.state, refused.reason) == (ReturnState.REFUSED, "The lamp was used.")
    assert order.status is Status.SHIPPED
    assert order.history[-1].note == "return refused: The lamp was used."
    with pytest.raises(OrderError, match="refused already"):
        received()
    assert not till.refunds
    assert asked({"lamp": 2}, "return-2").status is Status.RETURN_REQUESTED


@pytest.mark.parametrize("reason", ["", "  ", "x" * 1_001])
def test_nobody_is_refused_without_a_word(reason: str) -> None:
    shipped()
    before = asked({"lamp": 1})
    with pytest.raises(OrderError, match="Say why"):
        returning.refuse(number=NUMBER, step="return-1", who="sam", reason=reason)
    assert orders.find(number=NUMBER) == before


def test_what_was_received_cannot_be_refused() -> None:
    shipped()
    asked({"lamp": 1})
    received()
    with pytest.raises(OrderError, match="received already"):
        returning.refuse(number=NUMBER, step="return-1", who="sam", reason="too late")


def test_received_and_refused_at_once_one_happens(till: Till) -> None:
    shipped()
    for attempt in (1, 2):
        step = f"return-{attempt}"
        asked({"lamp": 1}, step)
        doings: list[Callable[[], Order]] = [
            lambda step=step: received(step),  # type: ignore[misc]
            lambda step=step: returning.refuse(number=NUMBER, step=step, who="sam", reason="no"),  # type: ignore[misc]
        ]

        def tried(do: Callable[[], Order]) -> bool:
            try:
                do()
            except OrderError:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(tried, doings)) == [False, True]
        ended = orders.find(number=NUMBER).returns[-1].state
        assert (f"{PAID_BY}:{step}" in till.refunds) == (ended is ReturnState.RECEIVED)


# --- Told by mail ---


def test_each_turn_of_a_return_is_told_once() -> None:
    shipped()
    asked({"lamp": 1})
    asked({"rug": 1}, "return-2")
    for _time in range(2):
        tasks.look_after_order(number=NUMBER)
    received()
    returning.refuse(number=NUMBER, step="return-2", who="sam", reason="It was <cut>.")
    for _time in range(2):
        tasks.look_after_order(number=NUMBER)
    told = [str(sent.subject) for sent in mail.outbox][2:]
    assert told == [
        f"Order {NUMBER}: sending something back",
        f"Order {NUMBER}: sending something back",
        f"Order {NUMBER}: we cannot take this back",
        f"Order {NUMBER}: we have paid you back",
    ]
    first, second, refused, _paid = (str(sent.body) for sent in mail.outbox[2:])
    assert "1 x Lamp & Shade" in first
    assert "send it to Centre One" in first
    assert "1 x Rug <b>red</b>" in second
    assert "It was <cut>." in refused
    html = mail.outbox[4]
    assert isinstance(html, EmailMultiAlternatives)
    assert "It was &lt;cut&gt;." in str(html.alternatives[0][0])
    assert not orders.unfinished()


def test_what_was_collected_is_brought_to_the_store() -> None:
    placed(fulfilment=Fulfilment.PICKUP)
    orders.make_ready(number=NUMBER, who="sam")
    orders.complete(number=NUMBER, who="sam")
    assert asked({"lamp": 1}).status is Status.RETURN_REQUESTED
    tasks.look_after_order(number=NUMBER)
    assert "Bring it to the store" in str(mail.outbox[-1].body)
    assert received().status is Status.COMPLETED
