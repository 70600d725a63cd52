"""Stores get from files into every region that can be reached, and the exit code tells."""

from io import StringIO
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from inventory import keyspace, places
from inventory.models import Location
from redismart.redis import connections, searched
from redismart.redis.connections import ShopRedis
from tests.redis_nodes import REGIONS
from tests.stores import store_row

SOME_REJECTED, NOTHING_DONE, SOME_UNREACHED = 1, 2, 3


def written(folder: Path, *rows: dict[str, Any] | bytes, name: str = "stores.jsonl") -> Path:
    path = folder / name
    path.write_bytes(b"\n".join(row if isinstance(row, bytes) else orjson.dumps(row) for row in rows))
    return path


def load(*paths: Path, **options: Any) -> str:
    """Run the command; returns what it said."""
    said = StringIO()
    call_command("load_stores", *map(str, paths), stdout=said, stderr=said, **options)
    return said.getvalue()


def failing_load(*paths: Path, **options: Any) -> tuple[str, int]:
    """Run the command where it fails; returns what it said and its exit code."""
    said = StringIO()
    with pytest.raises(CommandError) as raised:
        call_command("load_stores", *map(str, paths), stdout=said, stderr=said, **options)
    return f"{said.getvalue()}{raised.value}", raised.value.returncode


def stored(region: str = "us") -> list[str]:
    keys = connections.client("inventory", region=region).scan_iter(f"{keyspace.location('')}*")
    return sorted(str(key).removeprefix(keyspace.location("")) for key in keys)


@pytest.fixture
def eu_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """The node of one region cannot be reached."""
    usual, away = connections.client, connections.connect("redis://127.0.0.1:1/0")

    def client(app: str, *, region: str | None = None) -> ShopRedis:
        return away if region == "eu" else usual(app, region=region)

    monkeypatch.setattr(connections, "client", client)


def test_every_region_gets_every_store_and_an_index(tmp_path: Path) -> None:
    said = load(written(tmp_path, store_row("a"), store_row("b", region="eu")))
    for region in REGIONS:
        assert f"Stores in {region}: 2 created, 0 updated, 0 unchanged, 0 removed." in said
        assert stored(region) == ["a", "b"]
        assert searched.count(Location, region=region) == 2


def test_loading_again_writes_only_what_changed(tmp_path: Path) -> None:
    load(written(tmp_path, store_row("a"), store_row("b")))
    version = Location.db().get(keyspace.LOCATION_VERSION)
    assert "0 created, 0 updated, 2 unchanged" in load(written(tmp_path, store_row("a"), store_row("b")))
    assert Location.db().get(keyspace.LOCATION_VERSION) == version
    said = load(written(tmp_path, store_row("a", city="Elsewhere"), store_row("b")))
    assert "0 created, 1 updated, 1 unchanged" in said
    assert [location.city for location in places.all_locations()] == ["Elsewhere", "Springfield"]


def test_rows_that_are_wrong_are_reported_and_all_others_loaded(tmp_path: Path) -> None:
    path, report = written(tmp_path, store_row("a"), store_row("b", country="X"), b"{"), tmp_path / "report.jsonl"
    said, code = failing_load(path, report=report)
    assert code == SOME_REJECTED
    assert "2 rows were rejected" in said
    assert "stores.jsonl line 2: country is not an ISO 3166 country code such as US or DE (X)" in said
    first, second = map(orjson.loads, report.read_bytes().splitlines())
    assert first == {
        "file": str(path),
        "kind": "rejected",
        "line": 2,
        "id": "b",
        "field": "country",
        "value": "X",
        "reason": "is not an ISO 3166 country code such as US or DE",
    }
    assert second["line"] == 3
    assert stored() == ["a"]


def test_the_report_of_a_good_load_replaces_that_of_a_bad_one(tmp_path: Path) -> None:
    usual = settings.VAR / "reports" / "load-stores.jsonl"
    failing_load(written(tmp_path, store_row("a", city=None)))
    assert usual.exists()
    assert "Report:" not in load(written(tmp_path, store_row("a")))
    assert not usual.exists()


def test_a_dry_run_checks_everything_and_writes_nothing(tmp_path: Path) -> None:
    said, code = failing_load(written(tmp_path, store_row("a"), b"{"), dry_run=True)
    assert "1 stores are in order, 1 rows would be rejected. Nothing was written." in said
    assert code == SOME_REJECTED
    assert all(stored(region) == [] for region in REGIONS)
    assert "Nothing was written" in load(written(tmp_path, store_row("a")), dry_run=True)


def test_rows_without_region_get_the_one_that_is_named(tmp_path: Path) -> None:
    load(written(tmp_path, store_row("a", region=None)), region="eu")
    assert [location.region for location in places.all_locations()] == ["eu"]
    load(written(tmp_path, store_row("a", region=None)))
    assert [location.region for location in places.all_locations()] == [settings.REGION]


@pytest.mark.usefixtures("eu_is_away")
def test_a_region_that_is_away_is_named_and_the_others_are_loaded(tmp_path: Path) -> None:
    said, code = failing_load(written(tmp_path, store_row("a")))
    assert code == SOME_UNREACHED
    assert "Region eu has not got the stores" in said
    assert "Give the same command again" in said
    assert stored("us") == stored("ap") == ["a"]


def test_a_region_that_was_away_gets_its_stores_from_the_same_command(tmp_path: Path) -> None:
    path = written(tmp_path, store_row("a"))
    with pytest.MonkeyPatch.context() as patch:
        usual, away = connections.client, connections.connect("redis://127.0.0.1:1/0")
        patch.setattr(
            connections, "client", lambda app, region=None: away if region == "eu" else usual(app, region=region)
        )
        failing_load(path)
    assert stored("eu") == []
    said = load(path)
    assert "Stores in us: 0 created, 0 updated, 1 unchanged" in said
    assert "Stores in eu: 1 created" in said


def test_without_any_region_nothing_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    away = connections.connect("redis://127.0.0.1:1/0")
    monkeypatch.setattr(connections, "client", lambda *_app, **_region: away)
    said, code = failing_load(written(tmp_path, store_row("a")))
    assert code == NOTHING_DONE
    assert all(f"Region {region} has not got the stores" in said for region in REGIONS)


def test_what_is_missing_stays_unless_it_shall_go(tmp_path: Path) -> None:
    load(written(tmp_path, store_row("a"), store_row("b"), store_row("c", region="eu")))
    load(written(tmp_path, store_row("a")))
    assert stored() == ["a", "b", "c"]
    said = load(written(tmp_path, store_row("a")), remove_missing=True)
    assert said.count("1 removed") == len(REGIONS)
    # The file says nothing of the other region, so neither does it say that its stores are gone.
    assert all(stored(region) == ["a", "c"] for region in REGIONS)


def test_nothing_is_removed_when_a_row_was_rejected(tmp_path: Path) -> None:
    load(written(tmp_path, store_row("a"), store_row("b")))
    said, code = failing_load(written(tmp_path, store_row("a"), store_row("b", city=None)), remove_missing=True)
    assert "Nothing is removed" in said
    assert code == SOME_REJECTED
    assert stored() == ["a", "b"]


@pytest.mark.parametrize(("content", "words"), [(b"", "is empty"), (b"a,b\n1,2", "is CSV"), (b"[]", "")])
def test_a_file_without_stores_writes_nothing(tmp_path: Path, content: bytes, words: str) -> None:
    path = written(tmp_path, content)
    if not words:
        assert "0 created, 0 updated" in load(path)
        return
    said, code = failing_load(path)
    assert code == NOTHING_DONE
    assert words in said


def test_it_wants_files_or_the_demo_not_both(tmp_path: Path) -> None:
    for arguments in ((), (written(tmp_path, store_row("a")),)):
        said, code = failing_load(*arguments, demo=bool(arguments))
        assert (code, "Name the files" in said) == (NOTHING_DONE, True)


def test_a_report_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    said, code = failing_load(written(tmp_path, store_row("a"), b"{"), report=tmp_path)
    assert code == NOTHING_DONE
    assert "Mend that" in said
    assert stored() == []


def test_the_demo_is_loaded_and_loaded_again() -> None:
    assert "35 created" in load(demo=True)
    assert "35 unchanged" in load(demo=True)
    assert {location.region for location in places.all_locations()} == {"us", "eu"}


def test_the_demo_leaves_out_regions_that_the_shop_has_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "REGIONS", ("us",))
    load(demo=True)
    assert {location.region for location in places.all_locations()} == {"us"}


@pytest.mark.data
def test_every_real_store_is_loaded_everywhere(shared_data: Path) -> None:
    said = load(shared_data / "stores" / "stores.json")
    for region in REGIONS:
        assert f"Stores in {region}: 925 created" in said
        assert searched.count(Location, region=region) == 925
    assert "925 unchanged" in load(shared_data / "stores" / "stores.json")
