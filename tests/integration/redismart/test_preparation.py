"""The demo's data are loaded once, into a shop that has none, and what was not finished is."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from redismart.demo import preparation
from redismart.redis import connections, searched
from redismart.redis.connections import ShopRedis


@pytest.fixture(autouse=True)
def _no_memory() -> Iterator[None]:
    """No earlier start has left anything unfinished."""
    call_command("create_indexes", verbosity=0)
    yield
    (settings.VAR / "demo" / "stores-unfinished").unlink(missing_ok=True)


def load_stores() -> list[str]:
    """Do as a start of the demo does; returns what it said."""
    said: list[str] = []
    preparation._load_once(
        "stores", app="inventory", load=lambda: call_command("load_stores", demo=True), say=said.append
    )
    return said


def stores(region: str) -> int:
    return sum(searched.count(kind, region=region) for kind in searched.documents() if kind.app == "inventory")


def test_an_empty_shop_gets_them_once() -> None:
    assert load_stores() == ["Loading the demo stores (once)."]
    assert load_stores() == []


def test_a_region_that_is_away_keeps_nothing_closed_and_gets_them_at_the_next_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    usual, away = connections.client, connections.connect("redis://127.0.0.1:1/0")

    def client(app: str, *, region: str | None = None) -> ShopRedis:
        return away if region == "eu" else usual(app, region=region)

    with monkeypatch.context() as patch:
        patch.setattr(connections, "client", client)
        _first, told = load_stores()
    assert "Region eu has not got the stores" in told
    assert stores("us") > stores("eu") == 0
    assert load_stores() == ["Going on with the demo stores."]
    assert stores("us") == stores("eu")
    assert load_stores() == []


def test_a_shop_that_wants_no_demo_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DEMO_CATALOGUE", False)
    assert load_stores() == []
    assert stores("us") == 0


def test_what_goes_wrong_otherwise_stops_the_start() -> None:
    def fail() -> None:
        raise CommandError("The disk is full.", returncode=2)

    with pytest.raises(CommandError, match="disk is full"):
        preparation._load_once("stores", app="inventory", load=fail, say=str)
