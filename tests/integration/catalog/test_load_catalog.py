"""Products get from files into the catalogue, once each, whatever happens on the way."""

import gc
import gzip
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Sequence
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from PIL import Image

from catalog import completions, keyspace, queries
from catalog.models import Category, Product
from catalog.pricing import Pricing
from tests.redis_nodes import ROOT

Row = dict[str, Any]
SOME_REJECTED, NOTHING_DONE, INTERRUPTED = 1, 2, 130
WAIT_SECONDS = 150


def lamp(number: int = 1, **fields: Any) -> Row:
    return {"sku": f"L-{number}", "name": f"Lamp {number}", "price": "9.90", "categories": ["Home", "Lamps"], **fields}


def write(folder: Path, rows: Sequence[Row | bytes], name: str = "products.jsonl") -> Path:
    path = folder / name
    lines = [row if isinstance(row, bytes) else orjson.dumps(row) for row in rows]
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def load(*paths: Path, **options: Any) -> str:
    """Run the command; returns what it said."""
    said = StringIO()
    call_command("load_catalog", *map(str, paths), stdout=said, stderr=said, **options)
    return said.getvalue()


def failing_load(*paths: Path, **options: Any) -> tuple[str, int]:
    """Run the command where it fails; returns what it said and its exit code."""
    said = StringIO()
    with pytest.raises(CommandError) as raised:
        call_command("load_catalog", *map(str, paths), stdout=said, stderr=said, **options)
    return f"{said.getvalue()}{raised.value}", raised.value.returncode


def product(sku: str) -> Product:
    (found,) = Product.find_many([sku])
    assert found is not None, sku
    return found


def reports() -> list[Row]:
    return [
        orjson.loads(line)
        for path in (settings.VAR / "reports").glob("*.jsonl")
        for line in path.read_bytes().splitlines()
    ]


@pytest.fixture(autouse=True)
def _no_old_reports() -> None:
    for path in (settings.VAR / "reports").glob("*.jsonl"):
        path.unlink()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, colour in (("red.jpg", "red"), ("blue.png", "blue")):
        Image.new("RGB", (300, 200), colour).save(folder / name)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff broken")
    return folder


def test_a_product_is_stored_with_all_its_row_says(tmp_path: Path) -> None:
    reviews = [{"author": "Ann", "stars": 5, "title": "Bright", "text": "Very.", "created": "2026-01-02T10:00:00Z"}]
    row = lamp(
        brand="Halvorn", list_price=12.5, description="<p>A lamp.</p>", rating=4.5, rating_count=12, popularity=900
    )
    row |= {
        "attributes": {"Watts": 5, "Dimmable": True},
        "created": "2025-05-01T00:00:00+02:00",
        "reviews": reviews,
        "id": "shop:1",
    }
    assert "1 created, 0 updated" in load(write(tmp_path, [row]))
    found = product("shop:1")
    assert (found.mpn, found.name, found.brand, found.description) == ("L-1", "Lamp 1", "Halvorn", "A lamp.")
    assert (found.price, found.list_price, found.currency) == (Decimal("9.90"), Decimal("12.50"), "USD")
    assert (found.rating, found.rating_count, found.popularity) == (4.5, 12, 900)
    assert found.attributes == {"Watts": 5, "Dimmable": True}
    assert found.created.isoformat() == "2025-05-01T00:00:00+02:00"
    page = queries.product_page(sku="shop:1")
    assert page is not None
    assert [(review.author, review.stars, review.title) for review in page.reviews] == [("Ann", 5, "Bright")]
    assert [category.name for category in page.breadcrumbs] == ["Home", "Lamps"]


def test_keys_that_differ_in_markup_are_different_products(tmp_path: Path) -> None:
    skus = ["A<b>1", "A<c>1", "A&amp;1", "A&1"]
    assert "4 created, 0 updated" in load(write(tmp_path, [lamp(sku=sku, price=n) for n, sku in enumerate(skus)]))
    assert [product(sku).price for sku in skus] == [Decimal(price) for price in range(4)]


def test_what_is_stored_is_what_saving_the_product_would_store(tmp_path: Path) -> None:
    load(write(tmp_path, [lamp(rating=4, attributes={"a": "b"}, brand="Halvorn")]))
    stored = Product.db().execute_command("JSON.GET", keyspace.product("L-1"))
    assert orjson.loads(Product.decoded(stored).encoded()) == orjson.loads(stored)


def test_loading_again_changes_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, [lamp(n, reviews=[{"stars": 4, "text": "Good"}]) for n in range(30)])
    load(path)
    version = Product.db().get(keyspace.VERSION)
    assert "0 created, 0 updated, 30 unchanged" in load(path)
    assert Product.db().get(keyspace.VERSION) == version


def test_a_review_is_stored_once_however_often_its_product_is_loaded(tmp_path: Path) -> None:
    for price in ("1", "2", "3"):
        load(write(tmp_path, [lamp(price=price, reviews=[{"stars": 4, "text": "Good"}, {"stars": 2, "text": "Dim"}])]))
    page = queries.product_page(sku="L-1")
    assert page is not None
    assert (page.review_total, page.product.rating, page.product.rating_count) == (2, 3, 2)


def test_a_changed_row_is_updated_and_keeps_its_age(tmp_path: Path) -> None:
    load(write(tmp_path, [lamp(1), lamp(2)]))
    before = product("L-1")
    assert "0 created, 1 updated, 1 unchanged" in load(write(tmp_path, [lamp(1, price="8.00"), lamp(2)]))
    after = product("L-1")
    assert after.price == Decimal("8.00")
    assert after.created == before.created
    assert after.updated > before.updated


def test_new_exchange_rates_reach_products_that_did_not_change(tmp_path: Path) -> None:
    path = write(tmp_path, [lamp(1), lamp(2, currency="EUR")])
    load(path)
    pricing = Pricing.current()
    try:
        Pricing.configure(Pricing(pricing.currency, pricing.bands, {"EUR": Decimal("1.10")}))
        assert "1 updated, 1 unchanged" in load(path)
    finally:
        Pricing.configure(pricing)
    (cost,) = orjson.loads(Product.db().execute_command("JSON.GET", keyspace.product("L-2"), "$.x.cost"))
    assert cost == 10.89


def test_bad_rows_are_reported_and_cost_no_other(tmp_path: Path) -> None:
    rows: list[Row | bytes] = [
        lamp(1),
        b'{"sku": ',
        lamp(2, price=-1, currency="EURO"),
        b'{"sku": "\xff"}',
        lamp(3, name="x\0"),
        b"[1]",
        lamp(4),
    ]
    said, code = failing_load(write(tmp_path, rows))
    assert code == SOME_REJECTED
    assert "2 created" in said
    assert "5 rejected" in said
    found = reports()
    assert [(problem["line"], problem["field"]) for problem in found] == [
        (2, ""),
        (3, "currency"),
        (3, "price"),
        (4, ""),
        (5, "name"),
        (6, ""),
    ]
    assert found[1] == {
        "file": str(tmp_path / "products.jsonl"),
        "kind": "rejected",
        "line": 3,
        "sku": "L-2",
        "field": "currency",
        "value": "EURO",
        "reason": "is not an ISO 4217 currency code such as USD or EUR",
    }
    assert all(problem["reason"] for problem in found)
    assert queries.total() == 2


def test_a_report_goes_where_it_is_asked_for_and_only_when_there_is_one(tmp_path: Path) -> None:
    report = tmp_path / "here" / "report.jsonl"
    load(write(tmp_path, [lamp()]), report=report)
    assert not report.exists()
    failing_load(write(tmp_path, [lamp(), b"x"]), report=report)
    assert len(report.read_bytes().splitlines()) == 1
    assert not reports()


def test_a_dry_run_checks_everything_and_writes_nothing(tmp_path: Path, pictures: Path) -> None:
    rows = [lamp(1, pictures=["red.jpg"], brand="New"), lamp(2, pictures=["broken.jpg"]), lamp(3, price="x")]
    before = sorted(tmp_path.rglob("*")), sorted(settings.VAR.rglob("*.webp"))
    said, code = failing_load(write(tmp_path, rows), dry_run=True, pictures=pictures)
    assert code == SOME_REJECTED
    assert "2 rows are good, 1 would be rejected. Nothing was written." in said
    assert Product.db().dbsize() == 0
    assert (
        sorted(set(tmp_path.rglob("*")) - {tmp_path / "products.jsonl"}),
        sorted(settings.VAR.rglob("*.webp")),
    ) == before
    assert not reports()


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (None, "none.jsonl", "does not exist"),
        (b"", "empty.jsonl", "is empty"),
        (b"x", "fake.gz", "not gzip"),
        (b"hello", "a.txt", "neither"),
    ],
)
def test_a_file_that_cannot_be_loaded_stops_the_load_before_anything_is_written(
    tmp_path: Path, data: bytes | None, name: str, words: str
) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    said, code = failing_load(write(tmp_path, [lamp()], "good.jsonl"), tmp_path / name)
    assert code == NOTHING_DONE
    assert words in said
    assert queries.total() == 0


def test_the_last_row_of_a_sku_counts_and_that_is_told(tmp_path: Path) -> None:
    rows = [lamp(1, name="first"), lamp(1, name="second"), *(lamp(n) for n in range(2, 30)), lamp(1, name="third")]
    load(write(tmp_path, rows), batch=10)
    assert product("L-1").name == "third"
    assert [(problem["kind"], problem["line"]) for problem in reports()] == [("note", 2), ("note", 31)]


def test_several_files_are_loaded_in_order(tmp_path: Path) -> None:
    first = write(tmp_path, [lamp(1, name="old"), lamp(2)], "a.jsonl")
    second = tmp_path / "b.csv"
    second.write_text("sku;name;price;categories\nL-1;new;5.5;Home > Lamps\n")
    packed = tmp_path / "c.jsonl.gz"
    packed.write_bytes(gzip.compress(orjson.dumps(lamp(3))))
    load(first, second, packed)
    assert (product("L-1").name, product("L-1").price) == ("new", Decimal("5.50"))
    assert queries.total() == 3


def test_brands_and_categories_have_one_spelling(tmp_path: Path) -> None:
    load(write(tmp_path, [lamp(1, brand="Halvorn", categories=["Home & Living"])]))
    load(write(tmp_path, [lamp(2, brand="HALVORN", categories=["HOME  &amp; Living", "Lamps"])]))
    assert product("L-2").brand == "Halvorn"
    assert [category.name for category in queries.categories().mains] == ["Home & Living"]
    assert set(queries.categories().categories) == {"home-living", "home-living/lamps"}


def test_a_category_is_made_once_however_many_products_have_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[str, ...]] = []
    as_it_is = Category.at

    def noted(path: tuple[str, ...]) -> Category:
        made.append(path)
        return as_it_is(path)

    monkeypatch.setattr(Category, "at", noted)
    load(write(tmp_path, [lamp(number) for number in range(40)]), batch=10)
    assert made == [("Home",), ("Home", "Lamps")]
    assert set(queries.categories().categories) == {"home", "home/lamps"}


def test_memory_is_collected_as_usual_after_a_load(tmp_path: Path) -> None:
    usual = gc.get_threshold()
    load(write(tmp_path, [lamp()]))
    failing_load(tmp_path / "missing.jsonl")
    assert gc.get_threshold() == usual
    assert gc.get_freeze_count() == 0


@pytest.mark.parametrize("as_zip", [False, True], ids=["folder", "zip"])
def test_pictures_are_stored_and_bad_ones_are_noted(tmp_path: Path, pictures: Path, as_zip: bool) -> None:
    if as_zip:
        with zipfile.ZipFile(tmp_path / "pictures.zip", "w") as zipped:
            for path in pictures.iterdir():
                zipped.write(path, path.name)
    rows = [
        lamp(1, pictures=["red.jpg", "blue.png", "red.jpg"]),
        lamp(2, pictures=["broken.jpg", "blue.png"]),
        lamp(3, image="none.jpg"),
        lamp(4, image="../products.jsonl"),
    ]
    load(write(tmp_path, rows), pictures=tmp_path / "pictures.zip" if as_zip else pictures)
    assert [len(product(f"L-{n}").pictures) for n in range(1, 5)] == [2, 1, 0, 0]
    picture = product("L-1").pictures[0]
    assert (picture.width, picture.height, picture.alt) == (300, 200, "Lamp 1")
    assert Image.open(BytesIO((settings.MEDIA_ROOT / picture.path("small")).read_bytes())).size == (160, 107)
    notes = [(problem["sku"], problem["value"]) for problem in reports()]
    assert notes == [("L-2", "broken.jpg"), ("L-3", "none.jpg"), ("L-4", "../products.jsonl")]


def test_a_picture_with_new_content_updates_its_product(tmp_path: Path, pictures: Path) -> None:
    path = write(tmp_path, [lamp(1, pictures=["red.jpg"]), lamp(2, pictures=["blue.png"])])
    load(path, pictures=pictures)
    before = product("L-1").pictures
    Image.new("RGB", (30, 20), "green").save(pictures / "red.jpg")
    assert "1 updated, 1 unchanged" in load(path, pictures=pictures)
    assert product("L-1").pictures != before


@pytest.mark.parametrize("named", [{}, {"pictures": None}, {"pictures": ["red.jpg"]}, {"pictures": ["gone.jpg"]}])
def test_a_row_that_brings_no_picture_keeps_those_of_the_product(
    tmp_path: Path, pictures: Path, named: dict[str, object]
) -> None:
    load(write(tmp_path, [lamp(1, pictures=["red.jpg", "blue.png"])]), pictures=pictures)
    before = product("L-1").pictures
    path = write(tmp_path, [lamp(1, name="Another name", **named)])
    load(path)
    after = product("L-1")
    assert [picture.name for picture in after.pictures] == [picture.name for picture in before]
    assert {picture.alt for picture in after.pictures} == {after.name} == {"Another name"}
    assert before[0].name in str(after.projection()["card"])
    assert "0 updated, 1 unchanged" in load(path)


def test_a_row_that_names_an_empty_list_removes_the_product_s_pictures(tmp_path: Path, pictures: Path) -> None:
    load(write(tmp_path, [lamp(1, pictures=["red.jpg"])]), pictures=pictures)
    load(write(tmp_path, [lamp(1, pictures=[])]))
    assert product("L-1").pictures == ()


@pytest.mark.parametrize("batch", [1, 300])
def test_a_later_row_of_the_same_file_keeps_the_pictures_of_an_earlier_one(
    tmp_path: Path, pictures: Path, batch: int
) -> None:
    rows = [lamp(1, pictures=["red.jpg"]), lamp(2), lamp(1, name="Later")]
    load(write(tmp_path, rows), pictures=pictures, batch=batch)
    assert (product("L-1").name, len(product("L-1").pictures)) == ("Later", 1)


def test_pictures_beside_the_data_file_need_no_option(tmp_path: Path, pictures: Path) -> None:
    load(write(pictures, [lamp(1, image="red.jpg")]))
    assert len(product("L-1").pictures) == 1


def test_a_data_set_of_berkeley_objects_is_loaded_with_its_pictures(tmp_path: Path) -> None:
    listings, images = tmp_path / "listings" / "metadata", tmp_path / "images"
    for folder in (listings, images / "metadata", images / "small" / "4b"):
        folder.mkdir(parents=True)
    row = {
        "item_id": "B1",
        "item_name": [{"language_tag": "en_US", "value": "Box"}],
        "main_image_id": "61aa",
        "other_image_id": ["none"],
    }
    (listings / "listings_0.json.gz").write_bytes(gzip.compress(orjson.dumps(row)))
    (images / "metadata" / "images.csv.gz").write_bytes(
        gzip.compress(b"image_id,height,width,path\n61aa,9,9,4b/61aa.jpg\n")
    )
    Image.new("RGB", (9, 9), "red").save(images / "small" / "4b" / "61aa.jpg")
    load(tmp_path)
    assert len(product("B1").pictures) == 1
    assert [problem["value"] for problem in reports()] == ["none"]


def test_a_data_set_whose_table_of_pictures_is_damaged_loads_nothing(tmp_path: Path) -> None:
    row = {"item_id": "B1", "item_name": [{"language_tag": "en_US", "value": "Box"}]}
    (tmp_path / "listings_0.json.gz").write_bytes(gzip.compress(orjson.dumps(row)))
    (tmp_path / "images.csv.gz").write_bytes(gzip.compress(b"image_id,height,width,path\n61aa,9,9,4b/61aa.jpg\n")[:-4])
    said, code = failing_load(tmp_path)
    assert code == NOTHING_DONE
    assert "images.csv.gz cannot be read" in said
    assert queries.total() == 0


def test_the_search_box_completes_what_was_loaded(tmp_path: Path) -> None:
    from catalog.search import Text

    load(write(tmp_path, [lamp(1, name="Quixotic lantern")]))
    assert [found.text for found in completions.suggestions(text=Text.parse("quix"))] == ["Quixotic lantern"]
    load(write(tmp_path, [lamp(2, name="Zephyr lantern")]), no_suggestions=True)
    assert not completions.suggestions(text=Text.parse("zeph"))


def test_a_stop_ends_after_a_batch_and_the_same_command_goes_on(tmp_path: Path) -> None:
    path = write(tmp_path, [lamp(n) for n in range(4_000)])
    with _process(path) as running:
        _wait_for(_progress)
        running.send_signal(signal.SIGINT)
        said, _ = running.communicate(timeout=WAIT_SECONDS)
    assert running.returncode == INTERRUPTED
    assert "Give the same command again" in said
    assert "Traceback" not in said
    done = _progress()
    assert 0 < done < 4_000
    said = load(path, batch=20)
    assert f"going on after {done:,} rows" in said
    assert "4,000 created, 0 updated, 0 unchanged" in said
    assert queries.total() == 4_000
    assert not _progress()


def test_a_killed_load_goes_on_where_it_ended(tmp_path: Path) -> None:
    path = write(tmp_path, [b"broken", *(lamp(n) for n in range(4_000)), b"broken too"])
    with _process(path) as running:
        _wait_for(lambda: _progress() > 200)
        running.kill()
    done = _progress()
    assert 200 < done < 4_000
    said, code = failing_load(path, batch=20)
    assert code == SOME_REJECTED
    assert f"going on after {done:,} rows" in said
    assert "0 updated" in said
    assert "2 rejected" in said
    assert [problem["line"] for problem in reports()] == [1, 4_002]
    assert queries.total() == 4_000
    assert "4,000 unchanged" in failing_load(path)[0]


@pytest.fixture
def interrupted(tmp_path: Path) -> Path:
    """A file whose loading was killed after a rejected row, with its report in ``report.jsonl``."""
    path = write(tmp_path, [b"broken", *(lamp(n) for n in range(2_000)), b"broken too"])
    with _process(path, "--report", str(tmp_path / "report.jsonl")) as running:
        _wait_for(_progress)
        running.kill()
    assert 0 < _progress() < 2_000
    return path


def test_a_table_without_rows_says_so(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("sku,name\n")
    assert "There is no row" in load(tmp_path / "empty.csv")


ANOTHER_REPORT = b'{"file":"other.csv","kind":"rejected","line":9,"reason":"is wrong"}\n'


@pytest.mark.parametrize(
    ("name", "already"),
    [
        ("other.jsonl", b""),
        ("other.jsonl", ANOTHER_REPORT),
        ("other.jsonl", ANOTHER_REPORT * 100),
        ("report.jsonl", ANOTHER_REPORT),
        ("report.jsonl", ANOTHER_REPORT * 100),
    ],
    ids=["another", "another, short", "another, long", "overwritten by a short one", "overwritten by a long one"],
)
def test_a_report_that_is_not_the_interrupted_loads_gets_every_problem(
    interrupted: Path, name: str, already: bytes
) -> None:
    report = interrupted.parent / name
    if already:
        report.write_bytes(already)
    said, code = failing_load(interrupted, report=report)
    assert code == SOME_REJECTED
    assert "going on" not in said
    assert "2 rejected" in said
    assert [orjson.loads(line)["line"] for line in report.read_bytes().splitlines()] == [1, 2_002]
    assert queries.total() == 2_000


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_file_that_is_no_report_is_not_written_over(empty_catalogue: None, tmp_path: Path, dry_run: bool) -> None:
    path = write(tmp_path, [lamp(1), {"name": "no SKU"}])
    before = path.read_bytes()
    said, code = failing_load(path, report=path, dry_run=dry_run)
    assert code == NOTHING_DONE
    assert "is no report: name another file" in said
    assert path.read_bytes() == before
    assert queries.total() == 0


def test_a_load_goes_on_in_its_own_report(interrupted: Path) -> None:
    report = interrupted.parent / "report.jsonl"
    with report.open("ab") as file:
        file.write(b'{"cut off')
    said, _ = failing_load(interrupted, report=report)
    assert "going on after" in said
    assert [orjson.loads(line)["line"] for line in report.read_bytes().splitlines()] == [1, 2_002]


def test_a_restart_begins_again(tmp_path: Path) -> None:
    path = write(tmp_path, [lamp(n) for n in range(4_000)])
    with _process(path) as running:
        _wait_for(_progress)
        running.kill()
    said = load(path, restart=True)
    assert "going on" not in said
    assert "4,000 " not in said.split("updated")[0]


def test_redis_going_away_is_told_with_what_to_do(tmp_path: Path) -> None:
    path = write(tmp_path, [lamp()])
    elsewhere = os.environ | {"REDISMART_REDIS_CATALOG_URL": "redis://127.0.0.1:1/0"}
    command = [sys.executable, "manage.py", "load_catalog", str(path)]
    done = subprocess.run(
        command, cwd=ROOT, env=elsewhere, capture_output=True, text=True, check=False, timeout=WAIT_SECONDS
    )
    assert done.returncode == NOTHING_DONE
    assert "See that it runs" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.data
def test_the_real_catalogue_is_loaded_whole(shared_data: Path) -> None:
    path = shared_data / "products" / "products.jsonl.gz"
    said = load(path, pictures=shared_data, no_suggestions=True)
    assert "14,395 created, 0 updated, 0 unchanged, 0 rejected, 0 notes" in said
    assert queries.total() == 14_395
    assert "14,395 unchanged" in load(path, pictures=shared_data, no_suggestions=True)
    sold = product("bestbuy:8692022")
    assert (sold.popularity, sold.price, sold.attributes["Product type"]) == (
        7298,
        Decimal("24.99"),
        "iPhone Screen Protectors",
    )
    assert product("fashion:10194").pictures
    assert product("esci:B08NY9KWY3").popularity == 605


class _Running(subprocess.Popen[str]):
    """A process that is gone when its block ends."""

    def __exit__(self, *error: Any) -> None:
        self.kill()
        super().__exit__(*error)


def _process(path: Path, *options: str) -> _Running:
    command = [sys.executable, "manage.py", "load_catalog", str(path), "--batch", "20", *options]
    return _Running(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def _progress() -> int:
    """Records that a load which is under way has done."""
    keys = Product.db().scan_iter(match=keyspace.load_progress("*"), count=100_000)
    return max((orjson.loads(Product.db().get(key))["records"] for key in keys), default=0)


def _wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)
