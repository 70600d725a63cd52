"""What is looked for in vain is counted once a visitor, bounded, forgotten in time, and says nothing about anybody."""

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from catalog import keyspace, missed, tasks
from catalog.models import Product
from tests.catalogues import fill, product
from tests.redis_nodes import RedisNodes

NOW = 1_800_000_000.0
DAY = 86_400


def texts(now: float = NOW) -> list[str]:
    return [each.text for each in missed.most_missed(most=10, now=now)]


def test_what_several_visitors_miss_is_shown_most_first(redis_nodes: RedisNodes) -> None:
    for visitor in ("a", "b", "c"):
        missed.note(text="  Left-handed   MUGS ", visitor=f"{visitor}1", now=NOW)
    for visitor in ("a", "b"):
        missed.note(text="kilts", visitor=f"{visitor}2", now=NOW)
    missed.note(text="only me", visitor="a3", now=NOW)
    found = missed.most_missed(most=10, now=NOW)
    assert [(each.text, round(each.times)) for each in found] == [("left-handed mugs", 3), ("kilts", 2)]


def test_who_asks_again_counts_once(redis_nodes: RedisNodes) -> None:
    assert missed.note(text="kilts", visitor="a", now=NOW)
    assert not missed.note(text="kilts", visitor="a", now=NOW)
    assert texts() == []
    assert 0 < Product.db().ttl(keyspace.missed_by("a")) <= missed.AGAIN_SECONDS


def test_it_is_forgotten(redis_nodes: RedisNodes) -> None:
    for visitor in ("a", "b"):
        missed.note(text="kilts", visitor=visitor, now=NOW)
    assert texts(NOW + 10 * DAY) == ["kilts"]
    assert texts(NOW + 40 * DAY) == []


def test_no_flood_of_texts_takes_more_room_than_there_is(redis_nodes: RedisNodes) -> None:
    for visitor in ("a", "b"):
        missed.note(text="kilts", visitor=visitor, now=NOW)
    for number in range(missed.MOST + 200):
        missed.note(
            text=f"junk {chr(97 + number % 26)}{chr(97 + number // 26 % 26)}{chr(97 + number // 676)}",
            visitor=f"bot{number}",
            now=NOW,
        )
    assert Product.db().zcard(keyspace.MISSED) == missed.MOST
    assert "kilts" in texts()


@pytest.mark.parametrize(
    "text",
    ["", "a", "x" * 61, "jane@example.org", "4111 1111 1111 1111", "+49 (30) 123456", "https://evil.example", "a\x07b"],
)
def test_what_may_be_somebodys_own_is_not_kept(text: str) -> None:
    assert missed.kept(text) is None


@given(st.text(max_size=80))
def test_whatever_is_typed_is_kept_as_it_is_shown_or_not_at_all(text: str) -> None:
    kept = missed.kept(text)
    assert kept is None or (missed.kept(kept) == kept and missed.SHORTEST <= len(kept) <= missed.LONGEST)


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """What pages have counted, straight instead of by a worker."""
    orders: list[dict[str, str]] = []

    def order(_task: object, *, payload: dict[str, str], expires: float) -> bool:
        orders.append(payload)
        return missed.note(text=payload["text"], visitor=payload["visitor"]) or expires > 0

    monkeypatch.setattr(tasks, "order", order)
    return orders


@pytest.mark.django_db
def test_only_searches_in_vain_are_counted(
    search_indexes: RedisNodes, visitor: Client, noted: list[dict[str, str]]
) -> None:
    fill([product("lamp", name="Brass lamp")])
    for address in ("/search/?q=lamp", "/search/?q=", "/search/?q=kilt&page=2", "/search/?q=kilt&brand=X"):
        visitor.get(address)
    assert noted == []
    visitor.get("/search/?q=Kilts")
    visitor.get("/search/?q=kilts", REMOTE_ADDR="203.0.113.9")
    assert [order["text"] for order in noted] == ["Kilts", "kilts"]
    assert len({order["visitor"] for order in noted}) == 2
    assert "203.0.113.9" not in str(noted)
    assert [each.text for each in missed.most_missed(most=5)] == ["kilts"]
