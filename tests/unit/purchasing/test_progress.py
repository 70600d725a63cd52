"""An order's timeline tells what happened and what lies ahead."""

from datetime import UTC, datetime

import pytest

from purchasing import progress
from purchasing.models import Event, Fulfilment, Order, Status
from tests.placed_orders import order

AT = datetime(2026, 11, 25, tzinfo=UTC)


def moved(*statuses: Status, fulfilment: Fulfilment = Fulfilment.DELIVERY, note: str = "") -> Order:
    history = tuple(Event(status=status, at=AT) for status in statuses)
    noted = (Event(status=statuses[-1], at=AT, note=note),) if note else ()
    return order(status=(statuses or (Status.PLACED,))[-1], history=history + noted, fulfilment=fulfilment)


def shown(made: Order) -> list[tuple[str, bool]]:
    return [(step.title, step.at is not None) for step in progress.timeline(made)]


@pytest.mark.parametrize(
    ("made", "steps"),
    [
        (moved(), [("Placed", True), ("On its way", False), ("Delivered", False)]),
        (moved(Status.SHIPPED), [("Placed", True), ("On its way", True), ("Delivered", False)]),
        (moved(Status.CANCELLED), [("Placed", True), ("Cancelled", True)]),
        (moved(Status.PLACED, Status.SHIPPED), [("Placed", True), ("On its way", True), ("Delivered", False)]),
        (
            moved(Status.READY, fulfilment=Fulfilment.PICKUP),
            [("Placed", True), ("Ready to be collected", True), ("Collected", False)],
        ),
        (
            moved(Status.SHIPPED, Status.COMPLETED, Status.RETURN_REQUESTED),
            [("Placed", True), ("On its way", True), ("Delivered", True), ("Return requested", True)],
        ),
        (
            moved(Status.SHIPPED, Status.COMPLETED, note="1 unit has come back"),
            [("Placed", True), ("On its way", True), ("Delivered", True), ("1 unit has come back", True)],
        ),
    ],
)
def test_each_step_stands_in_its_place(made: Order, steps: list[tuple[str, bool]]) -> None:
    assert shown(made) == steps


def test_one_step_is_the_present_one() -> None:
    made = moved(Status.SHIPPED, note="5 USD paid back")
    assert [step.title for step in progress.timeline(made) if step.now] == ["On its way"]
    assert progress.title(made) == "On its way"


def test_a_return_that_has_come_is_the_present_step() -> None:
    made = moved(Status.SHIPPED, Status.RETURN_REQUESTED, Status.RETURNED, note="104.50 USD paid back")
    assert [step.title for step in progress.timeline(made) if step.now] == ["Returned"]
