"""``create_indexes`` builds what is missing, leaves what is there, and says so."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from redismart.redis import connections, searched
from redismart.redis.connections import ShopRedis


def test_every_searched_document_gets_its_index() -> None:
    out = StringIO()
    call_command("create_indexes", stdout=out)
    for document in searched.documents():
        assert document.search_index is not None
        assert document.search_index.versioned_name() in document.db().execute_command("FT._LIST")
        assert searched.count(document) == 0
    assert out.getvalue().count("was built.") == len(searched.documents()) > 0


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
