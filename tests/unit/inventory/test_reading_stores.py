"""Files of stores are read row by row: good rows become locations, others a problem that says why."""

import gzip
import secrets
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.loading import stores
from inventory.loading.stores import Regions, Stores
from inventory.models import Service
from redismart.loading.problems import Kind, LoadError
from tests.stores import store_row

DEMO = Path(__file__).resolve().parents[3] / "inventory" / "demo" / "stores.jsonl"
REGIONS = Regions(known=("us", "eu"), default="us")
BESTBUY = {
    "id": 8062,
    "type": "BigBox",
    "name": "Logan",
    "address": "1 Harborside Dr",
    "address2": "Ste 4",
    "city": "Boston",
    "state": "MA",
    "zip": "2128",
    "location": {"lat": 42.37, "lon": -71.02},
    "hours": "Mon: 10-9:30; Thurs: 12-6; Fri: 0-11:59; Sat: 1-12; Sun: closed",
    "services": ["Apple Shop"],
}
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
PLAIN = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | TEXTS
ANYTHING = PLAIN | st.lists(PLAIN, max_size=2) | st.dictionaries(st.sampled_from(["lat", "lon", "x"]), PLAIN)


def written(folder: Path, *rows: Any, name: str = "stores.jsonl") -> Path:
    path = folder / name
    path.write_bytes(b"\n".join(row if isinstance(row, bytes) else orjson.dumps(row) for row in rows))
    return path


def read(*paths: Path, regions: Regions = REGIONS) -> Stores:
    return stores.read(paths, regions=regions)


def problems(found: Stores) -> list[tuple[int, str, str]]:
    return [(problem.position, problem.field, problem.reason) for _path, problem in found.problems]


def test_the_demo_is_in_order() -> None:
    found = read(DEMO)
    assert found.problems == []
    assert found.regions == {"us", "eu"}
    assert len(found.locations) == len(DEMO.read_bytes().splitlines())


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("array", [False, True], ids=["lines", "array"])
def test_lines_and_arrays_are_read_packed_or_not(tmp_path: Path, array: bool, packed: bool) -> None:
    rows = [store_row("a"), store_row("b")]
    data = orjson.dumps(rows) if array else b"\n".join(map(orjson.dumps, rows))
    found = read(written(tmp_path, gzip.compress(data) if packed else data))
    assert list(found.locations) == ["a", "b"]
    assert found.problems == []


def test_texts_are_cleaned_and_empty_fields_count_as_absent(tmp_path: Path) -> None:
    row = store_row("a", name="  Caf&eacute;\t Mart ", phone=None, kind="", country=" de ", services=["pickup"] * 2)
    location = read(written(tmp_path, row)).locations["a"]
    assert (location.name, location.phone, location.kind, location.country) == ("Café Mart", "", "store", "DE")
    assert location.services == (Service.PICKUP,)


def test_a_row_without_region_belongs_to_the_one_that_was_given(tmp_path: Path) -> None:
    path = written(tmp_path, store_row("a", region=None))
    assert read(path, regions=Regions(("us", "eu"), "eu")).regions == {"eu"}


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({"region": "mars"}, "region", "is not one of REDISMART_REGIONS (us, eu)"),
        ({"name": ""}, "name", "is required"),
        ({"id": "a b"}, "id", "must match"),
        ({"kind": "kiosk"}, "kind", "must be 'store' or 'fulfilment'"),
        ({"country": "Germany"}, "country", "is not an ISO 3166 country code"),
        ({"timezone": "CEST"}, "timezone", "is not an IANA time zone"),
        ({"location": {"lat": 91, "lon": 0}}, "location.lat", "must be at most 85.05"),
        ({"location": {"lat": 1}}, "location.lon", "is required"),
        ({"location": "1,2"}, "location", "must be an object"),
        ({"hours": {"mon": ["9", "18"]}}, "hours.mon", "write it as 09:30"),
        ({"services": ["pickup", "drone"]}, "services.1", "must be 'delivery', 'pickup' or 'curbside'"),
        ({"city": "a\0b"}, "city", "NUL character"),
    ],
)
def test_a_row_that_is_wrong_is_left_out_with_its_field_and_the_reason(
    tmp_path: Path, fields: dict[str, Any], field: str, reason: str
) -> None:
    found = read(written(tmp_path, store_row("a"), store_row("b") | fields, store_row("c")))
    assert list(found.locations) == ["a", "c"]
    ((line, wrong, why),) = problems(found)
    assert (line, wrong) == (2, field)
    assert reason in why


def test_every_fault_of_a_row_is_told(tmp_path: Path) -> None:
    found = read(written(tmp_path, store_row("a", city=None, country="X")))
    assert {wrong for _line, wrong, _why in problems(found)} == {"city", "country"}


def test_what_is_no_json_costs_its_own_line_only(tmp_path: Path) -> None:
    found = read(written(tmp_path, store_row("a"), b"{oops", b"[]", store_row("b")))
    assert list(found.locations) == ["a", "b"]
    assert [line for line, _field, _why in problems(found)] == [2, 3]


def test_of_two_rows_with_one_id_the_later_counts(tmp_path: Path) -> None:
    found = read(written(tmp_path, store_row("a", city="Old"), store_row("a", city="New")))
    assert found.locations["a"].city == "New"
    assert problems(found) == [(2, "id", "stands in an earlier row too: this later one counts")]
    assert [problem.kind for _path, problem in found.problems] == [Kind.NOTE]


def test_a_file_damaged_on_the_way_says_so(tmp_path: Path) -> None:
    rows = [store_row(f"s-{number}", street=secrets.token_hex(90)) for number in range(12_000)]
    packed = gzip.compress(b"\n".join(map(orjson.dumps, rows)))
    found = read(written(tmp_path, packed[: len(packed) // 2], name="stores.gz"))
    assert found.locations
    assert "damaged from here on" in problems(found)[-1][2]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"id,name,location\n1,a,b\n", "is CSV"),
        (b'{"sku": "1", "name": "Lamp"}', "no known format of stores"),
        (b"hello", "neither JSON lines"),
    ],
)
def test_a_file_that_holds_no_stores_is_refused(tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(LoadError, match=words):
        read(written(tmp_path, data))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="does not exist"):
        read(tmp_path / "none.jsonl")


# --- Best Buy ---------------------------------------------------------------------------------


def test_a_store_of_best_buy_becomes_a_location(tmp_path: Path) -> None:
    location = read(written(tmp_path, [BESTBUY])).locations["8062"]
    assert location.postcode == "02128"
    assert location.street == "1 Harborside Dr, Ste 4"
    assert (location.country, location.region, location.timezone) == ("US", "us", "America/New_York")
    assert {day.value: list(spans) for day, spans in location.hours.items()} == {
        "mon": [("10:00", "21:30")],
        "thu": [("12:00", "18:00")],
        "fri": [("00:00", "24:00")],
        "sat": [("13:00", "24:00")],
        "sun": [],
    }
    assert set(location.services) == set(Service)


@pytest.mark.parametrize(("kind", "services"), [("Mobile", ("pickup",)), ("Express", ()), ("Other", ())])
def test_small_stores_of_best_buy_offer_less(tmp_path: Path, kind: str, services: tuple[str, ...]) -> None:
    assert read(written(tmp_path, [BESTBUY | {"type": kind}])).locations["8062"].services == services


@pytest.mark.parametrize("hours", ["Mon: 10", "Mon: 25-9", "Moon: 10-9", "always", "Mon: 10-9, Tue: 10-9", None, 5])
def test_hours_of_best_buy_that_are_not_understood_are_rejected_not_guessed(tmp_path: Path, hours: Any) -> None:
    found = read(written(tmp_path, [BESTBUY | {"hours": hours}]))
    assert found.locations == {}
    assert {field.partition(".")[0] for _line, field, _why in problems(found)} == {"hours"}


@given(st.dictionaries(st.sampled_from(sorted(BESTBUY)), ANYTHING))
def test_no_record_of_any_kind_breaks_the_reading(tmp_path_factory: pytest.TempPathFactory, fields: Any) -> None:
    path = written(tmp_path_factory.mktemp("stores"), [BESTBUY | {"id": 1}, BESTBUY | fields])
    found = read(path)
    assert "1" in found.locations
    assert len(found.locations) + len(found.problems) >= 2


@pytest.mark.data
def test_every_store_of_the_real_file_is_read(shared_data: Path) -> None:
    found = read(shared_data / "stores" / "stores.json")
    assert len(found.locations) == 925
    assert found.problems == []
    zones = Counter(location.timezone for location in found.locations.values())
    assert (
        zones["America/New_York"] > zones["America/Chicago"] > zones["America/Los_Angeles"] > zones["Pacific/Honolulu"]
    )
    assert all(location.hours and len(location.postcode) >= 5 for location in found.locations.values())
