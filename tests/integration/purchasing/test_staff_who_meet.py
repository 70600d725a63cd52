"""Several of staff who take one step of an order at the same moment: one has taken it, and the others are told."""

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from purchasing import noting, orders, returning
from purchasing.admin import bulk
from purchasing.admin.taking import Taking
from purchasing.models import Fulfilment, Order, Status
from purchasing.orders import ChangedError
from tests.fuzzing import root, status
from tests.placed_orders import Till, placed
from tests.redis_nodes import RedisNodes

NUMBER = "US-000001"
MANY = 12


@pytest.fixture(autouse=True)
def _shop(opened: None, search_indexes: RedisNodes, till: Till, visitor: Client) -> None:
    """A parcel that is to be sent, and one of which a lamp is to come back."""


def sent_out() -> None:
    placed()
    orders.ship(number=NUMBER, who="sam")
    returning.request(number=NUMBER, step="return-1", quantities={"lamp": 1}, who="ada")


def collected() -> None:
    placed(fulfilment=Fulfilment.PICKUP)


def receive(**told: Any) -> Order:
    return returning.receive(step="return-1", quantities={"lamp": 1}, unsellable={}, **told)


def refuse(**told: Any) -> Order:
    return returning.refuse(step="return-1", reason="worn", **told)


Do = Callable[..., Order]
STEPS = [
    ("cancel", placed, orders.cancel, {"why": "sold out"}),
    ("ship", placed, orders.ship, {}),
    ("ready", collected, orders.make_ready, {}),
    ("receive", sent_out, receive, {"came-0": "1", "spoilt-0": "0", "confirmed": "yes"}),
    ("refuse", sent_out, refuse, {"why": "worn"}),
]


@pytest.mark.parametrize(("do", "before"), [(do, before) for _name, before, do, _told in STEPS])
def test_a_step_is_taken_by_one_of_them(do: Do, before: Callable[[], object], till: Till) -> None:
    before()
    since, begun = noting.standing(orders.find(number=NUMBER)), Barrier(MANY)

    def done(who: int) -> str:
        begun.wait()
        try:
            do(number=NUMBER, who=f"clerk-{who}", since=since)
        except ChangedError:
            return "told"
        return f"clerk-{who}"

    with ThreadPoolExecutor(MANY) as pool:
        (winner,) = {*pool.map(done, range(MANY))} - {"told"}
    found = orders.find(number=NUMBER)
    assert [event.who for event in found.history if event.who.startswith("clerk")] == [winner]
    assert len(till.refunds) <= 1
    assert do(number=NUMBER, who="shop").version == found.version


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "before", "do", "told"), STEPS)
def test_who_comes_second_is_told_and_is_not_in_the_history(
    name: str, before: Callable[[], object], do: Do, told: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before()
    take = Taking._do

    def late(taking: Taking, form: Any) -> Any:
        """Another has just done it, after this one was found to be possible."""
        do(number=NUMBER, who="pat")
        return take(taking, form)

    monkeypatch.setattr(Taking, "_do", late)
    answer = root().post(address(name), {**pressed(), **told}, follow=True)
    assert "this was done already, and once" in words(answer)
    assert not LogEntry.objects.exists()
    assert [event.who for event in orders.find(number=NUMBER).history].count("root") == 0


@pytest.mark.django_db
def test_who_comes_second_with_another_step_is_told_what_was_done(monkeypatch: pytest.MonkeyPatch) -> None:
    placed()
    take = Taking._do

    def late(taking: Taking, form: Any) -> Any:
        orders.ship(number=NUMBER, who="pat")
        return take(taking, form)

    monkeypatch.setattr(Taking, "_do", late)
    answer = root().post(address("cancel"), {**pressed(), "why": "sold out"})
    assert status(answer) == 409
    assert "Somebody else has changed order" in words(answer)
    assert orders.find(number=NUMBER).status is Status.SHIPPED


def test_of_two_who_send_the_same_parcels_each_parcel_is_sent_by_one() -> None:
    numbers = [f"US-{number:06}" for number in range(1, 31)]
    for number in numbers:
        placed(number)
    begun = Barrier(4)

    def send(who: int) -> Sequence[str]:
        begun.wait()
        outcome = bulk.moved(numbers, Status.SHIPPED, orders.ship, who=f"clerk-{who}")
        assert not outcome.refused
        return outcome.changed

    with ThreadPoolExecutor(4) as pool:
        assert sorted(number for told in pool.map(send, range(4)) for number in told) == numbers


def address(name: str) -> str:
    of_return = "?return=return-1" if name in ("receive", "refuse") else ""
    return reverse("admin:purchasing_order_step", args=[NUMBER, name]) + of_return


def pressed() -> dict[str, str]:
    return {"since": noting.standing(orders.find(number=NUMBER)), "operation": uuid4().hex}


def words(answer: Any) -> str:
    return unescape(re.sub(r"<[^>]*>", " ", answer.content.decode()))
