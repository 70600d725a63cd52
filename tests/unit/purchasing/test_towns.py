"""What people type is found: by name in any language, with its state or country, by ZIP code or a store's postcode."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from purchasing import gazetteer, towns
from purchasing.gazetteer import Gazetteer, fold
from purchasing.towns import TownsUnavailableError
from tests import stores
from tests.redis_nodes import ROOT

MEMORY = """
import resource, sys
from pathlib import Path
from purchasing.gazetteer import Gazetteer
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
opened = Gazetteer(Path(sys.argv[1]))
assert opened.named("springfield")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
MOST_KB = 16_384


def labels(text: str, country: str = "") -> list[str]:
    return [place.label for place in towns.find(text=text, country=country)]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Springfield, IL", "Springfield, IL, United States"),
        ("springfield illinois", "Springfield, IL, United States"),
        ("Portland ME", "Portland, ME, United States"),
        ("Paris", "Paris, France"),
        ("PARIS, Texas, USA", "Paris, TX, United States"),
        ("sao paulo", "São Paulo, Brazil"),
        ("münchen", "Munich, Germany"),
        ("Muenchen", "Munich, Germany"),
        ("Köln, Deutschland", "Köln, Germany"),
        ("Lodz", "Łódź, Poland"),
        ("東京", "Tokyo, Japan"),
        ("London, Ontario", "London, Ontario, Canada"),
        ("london, uk", "London, United Kingdom"),
        ("St Louis", "St. Louis, MO, United States"),
        ("10117 Berlin", "Berlin, Germany"),
        ("Berlin 10117", "Berlin, Germany"),
        ("10001", "New York, NY, United States"),
        (" 94103-1234 ", "San Francisco, CA, United States"),
        ("Woodstock, VT", "Woodstock, VT, United States"),
    ],
)
def test_a_place_is_found_as_people_write_it(text: str, label: str) -> None:
    assert labels(text)[0] == label


def test_several_of_a_name_are_offered_the_largest_first() -> None:
    assert labels("Springfield")[:3] == [f"Springfield, {state}, United States" for state in ("MO", "MA", "IL")]
    assert len(labels("Springfield")) == towns.MOST_PLACES


def test_a_town_that_had_the_name_only_once_is_left_out() -> None:
    assert "Oshkosh" not in " ".join(labels("Brooklyn"))


def test_other_countries_can_be_left_out() -> None:
    assert labels("Paris", country="US")[0] == "Paris, TX, United States"


def test_a_store_is_found_by_its_postcode_before_all_else() -> None:
    leith = stores.location(
        "leith", city="Edinburgh", country="GB", postcode="EH6 6JJ", location={"lat": 56, "lon": -3}
    )
    zipped = stores.location("zip", city="Kleinstadt", country="DE", postcode="10001", location={"lat": 50, "lon": 8})
    assert [place.name for place in towns.find(text="eh66jj", stores=[leith, zipped])] == ["Edinburgh"]
    assert [place.name for place in towns.find(text="10001", stores=[leith, zipped])] == ["Kleinstadt"]


@pytest.mark.parametrize("text", ["", "   ", ",,,,", "99999999", "no such place", "x" * 100_000, "\x00\ud800", "'; --"])
def test_what_is_no_place_finds_none(text: str) -> None:
    assert labels(text) == []


@given(st.text(max_size=300))
def test_nothing_that_is_typed_breaks_it(text: str) -> None:
    assert len(towns.find(text=text)) <= towns.MOST_PLACES


@given(st.text(max_size=50))
@example("\U0001d4d0")
def test_folding_a_name_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("where", "near"),
    [
        ({"city": "New York", "state": "NY", "postcode": "10001", "country": "US"}, (40.7, -74.0)),
        ({"city": "Springfield", "state": "Illinois", "postcode": "", "country": "US"}, (39.8, -89.6)),
        ({"city": "nowhere", "state": "", "postcode": "12345", "country": "DE"}, (52.5, 13.4)),
        ({"city": "Paris", "state": "", "postcode": "75003", "country": "FR"}, (48.9, 2.3)),
    ],
)
def test_every_address_is_somewhere(where: dict[str, str], near: tuple[float, float]) -> None:
    point = towns.of_address(**where)
    assert point is not None
    assert (point.lat, point.lon) == pytest.approx(near, abs=0.2)


def test_an_address_in_a_country_without_towns_is_nowhere() -> None:
    assert towns.of_address(city="Camp", state="", postcode="", country="AQ") is None


def test_a_process_that_opens_it_needs_little_memory() -> None:
    opened = towns._opened.folder
    assert opened is not None
    towns.find(text="Paris")
    command = [sys.executable, "-c", MEMORY, str(gazetteer.file_in(opened))]
    took = int(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    assert took < MOST_KB


def test_a_file_that_was_cut_short_is_refused(tmp_path: Path) -> None:
    opened = towns._opened.folder
    assert opened is not None
    towns.find(text="Paris")
    whole = gazetteer.file_in(opened).read_bytes()
    (tmp_path / "cut.bin").write_bytes(whole[:-1])
    with pytest.raises(ValueError, match="only a part"):
        Gazetteer(tmp_path / "cut.bin")


def test_a_folder_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    before = towns._opened.folder
    assert before is not None
    towns.configure(folder=tmp_path / "file")
    try:
        with pytest.raises(TownsUnavailableError, match="cannot be written"):
            towns.find(text="Paris")
    finally:
        towns.configure(folder=before)
