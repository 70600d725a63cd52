"""The history of what staff did: noted before Redis works, outside any transaction, and settled however it ends."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.admin.utils import quote
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from redis.exceptions import TimeoutError as SilentError

from catalog import reviews
from catalog.admin.products import ProductAdmin
from catalog.models import Review
from redismart.redis.editing import BusyError
from tests import catalogues

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("_static_files")]
NEW = {"sku": "chair", "name": "Red chair", "currency": "USD"}
During = Callable[[Callable[[], None]], None]


@pytest.fixture
def staff(empty_catalogue: None) -> Client:
    catalogues.fill([catalogues.product("lamp", name="Lamp")])
    client = Client()
    client.force_login(User.objects.create_superuser("sam"))
    return client


@pytest.fixture
def after_redis(monkeypatch: pytest.MonkeyPatch) -> During:
    """Has something happen as soon as Redis has taken a change."""

    def follow(happens: Callable[[], None]) -> None:
        for name in ("store_new", "store_change", "remove"):
            monkeypatch.setattr(ProductAdmin, name, followed(getattr(ProductAdmin, name), happens))

    return follow


def followed(operation: Callable[..., None], happens: Callable[[], None]) -> Callable[..., None]:
    def both(*given: Any) -> None:
        operation(*given)
        happens()

    return both


def saved(staff: Client, **values: str) -> int:
    address = reverse("admin:catalog_product_change", args=["lamp"])
    form = staff.get(address).context["adminform"].form
    typed = {name: form[name].value() for name in form.fields if name not in ("upload", "without")}
    told = {name: "" if value is None else value for name, value in typed.items()}
    return int(staff.post(address, told | values).status_code)


def added(staff: Client) -> int:
    return int(staff.post(reverse("admin:catalog_product_add"), NEW).status_code)


def deleted(staff: Client) -> int:
    address = reverse("admin:catalog_product_delete", args=["lamp"])
    return int(staff.post(address, {"post": "yes"}).status_code)


def logged() -> list[tuple[int, str, str]]:
    return [(entry.action_flag, entry.object_id or "", entry.get_change_message()) for entry in LogEntry.objects.all()]


def raising(error: BaseException) -> Callable[[], None]:
    def happens() -> None:
        raise error

    return happens


def test_it_says_what_was_added_changed_and_deleted(staff: Client) -> None:
    assert (added(staff), saved(staff, name="Bright lamp"), deleted(staff)) == (302, 302, 302)
    assert logged() == [(DELETION, "lamp", ""), (CHANGE, "lamp", "Changed name."), (ADDITION, "chair", "Added.")]


def test_nobody_waits_for_a_transaction_while_redis_works(staff: Client, after_redis: During) -> None:
    seen: list[bool] = []
    after_redis(lambda: seen.append(connection.in_atomic_block))
    assert (added(staff), saved(staff, name="Bright lamp"), deleted(staff)) == (302, 302, 302)
    assert seen == [False, False, False]


@pytest.mark.parametrize(("work", "flag"), [(added, ADDITION), (saved, CHANGE), (deleted, DELETION)])
def test_what_is_cut_short_says_so(
    staff: Client, after_redis: During, work: Callable[[Client], int], flag: int
) -> None:
    after_redis(raising(SystemExit()))
    with pytest.raises(SystemExit):
        work(staff)
    ((kind, _sku, told),) = logged()
    assert (kind, "begun" in told) == (flag, True)


@pytest.mark.parametrize("work", [saved, deleted])
def test_a_change_that_may_have_been_taken_stays_noted(
    staff: Client, after_redis: During, work: Callable[[Client], int]
) -> None:
    after_redis(raising(SilentError("no answer")))
    assert work(staff) == 503
    ((_kind, sku, told),) = logged()
    assert (sku, "may be done or not" in told) == ("lamp", True)


@pytest.mark.parametrize("work", [added, saved, deleted])
def test_what_is_refused_leaves_nothing(
    staff: Client, monkeypatch: pytest.MonkeyPatch, work: Callable[[Client], int]
) -> None:
    def refuse(*_given: Any) -> None:
        raise BusyError("Too many change this at the same moment: try again.")

    for name in ("store_new", "store_change", "remove"):
        monkeypatch.setattr(ProductAdmin, name, refuse)
    assert work(staff) == 302
    assert logged() == []


def test_what_is_done_before_the_rest_is_refused_stays_noted(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    reviews.write(sku="lamp", author_id="1", author="Ada", stars=4, title="", text="Bright")

    def refuse(**_given: Any) -> None:
        raise BusyError("Too many change 'lamp' at this moment: try again.")

    monkeypatch.setattr(reviews, "rate_many", refuse)
    address = reverse("admin:catalog_review_delete", args=[quote("lamp:1")])
    assert staff.post(address, {"post": "yes"}).status_code == 302
    assert Review.find_many(["lamp:1"]) == [None]
    assert logged() == [(DELETION, "lamp:1", "")]


@pytest.mark.parametrize("work", [added, saved, deleted])
def test_without_its_history_nothing_is_changed(
    staff: Client, after_redis: During, monkeypatch: pytest.MonkeyPatch, work: Callable[[Client], int]
) -> None:
    changed: list[bool] = []
    after_redis(lambda: changed.append(True))

    def locked(*_given: Any, **_named: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(type(LogEntry.objects), "log_actions", locked)
    assert (work(staff), changed) == (503, [])
