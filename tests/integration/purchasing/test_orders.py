"""Orders are found by who may see them, move one way only, and give back exactly once."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from inventory import keyspace, operations, queries
from inventory.results import Operation
from purchasing import orders, returning, settling, tasks
from purchasing.models import Buyer, Fulfilment, Order, Status
from purchasing.orders import OrderError, UnknownOrderError
from purchasing.payments import State
from redismart.redis import connections
from tests import nasty
from tests.placed_orders import TOKEN, Till, order, placed, units
from tests.redis_nodes import RedisNodes

NUMBER = "US-000001"
PAID_BY = f"checkout-of-{NUMBER}"


@pytest.fixture(autouse=True)
def _indexes(search_indexes: RedisNodes, till: Till) -> None:
    """Orders are found by their index, and paid back by the till."""


def on_hand(sold: Order) -> Mapping[tuple[str, str], int]:
    """What the locations of an order have of its goods now."""
    levels = queries.levels(skus=[item.sku for item in sold.items])
    known = {place: levels[place[1]].locations.get(place[0]) for place in units(sold)}
    return {place: level.on_hand if level else 0 for place, level in known.items()}


# --- Finding ---


def test_an_order_is_found_by_its_number_and_by_its_link() -> None:
    made = placed()
    assert orders.find(number=NUMBER) == made
    assert orders.find_by_token(number=NUMBER, token=TOKEN) == made


@pytest.mark.parametrize("token", ["", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "é" * 26, "\udcff", *nasty.MARKUP])
def test_another_token_opens_nothing(token: str) -> None:
    placed()
    with pytest.raises(UnknownOrderError):
        orders.find_by_token(number=NUMBER, token=token)


@pytest.mark.parametrize("number", ["US-000002", "us-000001", "", "*", *nasty.TEXTS])
def test_a_number_that_is_none_finds_nothing(number: str) -> None:
    placed()
    with pytest.raises(UnknownOrderError):
        orders.find(number=number)


def test_other_peoples_orders_are_not_there() -> None:
    placed()
    placed("US-000002", buyer=Buyer(email="guest@example.com"))
    assert orders.find_of_user(number=NUMBER, user="7").number == NUMBER
    for number, user in ((NUMBER, "8"), (NUMBER, ""), ("US-000002", ""), ("US-000002", "7")):
        with pytest.raises(UnknownOrderError):
            orders.find_of_user(number=number, user=user)


def test_the_history_has_the_latest_first_page_by_page() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for day in range(23):
        placed(f"US-{day:06d}", placed=start + timedelta(days=day))
    placed("US-000099", buyer=Buyer(user="77"))
    first, last, beyond = (orders.of_user(user="7", page=page) for page in (1, 3, 9))
    assert [each.number for each in first.orders] == [f"US-{day:06d}" for day in range(22, 12, -1)]
    assert [each.number for each in last.orders] == ["US-000002", "US-000001", "US-000000"]
    assert (first.total, first.pages) == (23, 3)
    assert beyond == last


def test_a_guest_has_no_history() -> None:
    placed(buyer=Buyer(email="guest@example.com"))
    assert orders.of_user(user="").orders == ()


@pytest.mark.parametrize("user", nasty.REDISEARCH)
def test_no_user_name_changes_what_is_asked(user: str) -> None:
    placed()
    assert orders.of_user(user=user).orders == ()


# --- The way of an order ---


def test_a_delivery_is_shipped_and_completed() -> None:
    placed()
    orders.ship(number=NUMBER, who="sam")
    done = orders.complete(number=NUMBER, who="carrier")
    assert [(event.status, event.who) for event in done.history] == [
        (Status.SHIPPED, "sam"),
        (Status.COMPLETED, "carrier"),
    ]


def test_what_is_collected_becomes_ready_first() -> None:
    placed(fulfilment=Fulfilment.CURBSIDE)
    with pytest.raises(OrderError, match="cannot become shipped"):
        orders.ship(number=NUMBER, who="sam")
    orders.make_ready(number=NUMBER, who="sam")
    assert orders.complete(number=NUMBER, who="sam").status is Status.COMPLETED


def test_steps_said_again_change_nothing() -> None:
    placed()
    orders.ship(number=NUMBER, who="sam")
    done = orders.complete(number=NUMBER, who="sam")
    for _time in range(2):
        assert orders.ship(number=NUMBER, who="sam") == done
        assert orders.complete(number=NUMBER, who="sam") == done


def test_nothing_is_sent_before_it_is_paid() -> None:
    placed(paid=False)
    with pytest.raises(OrderError, match="not paid yet"):
        orders.ship(number=NUMBER, who="ann")
    assert Order.read(NUMBER).status is Status.PLACED
    for _time in range(2):
        orders.paid(number=NUMBER)
    assert orders.ship(number=NUMBER, who="ann").status is Status.SHIPPED


def test_orders_that_wait_for_long_do_not_keep_the_others_waiting() -> None:
    day = datetime(2026, 1, 1, tzinfo=UTC)
    numbers = [placed(f"US-00000{number}", placed=day + timedelta(days=number)).number for number in range(1, 7)]
    seen = {number for _time in range(100) for number in orders.unfinished(limit=2)}
    assert seen == set(numbers)
    assert orders.unfinished(limit=2)[:2] == numbers[:2]
    assert orders.unfinished(limit=6) == numbers


def test_no_step_is_left_out() -> None:
    placed()
    with pytest.raises(OrderError, match="cannot become completed"):
        orders.complete(number=NUMBER, who="sam")
    with pytest.raises(OrderError, match="cannot become ready"):
        orders.make_ready(number=NUMBER, who="sam")
    with pytest.raises(UnknownOrderError):
        orders.ship(number="US-999999", who="sam")


# --- Cancelling ---


def test_a_cancelled_order_gives_all_back_once(till: Till) -> None:
    made = placed()
    first = orders.cancel(number=NUMBER, who="ada")
    assert orders.cancel(number=NUMBER, who="ada") == first == settling.finish(number=NUMBER)
    assert on_hand(made) == units(made)
    assert till.refunds == {f"{PAID_BY}:cancellation": Decimal("104.50")}
    assert (first.status, first.refunded) == (Status.CANCELLED, Decimal("104.50"))
    assert [event.note for event in first.history] == ["", "104.50 USD paid back"]


def test_many_who_cancel_at_once_give_back_once(till: Till) -> None:
    made = placed()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _number: orders.cancel(number=NUMBER, who="ada"), range(8)))
    assert on_hand(made) == units(made)
    assert till.refunds == {f"{PAID_BY}:cancellation": Decimal("104.50")}
    assert orders.find(number=NUMBER).refunded == Decimal("104.50")
    assert len(orders.find(number=NUMBER).history) == 2


def test_of_shipping_and_cancelling_at_once_one_happens(till: Till) -> None:
    for attempt in range(6):
        number = f"US-{attempt:06d}"
        made = placed(number, items=order().items[:1], parcels=order().parcels[1:])

        def tried(step: str, number: str = number) -> bool:
            try:
                (orders.cancel if step == "cancel" else orders.ship)(number=number, who=step)
            except OrderError:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            cancelled, shipped = pool.map(tried, ("cancel", "ship"))
        assert cancelled != shipped
        assert (f"checkout-of-{number}:cancellation" in till.refunds) == cancelled
        assert orders.find(number=number).status is (Status.CANCELLED if cancelled else Status.SHIPPED)
        assert made.status is Status.PLACED


def test_what_is_shipped_can_no_longer_be_cancelled(till: Till) -> None:
    made = placed()
    orders.ship(number=NUMBER, who="sam")
    with pytest.raises(OrderError, match="no longer be cancelled"):
        orders.cancel(number=NUMBER, who="ada")
    assert not till.refunds
    assert set(on_hand(made).values()) == {0}


def test_what_was_sold_in_another_region_goes_back_there() -> None:
    made = placed(region="eu", parcels=order().parcels[1:], items=order().items[:1])
    orders.cancel(number=NUMBER, who="ada")
    assert on_hand(made) == {("dc-2", "lamp"): 0}
    waiting = keyspace.requests(keyspace.bucket_of("lamp"), "eu")
    assert connections.client("inventory").exists(waiting)


def test_a_number_that_comes_again_meets_nothing_of_the_order_that_had_it(till: Till) -> None:
    for checkout in ("first", "second"):
        made = placed(checkout_id=f"checkout-the-{checkout}")
        cancelled = orders.cancel(number=NUMBER, who="ada")
        assert cancelled.refunded == Decimal("104.50")
        # The node goes back to a time before this order; stock and provider do not.
        Order.db().delete(made.key())
    assert on_hand(made) == {place: 2 * count for place, count in units(made).items()}
    assert till.refunds == {
        "checkout-the-first:cancellation": Decimal("104.50"),
        "checkout-the-second:cancellation": Decimal("104.50"),
    }


# --- Interrupted ---


def test_a_refund_that_fails_is_made_up_for_later(till: Till) -> None:
    made = placed()
    till.away = True
    waiting = orders.cancel(number=NUMBER, who="ada")
    assert (waiting.status, waiting.refunded) == (Status.CANCELLED, Decimal(0))
    assert on_hand(made) == units(made)
    assert orders.unfinished() == [NUMBER]
    till.away = False
    tasks.look_after_orders()
    assert till.refunds == {f"{PAID_BY}:cancellation": Decimal("104.50")}
    assert on_hand(made) == units(made)
    assert orders.find(number=NUMBER).refunded == Decimal("104.50")


@pytest.mark.parametrize("step", ["_restock", "_stocked", "_pay_back", "_paid"])
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("again", ["cancel", "schedule"])
def test_a_crash_at_any_step_loses_and_doubles_nothing(
    step: str, before: bool, again: str, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, whole = placed(), getattr(settling, step)

    def dies(*arguments: object) -> object:
        if not before:
            whole(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(settling, step, dies)
        with pytest.raises(KeyboardInterrupt):
            orders.cancel(number=NUMBER, who="ada")
    assert orders.unfinished() == [NUMBER]
    tasks.look_after_orders() if again == "schedule" else orders.cancel(number=NUMBER, who="ada")
    settled = orders.find(number=NUMBER)
    assert all(each.done for each in settled.settlements)
    assert on_hand(made) == units(made)
    assert till.refunds == {f"{PAID_BY}:cancellation": Decimal("104.50")}
    assert settled.refunded == Decimal("104.50")
    assert len(settled.history) == 2


def test_what_is_only_authorised_is_captured_and_paid_back(till: Till) -> None:
    made = placed()
    till.states[made.payment.key] = State.AUTHORISED
    orders.cancel(number=NUMBER, who="ada")
    assert till.states[made.payment.key] is State.CAPTURED
    assert till.refunds == {f"{PAID_BY}:cancellation": Decimal("104.50")}


@pytest.mark.parametrize("state", [State.CANCELLED, State.DECLINED, State.UNKNOWN])
def test_what_was_never_charged_is_not_paid_back(till: Till, state: State) -> None:
    made = placed(paid=False)
    till.states[made.payment.key] = state
    cancelled = orders.cancel(number=NUMBER, who="ada")
    assert not till.refunds
    assert cancelled.refunded == 0
    assert all(each.done for each in cancelled.settlements)


@pytest.mark.parametrize("state", [State.CANCELLED, State.DECLINED, State.UNKNOWN])
def test_what_was_paid_stays_owed_when_its_provider_denies_it(till: Till, state: State) -> None:
    made = placed()
    till.states[made.payment.key] = state
    cancelled = orders.cancel(number=NUMBER, who="ada")
    assert [each.paid for each in cancelled.settlements] == [False]
    till.states[made.payment.key] = State.CAPTURED
    assert settling.finish(number=NUMBER).refunded == made.totals.total


def test_an_order_that_was_stored_before_there_was_paid_is_taken_for_paid() -> None:
    made = placed()
    Order.db().execute_command("JSON.DEL", made.key(), "$.paid")
    assert orders.ship(number=NUMBER, who="sam").status is Status.SHIPPED


def test_a_payment_that_is_not_decided_is_waited_for(till: Till) -> None:
    made = placed()
    till.states[made.payment.key] = State.PENDING
    orders.cancel(number=NUMBER, who="ada")
    assert orders.unfinished() == [NUMBER]
    till.states[made.payment.key] = State.CAPTURED
    tasks.look_after_order(number=NUMBER)
    assert till.refunds == {f"{PAID_BY}:cancellation": Decimal("104.50")}


# --- Refunds without goods ---


def shipped() -> Order:
    placed()
    return orders.ship(number=NUMBER, who="sam")


def test_a_refund_is_paid_once_and_never_beyond_what_was_paid(till: Till) -> None:
    made = shipped()
    for _time in range(2):
        orders.refund(number=NUMBER, step="goodwill", amount=Decimal("10"), who="sam")
    assert till.refunds == {f"{PAID_BY}:goodwill": Decimal("10")}
    assert set(on_hand(made).values()) == {0}
    for amount in ("94.51", "0", "-1"):
        with pytest.raises(OrderError, match=r"At most 94\.50"):
            orders.refund(number=NUMBER, step="more", amount=Decimal(amount), who="sam")
    returning.request(number=NUMBER, step="return-1", quantities={"lamp": 2, "rug": 1}, who="ada")
    returning.receive(number=NUMBER, step="return-1", who="sam")
    assert sum(till.refunds.values()) == Decimal("104.50")


@pytest.mark.parametrize("amount", ["10.005", "0.001", "NaN", "Infinity"])
def test_no_refund_is_of_coins_that_are_not_there(till: Till, amount: str) -> None:
    shipped()
    with pytest.raises(OrderError, match=r"a multiple of 0\.01|At most"):
        orders.refund(number=NUMBER, step="goodwill", amount=Decimal(amount), who="sam")
    assert not till.refunds


@pytest.mark.parametrize("name", ["", "cancellation", "return-1", "return-x", "Good will", "a" * 42, "1st", "a\n"])
def test_no_refund_takes_the_name_of_something_else(till: Till, name: str) -> None:
    shipped()
    with pytest.raises(OrderError, match="ame the refund"):
        orders.refund(number=NUMBER, step=name, amount=Decimal(1), who="sam")
    assert not till.refunds


def test_whoever_listens_is_told_of_every_change(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(orders, "_listeners", [told.append])
    placed()
    orders.ship(number=NUMBER, who="sam")
    returning.request(number=NUMBER, step="return-1", quantities={"lamp": 1}, who="ada")
    returning.receive(number=NUMBER, step="return-1", who="sam")
    returning.request(number=NUMBER, step="return-2", quantities={"lamp": 1}, who="ada")
    returning.refuse(number=NUMBER, step="return-2", who="sam", reason="broken")
    assert told == [NUMBER] * 5


def test_units_given_back_can_be_sold_again() -> None:
    made = placed()
    orders.cancel(number=NUMBER, who="ada")
    operations.move(sku="lamp", source="dc-1", target="dc-2", quantity=1, operation=Operation("move"))
    assert on_hand(made) == {("dc-1", "lamp"): 0, ("dc-1", "rug"): 1, ("dc-2", "lamp"): 2}
