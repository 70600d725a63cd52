"""From a cart to an order, step by step, with all that may come between."""

from decimal import Decimal
from uuid import uuid4

import pytest

from catalog import operations as catalogue
from inventory import holds
from inventory.api import Hold, ShortError, levels
from purchasing import carts, checkout, keyspace
from purchasing.checkout import CheckoutError, paying, records
from purchasing.models import Buyer, Checkout, Order, Parcel, Stage, Status
from purchasing.payments import State
from purchasing.payments.testing import APPROVED, LATE, REFUSED, SILENT, Charge
from purchasing.stored import ConflictError, UnknownDocumentError
from redismart import schedule
from redismart.celery import app as celery
from tests.buying import ADA, BUYER, PLACE, SKU, begun, chosen, held, paid, stock
from tests.regional.stock import assert_sound

QUARTER = 15 * records.MINUTE


def available(sku: str = SKU) -> int:
    return levels(skus=[sku])[sku].total


def on_hand(sku: str = SKU) -> int:
    return levels(skus=[sku])[sku].on_hand


def watched(region: str = "us") -> list[str]:
    found: list[str] = Checkout.db().zrange(keyspace.open_checkouts(region), 0, -1)
    return found


def charge_of(found: Checkout, attempt: int = 1) -> Charge:
    return Charge.read(f"{found.checkout_id}-{attempt}")


def orders() -> list[str]:
    return sorted(Order.db().scan_iter(match=keyspace.order("*")))


def later(found: Checkout) -> int:
    """A moment at which the hold of a checkout is over."""
    return found.expires + records.MINUTE


def aged(found: Checkout) -> Checkout:
    """Begun so long ago that its prices hold no longer."""
    long_ago = found.priced - records.PRICES_HOLD - records.MINUTE
    older = records.recorded(Checkout.read(found.checkout_id), priced=long_ago)
    assert older
    return older


def let_it_expire(found: Checkout) -> None:
    """Have the hold's time over, for the stock too."""
    assert holds.expire_holds(region=found.region, now=later(found)) == 1


# --- The straight way ---


def test_an_approved_card_makes_an_order_and_a_charge() -> None:
    stock(5)
    waiting = held(quantities={SKU: 2})
    assert (waiting.stage, available()) == (Stage.HELD, 3)
    done = paid(waiting)
    order = Order.read(done.number)
    assert (done.stage, order.number, order.status) == (Stage.PLACED, "US-000001", Status.PLACED)
    assert (order.totals.total, order.items[0].price) == (Decimal("44.70"), Decimal("19.90"))
    charge = charge_of(done)
    assert (charge.state, charge.amount, charge.card) == (State.CAPTURED, order.totals.total, "•••• 4242")
    assert (on_hand(), available(), watched()) == (3, 3, [])
    assert_sound("us")


def test_the_order_knows_how_it_was_paid_and_opens_by_a_secret() -> None:
    stock(5)
    order = Order.read(paid(held()).number)
    assert order.payment.card == "•••• 4242"
    assert len(order.token) >= 32
    assert [event.status for event in order.history] == [Status.PLACED]


def test_what_was_bought_leaves_the_cart_and_what_came_later_stays() -> None:
    stock(5)
    stock(5, sku="desk")
    waiting = held(quantities={SKU: 2})
    carts.add(cart_id=waiting.cart_id, sku="desk", quantity=1)
    carts.add(cart_id=waiting.cart_id, sku=SKU, quantity=1)
    paid(waiting)
    left = carts.cart_of(cart_id=waiting.cart_id)
    assert (left.quantity_of(SKU), left.quantity_of("desk")) == (1, 1)


def test_numbers_count_up_by_region() -> None:
    stock(5)
    assert [paid(held()).number for _order in range(2)] == ["US-000001", "US-000002"]


def test_a_number_that_is_another_orders_is_drawn_anew() -> None:
    stock(5)
    first = paid(held())
    Order.db().delete(keyspace.order_numbers("us"))
    second = paid(held())
    assert (first.number, second.number) == ("US-000001", "US-000002")
    assert Order.read("US-000001").checkout_id == first.checkout_id


# --- Choosing ---


def test_the_same_choice_again_keeps_its_hold_and_its_clock() -> None:
    stock(1)
    waiting = held()
    again = chosen(waiting, method="express", delivery_cost=Decimal("14.90"))
    assert (again.hold, again.expires, again.holds) == (waiting.hold, waiting.expires, 1)
    assert again.totals is not None
    assert again.totals.total == Decimal("34.80")


def test_prices_hold_for_a_while_and_are_then_shown_anew_before_they_count() -> None:
    stock(3)
    found = begun(quantities={SKU: 2})
    stock(0, price=Decimal("24.90"))
    assert chosen(found).items[0].price == Decimal("19.90")
    aged(found)
    with pytest.raises(CheckoutError, match=r"The lamp now costs 24\.90 USD"):
        chosen(found)
    after = chosen(found)
    assert after.totals is not None
    assert (after.items[0].price, after.totals.goods) == (Decimal("24.90"), Decimal("49.80"))
    assert Order.read(paid(after).number).totals.goods == Decimal("49.80")
    assert_sound("us")


def test_a_hold_at_prices_that_have_changed_is_not_paid_in_part_at_both() -> None:
    """Items at new prices under totals of old ones would be an order whose refunds cannot be right."""
    stock(1)
    waiting = held()
    stock(0, price=Decimal("24.90"))
    with pytest.raises(CheckoutError, match=r"The lamp now costs 24\.90 USD"):
        chosen(aged(waiting))
    opened = Checkout.read(waiting.checkout_id)
    assert (opened.stage, opened.totals, opened.hold, available()) == (Stage.OPEN, None, "", 1)
    assert (paid(waiting).stage, orders()) == (Stage.OPEN, [])
    order = Order.read(paid(chosen(opened)).number)
    assert order.totals.goods == order.items[0].price == Decimal("24.90")


def test_who_has_tried_too_many_cards_begins_again_from_the_cart() -> None:
    stock(1)
    waiting = held()
    for _card in range(paying.MOST_ATTEMPTS):
        assert paid(waiting, REFUSED).stage is Stage.HELD
    with pytest.raises(CheckoutError, match="begin again from your cart"):
        paid(waiting)
    again = checkout.enter(cart_id=waiting.cart_id, buyer=BUYER)
    assert Checkout.read(waiting.checkout_id).stage is Stage.ENDED
    assert paid(chosen(again)).stage is Stage.PLACED


def test_the_same_prices_hold_on_without_a_word() -> None:
    stock(3)
    found = begun()
    after = chosen(aged(found))
    # Both moments may fall into one millisecond.
    assert (after.stage, after.priced >= found.priced) == (Stage.HELD, True)


def test_what_is_withdrawn_meanwhile_is_not_sold_from_an_old_checkout() -> None:
    stock(3)
    found = begun()
    catalogue.delete_products(skus=[SKU])
    with pytest.raises(CheckoutError, match=r"no longer has this product.* Go back to your cart"):
        chosen(aged(found))
    assert (available(), Checkout.read(found.checkout_id).stage) == (3, Stage.OPEN)


def test_another_choice_frees_the_units_of_the_first() -> None:
    stock(1)
    stock(1, place="store-2")
    waiting = held()
    again = chosen(waiting, place="store-2")
    assert again.stage is Stage.HELD
    assert [line.location for line in Hold.decoded(again.hold).lines] == ["store-2"]
    here = levels(skus=[SKU])[SKU].locations
    assert (here[PLACE].total, here["store-2"].total) == (1, 0)


def test_what_is_short_holds_nothing_and_can_be_chosen_again() -> None:
    stock(1)
    found = begun(quantities={SKU: 2})
    with pytest.raises(ShortError):
        chosen(found)
    assert (Checkout.read(found.checkout_id).stage, available()) == (Stage.OPEN, 1)
    stock(1)
    assert chosen(found).stage is Stage.HELD


def test_no_other_units_are_sent_than_those_bought() -> None:
    stock(9)
    with pytest.raises(CheckoutError, match="not what is bought"):
        chosen(begun(), parcels=(Parcel(location=PLACE, quantities={SKU: 2}),))
    assert available() == 9


def test_a_second_checkout_of_a_cart_takes_the_place_of_the_first() -> None:
    stock(1)
    first = held()
    second = checkout.begin(cart_id=first.cart_id, buyer=BUYER)
    assert second.checkout_id != first.checkout_id
    assert (Checkout.read(first.checkout_id).stage, available()) == (Stage.ENDED, 1)
    assert paid(first).stage is Stage.ENDED
    assert paid(chosen(second)).stage is Stage.PLACED
    assert watched() == []


def test_a_cart_that_is_being_paid_has_no_second_checkout() -> None:
    stock(2)
    first = held()
    assert paid(first, SILENT).stage is Stage.PAYING
    assert checkout.begin(cart_id=first.cart_id, buyer=BUYER).checkout_id == first.checkout_id


def test_after_an_order_the_same_cart_may_be_filled_and_bought_again() -> None:
    stock(2)
    first = held()
    paid(first)
    assert paid(held(cart_id=first.cart_id)).stage is Stage.PLACED
    assert len(orders()) == 2


def test_given_up_it_frees_its_units() -> None:
    stock(1)
    waiting = held()
    assert checkout.give_up(checkout_id=waiting.checkout_id).stage is Stage.ENDED
    assert (available(), watched()) == (1, [])
    with pytest.raises(CheckoutError):
        chosen(waiting)


# --- Paying ---


def test_declined_then_approved_is_one_charge() -> None:
    stock(1)
    waiting = held()
    refused = paid(waiting, REFUSED)
    assert (refused.stage, available()) == (Stage.HELD, 0)
    assert "declined" in refused.problem
    done = paid(waiting)
    assert (done.stage, done.problem) == (Stage.PLACED, "")
    assert [charge_of(done, attempt).state for attempt in (1, 2)] == [State.DECLINED, State.CAPTURED]


@pytest.mark.parametrize(
    "number", ["4242 4242 4242 4241", "12", "", "4111 1111 1111 1111", "x" * 500, "\uff14\uff12\uff14\uff12"]
)
def test_a_number_that_is_no_test_card_is_declined(number: str) -> None:
    stock(1)
    refused = paid(held(), number)
    assert (refused.stage, refused.attempts) == (Stage.HELD, 1)
    assert "nothing was charged" in refused.problem


def test_a_guest_without_an_address_is_asked_for_one() -> None:
    stock(1)
    waiting = held(buyer=Buyer())
    with pytest.raises(CheckoutError, match="e-mail"):
        paid(waiting)
    assert paid(waiting, email="ada@example.com").buyer.email == "ada@example.com"


def test_a_silent_bank_is_asked_later_then_another_card_may_pay() -> None:
    stock(1)
    waiting = held()
    silent = paid(waiting, SILENT)
    assert silent.stage is Stage.PAYING
    assert checkout.advance(checkout_id=waiting.checkout_id).stage is Stage.PAYING
    free = checkout.advance(checkout_id=waiting.checkout_id, now=silent.due)
    assert free.stage is Stage.HELD
    assert "nothing was charged" in free.problem
    assert charge_of(waiting).state is State.CANCELLED
    assert paid(waiting).stage is Stage.PLACED


def test_an_answer_that_comes_late_finishes_the_purchase() -> None:
    stock(1)
    waiting = held()
    # The provider is asked at once, and knows by then.
    assert paid(waiting, LATE).stage is Stage.PLACED
    assert (charge_of(waiting).state, len(orders())) == (State.CAPTURED, 1)


def test_an_answer_after_the_hold_has_ended_charges_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    stock(1)
    waiting = held()
    _pay_without_looking(waiting, LATE, monkeypatch)
    assert charge_of(waiting).state is State.AUTHORISED
    let_it_expire(waiting)
    over = checkout.advance(checkout_id=waiting.checkout_id, now=later(waiting))
    assert (over.stage, over.payment, orders()) == (Stage.OPEN, None, [])
    assert "nothing was charged" in over.problem
    assert "still available" in over.problem
    assert (charge_of(waiting).state, available()) == (State.CANCELLED, 1)


def _pay_without_looking(waiting: Checkout, card: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pay in a process that ends before it asks what became of it."""
    from purchasing.checkout import doing

    with monkeypatch.context() as patched:
        patched.setattr(doing, "advance", lambda checkout_id, **_now: Checkout.read(checkout_id))
        paid(waiting, card)


# --- Time ---


def test_a_hold_that_is_over_lets_the_shopper_choose_again() -> None:
    stock(1)
    waiting = held()
    over = checkout.advance(checkout_id=waiting.checkout_id, now=later(waiting))
    assert (over.stage, over.hold, available()) == (Stage.OPEN, "", 1)
    assert "All of them are still available" in over.problem
    assert paid(chosen(over)).stage is Stage.PLACED


def test_it_says_what_others_have_bought_meanwhile() -> None:
    stock(1)
    waiting = held()
    let_it_expire(waiting)
    paid(held())
    over = paid(waiting, now=later(waiting))
    assert over.stage is Stage.OPEN
    assert "The lamp is sold out." in over.problem


def test_paying_too_late_charges_nobody() -> None:
    stock(1)
    waiting = held()
    assert paid(waiting, now=later(waiting)).stage is Stage.OPEN
    with pytest.raises(UnknownDocumentError):
        charge_of(waiting)


def test_a_hold_that_was_lost_in_the_stock_charges_nobody() -> None:
    stock(1)
    waiting = held()
    let_it_expire(waiting)
    over = paid(waiting)
    assert (over.stage, charge_of(waiting).state, orders()) == (Stage.OPEN, State.CANCELLED, [])


# --- Recovery ---


def test_what_is_due_is_looked_after_and_what_has_ended_forgotten() -> None:
    stock(2)
    waiting, left = held(), begun()
    assert checkout.recover(region="us") == 0
    assert sorted(watched()) == sorted([waiting.checkout_id, left.checkout_id])
    assert checkout.recover(region="us", now=later(waiting)) == 1
    assert (Checkout.read(waiting.checkout_id).stage, available()) == (Stage.OPEN, 2)
    in_two_days = records.clock() + 2 * records.DAY
    assert checkout.recover(region="us", now=in_two_days) == 2
    assert {Checkout.read(found.checkout_id).stage for found in (waiting, left)} == {Stage.ENDED}
    assert watched() == []


def test_who_is_too_late_puts_off_nothing() -> None:
    stock(5)
    waiting = held()
    now = records.clock()
    assert records.recorded(waiting, stage=Stage.PAYING, due=now + records.PAYING)
    assert records.recorded(waiting, stage=Stage.OPEN, due=now + records.IDLE) is None
    assert records.due(region="us", now=now + records.PAYING, most=9) == [waiting.checkout_id]


def test_other_regions_checkouts_are_left_alone() -> None:
    stock(1)
    waiting = held()
    assert checkout.recover(region="eu", now=later(waiting)) == 0
    assert Checkout.read(waiting.checkout_id).stage is Stage.HELD


def test_a_checkout_that_is_gone_is_forgotten() -> None:
    stock(1)
    waiting = held()
    Checkout.db().delete(waiting.key())
    assert checkout.recover(region="us", now=later(waiting)) == 1
    assert watched() == []


def test_an_unknown_checkout_is_an_error() -> None:
    with pytest.raises(UnknownDocumentError):
        checkout.advance(checkout_id=uuid4().hex)


def test_an_order_whose_money_cannot_be_taken_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    stock(1)
    waiting = held()

    def let_the_money_go(*, checkout: Checkout) -> Order:
        Charge.read(f"{checkout.checkout_id}-1").model_copy(update={"state": State.CANCELLED}).replaced()
        return written(checkout=checkout)

    from purchasing import placing

    written = placing.write
    monkeypatch.setattr(placing, "write", let_the_money_go)
    ended = paid(waiting)
    assert (ended.stage, available(), on_hand()) == (Stage.ENDED, 1, 1)
    order = Order.read(ended.number)
    assert (order.status, order.refunded) == (Status.CANCELLED, Decimal(0))
    assert_sound("us")


def test_a_step_that_others_are_at_is_taken_later(monkeypatch: pytest.MonkeyPatch) -> None:
    stock(5)
    waiting = held()

    def busy(**_told: object) -> None:
        raise ConflictError("The document changes too often.")

    with monkeypatch.context() as crowded:
        crowded.setattr(carts, "take_out", busy)
        assert paid(waiting).stage is Stage.ORDERED
    assert checkout.advance(checkout_id=waiting.checkout_id).stage is Stage.PLACED


def test_a_card_number_is_never_kept() -> None:
    stock(1)
    done = paid(held(), APPROVED)
    keys = [key for key in Checkout.db().scan_iter(match=f"{keyspace.PREFIX}:*") if done.checkout_id in key]
    kept = [Checkout.db().execute_command("JSON.GET", key) for key in keys if "current" not in key]
    kept.append(Order.read(done.number).encoded().decode())
    assert len(kept) == 3
    assert not any(APPROVED in document for document in kept)
    assert ADA.street in kept[-1]


@pytest.mark.parametrize("region", ["us", "eu"])
def test_each_regions_own_worker_looks_after_its_checkouts(region: str) -> None:
    stock(1)
    waiting = held()
    expired = waiting.model_copy(update={"expires": records.clock() - 1, "region": region}).replaced()
    records.watch(expired, records.clock() - 1)
    entry = schedule.of_region(region, home="us", keep_days=1, optimise_minutes=1)["recover-checkouts"]
    assert entry["options"]["queue"] == f"replication-{region}"
    celery.tasks[entry["task"]](**entry["kwargs"])
    assert (Checkout.read(waiting.checkout_id).stage, available()) == (Stage.OPEN, 1)
