"""Goods may come back until the last day has ended, wherever its shopper reads it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from purchasing import return_time
from purchasing.models import Event, Order, Parcel, Status
from tests.placed_orders import order

HANDED = datetime(2026, 3, 2, 15, tzinfo=UTC)
LAST = datetime(2026, 4, 1, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _thirty_days() -> Iterator[None]:
    return_time.Rules.configure(days=30)
    yield
    return_time.Rules.configure(days=30)


def sent(*events: tuple[Status, datetime], **fields: Any) -> Order:
    return order(history=tuple(Event(status=status, at=at) for status, at in events), **fields)


def test_the_days_count_from_when_the_goods_were_handed_over() -> None:
    late = HANDED + timedelta(days=9)
    # A refund that was noted later, and an arrival before that of another event: the first time counts.
    handed = sent((Status.SHIPPED, HANDED - timedelta(days=3)), (Status.COMPLETED, HANDED), (Status.COMPLETED, late))
    assert return_time.last_day(handed) == LAST


def test_what_nobody_has_yet_has_all_the_time() -> None:
    for waiting in (sent(), sent((Status.READY, HANDED))):
        assert return_time.last_day(waiting) is None
        assert not return_time.is_over(waiting, now=HANDED + timedelta(days=3_650))


def test_what_a_carrier_does_not_report_counts_from_its_promise_or_its_leaving() -> None:
    promised = (Parcel(location="a", quantities={"lamp": 2}, promised=HANDED), Parcel(location="b", quantities={}))
    early = sent((Status.SHIPPED, HANDED - timedelta(days=2)), parcels=promised)
    late = sent((Status.SHIPPED, HANDED + timedelta(days=2)), parcels=promised)
    unknown = sent((Status.SHIPPED, HANDED))
    days = [return_time.last_day(each) for each in (early, late, unknown)]
    assert days == [LAST, LAST + timedelta(days=2), LAST]


@given(hour=some.integers(0, 23), zone=some.integers(-12, 14))
def test_the_whole_last_day_is_the_shoppers(hour: int, zone: int) -> None:
    handed = sent((Status.COMPLETED, HANDED.replace(hour=hour)))
    end_of_day = datetime(2026, 4, 1, 23, 59, tzinfo=UTC) - timedelta(hours=zone)
    assert not return_time.is_over(handed, now=end_of_day)
    assert return_time.is_over(handed, now=LAST.replace(day=3))


def test_a_shop_that_takes_nothing_back_says_so_from_the_beginning() -> None:
    return_time.Rules.configure(days=0)
    handed = sent((Status.COMPLETED, HANDED))
    assert return_time.is_over(handed, now=HANDED)
    assert return_time.last_day(handed) is None
