"""Who waits for something hears of it once, when it is back."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from inventory.api import Operation, count, receive
from inventory.replication.recovery import open_region
from purchasing import keyspace, watching
from purchasing.models import Cart
from purchasing.watching import Place, TooManyError, Watcher, back, in_stock, tell_some, watch

SHOP, OTHER = "store-1", "store-2"


@pytest.fixture(autouse=True)
def _stock(redis_nodes: object) -> None:
    for region in ("us", "eu", "ap"):
        open_region(region)


def arrives(units: int = 1, *, place: str = SHOP, sku: str = "lamp") -> None:
    receive(sku=sku, location=place, quantity=units, operation=Operation(f"{sku}-{place}-{units}"))


def told() -> list[Watcher]:
    heard: list[Watcher] = []
    for place in back():
        tell_some(place=place, tell=heard.append)
    return heard


def test_nobody_is_told_before_it_is_back() -> None:
    watch(Watcher("lamp", "ada@example.com"))
    assert told() == []
    arrives()
    assert told() == [Watcher("lamp", "ada@example.com")]
    assert told() == []


def test_who_asks_twice_hears_once_and_may_ask_again() -> None:
    for address in ("ada@example.com", "Ada@Example.com"):
        watch(Watcher("lamp", address))
    arrives()
    assert len(told()) == 1
    watch(Watcher("lamp", "ada@example.com"))
    assert len(told()) == 1


def test_who_asked_for_a_store_waits_for_that_store() -> None:
    watch(Watcher("lamp", "ada@example.com", SHOP))
    watch(Watcher("lamp", "bob@example.com"))
    arrives(place=OTHER)
    assert [watcher.email for watcher in told()] == ["bob@example.com"]
    arrives(place=SHOP)
    assert [watcher.email for watcher in told()] == ["ada@example.com"]


def test_what_is_sold_again_is_not_told_of() -> None:
    watch(Watcher("lamp", "ada@example.com"))
    arrives()
    count(sku="lamp", location=SHOP, counted=0, operation=Operation("count"))
    assert told() == []


def test_many_tasks_at_once_tell_each_watcher_once() -> None:
    for number in range(20):
        watch(Watcher("lamp", f"user-{number}@example.com"))
    arrives()
    with ThreadPoolExecutor(4) as pool:
        heard = [watcher for found in pool.map(lambda _number: told(), range(4)) for watcher in found]
    assert sorted(watcher.email for watcher in heard) == sorted(f"user-{number}@example.com" for number in range(20))


def test_one_that_could_not_be_told_is_told_later() -> None:
    watch(Watcher("lamp", "ada@example.com"))
    arrives()
    assert tell_some(place=Place("lamp"), tell=_broken) == 0
    assert told() == []
    Cart.db().delete(keyspace.once(f"back:{Watcher('lamp', 'ada@example.com').mark}"))
    assert len(told()) == 1


def _broken(_watcher: Watcher) -> None:
    raise OSError("no mail today")


def test_nothing_is_kept_of_who_was_told() -> None:
    watch(Watcher("lamp", "ada@example.com"))
    arrives()
    told()
    assert list(Cart.db().scan_iter(f"{keyspace.PREFIX}:*")) == []


def test_nobody_waits_for_more_than_they_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "MOST_OF_ONE_PERSON", 2)
    for sku in ("a", "b"):
        watch(Watcher(sku, "ada@example.com"))
    with pytest.raises(TooManyError, match="You wait for 2 things already"):
        watch(Watcher("c", "ada@example.com"))


def test_asked_again_nobody_is_over_their_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "MOST_OF_ONE_PERSON", 1)
    monkeypatch.setattr(watching, "MOST_OF_ONE_PLACE", 1)
    for _time in range(2):
        watch(Watcher("lamp", "ada@example.com"))
    with pytest.raises(TooManyError, match="So many wait"):
        watch(Watcher("lamp", "bob@example.com"))
    watch(Watcher("lamp", "bob@example.com", SHOP))


def test_many_who_wait_for_one_keep_nobody_waiting_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "CLAIMED_TOGETHER", 10)
    for number in range(95):
        watch(Watcher("lamp", f"user-{number}@example.com"))
    watch(Watcher("rug", "ada@example.com"))
    arrives()
    arrives(sku="rug")
    heard: list[str] = []
    for place in back():
        tell_some(place=place, tell=lambda watcher: heard.append(watcher.email), most=20)
    assert "ada@example.com" in heard
    assert len(heard) == 21
    while told_now := tell_some(place=Place("lamp"), tell=lambda watcher: heard.append(watcher.email), most=20):
        assert told_now <= 20
    assert len(set(heard)) == len(heard) == 96


def test_addresses_in_trouble_keep_nobody_else_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "CLAIMED_TOGETHER", 5)
    for number in range(40):
        watch(Watcher("lamp", f"user-{number}@example.com"))
    arrives()
    heard: list[str] = []

    def tell(watcher: Watcher) -> None:
        if int(watcher.email.partition("@")[0].removeprefix("user-")) % 4:
            raise OSError("no such mailbox")
        heard.append(watcher.email)

    for _time in range(8):
        tell_some(place=Place("lamp"), tell=tell, most=5)
    assert len(set(heard)) == len(heard) == 10


def test_a_store_is_in_stock_for_itself() -> None:
    assert not in_stock(Place("lamp"))
    arrives(place=OTHER)
    assert in_stock(Place("lamp"))
    assert in_stock(Place("lamp", OTHER))
    assert not in_stock(Place("lamp", SHOP))


def test_what_nobody_can_be_told_of_costs_no_look_at_who_waits() -> None:
    watch(Watcher("lamp", "ada@example.com", SHOP))
    arrives(place=OTHER)
    assert list(back()) == []
