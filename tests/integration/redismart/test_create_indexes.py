"""``create_indexes`` builds what is missing, leaves what is there, and says so."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from redismart.redis import connections, searched
from redismart.redis.connections import ShopRedis
from redismart.redis.topology import REGIONAL
from tests.redis_nodes import REGIONS


def test_every_searched_document_gets_its_index() -> None:
    out = StringIO()
    call_command("create_indexes", stdout=out)
    for document in searched.documents():
        assert document.search_index is not None
        assert document.search_index.versioned_name() in document.db().execute_command("FT._LIST")
        assert searched.count(document) == 0
    indexes = sum(len(connections.topology().regions_of(document.app)) for document in searched.documents())
    for app, index, region in searched.of_hashes():
        assert index.versioned_name() in connections.client(app, region=region).execute_command("FT._LIST")
    assert out.getvalue().count("was built.") == indexes + len(searched.of_hashes()) > len(searched.documents())


def test_a_regional_document_gets_an_index_in_every_region() -> None:
    call_command("create_indexes", verbosity=0)
    regional = [document for document in searched.documents() if document.app in REGIONAL]
    assert regional
    for document in regional:
        assert [searched.count(document, region=region) for region in REGIONS] == [0] * len(REGIONS)


def test_another_region_that_is_away_is_named_and_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    usual, away = connections.client, connections.connect("redis://127.0.0.1:1/0")

    def client(app: str, *, region: str | None = None) -> ShopRedis:
        return away if region == "eu" else usual(app, region=region)

    monkeypatch.setattr(connections, "client", client)
    said = StringIO()
    call_command("create_indexes", stdout=said, stderr=said)
    assert "The inventory location index in eu could not be built: " in said.getvalue()
    assert "The inventory location index in us was built." in said.getvalue()
    assert "The inventory location index in ap was built." in said.getvalue()


def test_a_second_run_changes_nothing() -> None:
    call_command("create_indexes", verbosity=0)
    before = connections.client("catalog").execute_command("FT._LIST")
    out = StringIO()
    call_command("create_indexes", stdout=out)
    assert "was built" not in out.getvalue()
    assert connections.client("catalog").execute_command("FT._LIST") == before


def test_a_failure_is_one_line_that_names_index_and_node(monkeypatch: pytest.MonkeyPatch) -> None:
    away = connections.connect("redis://127.0.0.1:1/0")

    def client(_app: str, **_region: str) -> ShopRedis:
        return away

    monkeypatch.setattr(connections, "client", client)
    with pytest.raises(CommandError, match=r"^The catalog \w+ index could not be built: .*node of catalog runs"):
        call_command("create_indexes")
