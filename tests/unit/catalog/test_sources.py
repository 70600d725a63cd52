"""Files are recognised by their content, and refused before anything is loaded when they cannot be."""

import gzip
from pathlib import Path

import pytest

from catalog.loading.sources import Consumed, Source, StoppedError, sources
from redismart.loading.problems import LoadError

OWN = b'{"sku": "1", "name": "Lamp"}\n{"sku": "2", "name": "Desk"}\n'
OWN_CSV = b"sku,name\n1,Lamp\n2,Desk\n"
WANDS = b'product_id\tproduct_name\tproduct_class\n1\tLamp, tall\tLamps\n2\t"Desk ""oak"""\tDesks\n'
BESTBUY = b'[{"sku": 1, "name": "Lamp", "category": []},\n{"sku": 2, "name": "Desk", "category": []}]'
ABO = b'{"item_id": "1", "item_name": [{"language_tag": "en_US", "value": "Lamp"}]}\n' * 2


def written(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def names(source: Source) -> list[str]:
    records = source.records(skip=0, consumed=Consumed(source.size))
    return [source.adapter.adapt(record.fields)["name"] for record in records]


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["", "marked"])
@pytest.mark.parametrize(
    ("data", "adapter", "second"),
    [
        (OWN, "own", "Desk"),
        (OWN_CSV, "own", "Desk"),
        (WANDS, "wands", 'Desk "oak"'),
        (BESTBUY, "bestbuy", "Desk"),
        (ABO, "abo", "Lamp"),
    ],
    ids=["own", "own-csv", "wands", "bestbuy", "abo"],
)
def test_every_format_is_read_from_every_packing(
    tmp_path: Path, data: bytes, adapter: str, second: str, mark: bytes, packed: bool
) -> None:
    path = written(tmp_path, "data", gzip.compress(mark + data) if packed else mark + data)
    (source,) = sources([path])
    assert adapter == source.adapter.NAME
    assert names(source)[1] == second


def test_a_format_can_be_named(tmp_path: Path) -> None:
    path = written(tmp_path, "data.jsonl", OWN)
    assert sources([path], format_name="bestbuy")[0].adapter.NAME == "bestbuy"


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.jsonl", b"", "is empty"),
        ("a.jsonl", b"  \n\n", "is empty"),
        ("a.jsonl.gz", OWN, "named .gz but is not gzip"),
        ("a.csv", OWN_CSV.decode().encode("utf-16"), "UTF-16"),
        ("a.csv", OWN_CSV.decode().encode("utf-32"), "UTF-32"),
        ("a.json", b'{"title": "x"}\n', "no known format"),
        ("a.json", b'{\n  "products": []\n}', "over several lines"),
        ("a.csv", b"title,cost\nx,1\n", "no known format"),
        ("a.txt", b"hello world\n", "neither JSON lines"),
        ("a.bin", bytes(range(256)), "neither JSON lines"),
        ("a.gz", gzip.compress(OWN, mtime=0)[:20], "cannot be read"),
    ],
    ids=lambda value: value if isinstance(value, str) else "content",
)
def test_a_file_that_cannot_be_loaded_is_refused_with_what_to_do(
    tmp_path: Path, name: str, data: bytes, words: str
) -> None:
    with pytest.raises(LoadError, match=words):
        sources([written(tmp_path, name, data)])


def test_a_file_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="does not exist"):
        sources([tmp_path / "none.jsonl"])


def test_a_folder_is_searched_for_a_data_set(tmp_path: Path) -> None:
    for number in (1, 0):
        written(tmp_path, f"listings/metadata/listings_{number}.json.gz", gzip.compress(ABO))
    written(tmp_path, "images/metadata/images.csv", b"image_id,height,width,path\n")
    assert [source.path.name for source in sources([tmp_path])] == ["listings_0.json.gz", "listings_1.json.gz"]


def test_the_products_of_wands_are_found_among_its_files(tmp_path: Path) -> None:
    for name in ("query.csv", "label.csv", "product.csv"):
        written(tmp_path, f"dataset/{name}", WANDS)
    assert [source.path.name for source in sources([tmp_path])] == ["product.csv"]


def test_a_folder_without_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="name the file itself"):
        sources([tmp_path])


def test_a_file_damaged_on_the_way_ends_with_a_record_that_says_so(tmp_path: Path) -> None:
    chaff = b"".join(b'{"sku": "%d", "name": "%s"}\n' % (n, n.to_bytes(8, "big").hex().encode()) for n in range(50_000))
    packed = gzip.compress(chaff)
    (source,) = sources([written(tmp_path, "a.gz", packed[: len(packed) // 2])])
    records = list(source.records(skip=0, consumed=Consumed(source.size)))
    assert len(records) > 1_000
    assert "damaged from here on" in records[-1].problem


@pytest.mark.parametrize(
    ("name", "begin", "unit"),
    [
        ("long.jsonl", OWN, b"x" * 1024),
        ("long.json", b'[{"sku": "1", "name": "Lamp"}', b', {"sku": "2", "name": "Desk"}' * 30),
        ("long.csv", OWN_CSV, b"3,Shelf\n" * 100),
    ],
)
@pytest.mark.parametrize("skip", [0, 10**9], ids=["reading", "skipping"])
def test_reading_ends_soon_after_someone_asks(tmp_path: Path, name: str, begin: bytes, unit: bytes, skip: int) -> None:
    (source,) = sources([written(tmp_path, name, begin + unit * 20_000)])
    consumed, asked = Consumed(source.size), iter([False] * 4)
    reached = 0

    def stopping() -> bool:
        nonlocal reached
        reached = consumed.bytes
        return next(asked, True)

    with pytest.raises(StoppedError):
        list(source.records(skip=skip, consumed=consumed, stopping=stopping))
    assert reached < source.size / 2


def test_a_fingerprint_changes_with_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", OWN)
    before = sources([path])[0].fingerprint
    assert sources([path])[0].fingerprint == before
    path.write_bytes(OWN + OWN)
    assert sources([path])[0].fingerprint != before
