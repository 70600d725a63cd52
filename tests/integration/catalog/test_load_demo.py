"""The demo catalogue is loaded whole, with pictures, and again without a change."""

import gzip
import shutil
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import orjson
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from PIL import Image

from catalog import completions, keyspace, queries
from catalog.demo_pictures import PictureReport
from catalog.management.commands import load_demo
from catalog.models import Category, Product
from catalog.search import Text
from redismart.redis import searched

DEMO = Path(__file__).resolve().parents[3] / "catalog" / "demo"


def run(command: str, *arguments: str) -> str:
    said = StringIO()
    call_command(command, *arguments, stdout=said, stderr=said)
    return said.getvalue()


@pytest.mark.timeout(300)
def test_the_demo_is_loaded_once_with_drawn_pictures_where_npm_is_missing() -> None:
    rows = [orjson.loads(line) for line in (DEMO / "products.jsonl").read_bytes().splitlines()]
    said = run("load_demo", "--no-npm")
    assert f"{len(rows):,} products created" in said
    assert "pictures are drawn, not photos" in said
    assert said.index("Storing the categories, the products") < said.index("Preparing the search")
    assert queries.total() == len(rows)
    products = [found for found in Product.find_many([row["sku"] for row in rows]) if found is not None]
    assert all(found.pictures for found in products)
    assert all((settings.MEDIA_ROOT / found.pictures[0].path("medium")).is_file() for found in products)
    mains = queries.categories().mains
    assert len(mains) >= 12
    assert all(category.picture for category in mains)
    assert [category.position for category in mains] == sorted(category.position for category in mains)
    assert completions.suggestions(text=Text.parse("headph"))
    version = Product.db().get(keyspace.VERSION)
    assert f"0 products created, 0 updated, {len(rows):,} unchanged" in run("load_demo", "--no-npm")
    assert Product.db().get(keyspace.VERSION) == version
    shutil.rmtree(settings.VAR / "demo-pictures")


def test_who_reads_of_pictures_on_their_way_reads_that_all_are_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fetch(*, progress: Callable[[int, int], None], **_options: object) -> PictureReport:
        monkeypatch.setattr(load_demo, "LINE_SECONDS", 0.0)
        progress(536, 555)
        monkeypatch.setattr(load_demo, "LINE_SECONDS", 3_600.0)
        progress(554, 555)
        progress(555, 555)
        return PictureReport(fetched=555, drawn=0, reused=0)

    monkeypatch.setattr(load_demo, "fetch_pictures", fetch)
    said = StringIO()
    load_demo.Command(stdout=said)._fetch(tmp_path, npm=None, quiet=False)
    assert said.getvalue().splitlines() == ["Pictures: 536 of 555.", "Pictures: 555 of 555."]


def test_synonyms_find_what_has_another_name(tmp_path: Path) -> None:
    catalogue, synonyms = tmp_path / "products.jsonl", tmp_path / "synonyms.json"
    catalogue.write_bytes(orjson.dumps({"sku": "1", "name": "Grey couch"}))
    synonyms.write_bytes(orjson.dumps([{"name": "sofa", "terms": ["sofa", "couch"]}]))
    run("load_catalog", str(catalogue))
    assert "1 groups of synonyms are in use" in run("load_synonyms", str(synonyms))
    reply = Product.db().execute_command("FT.SEARCH", keyspace.PRODUCT_INDEX, "sofa", "NOCONTENT", "DIALECT", "2")
    assert reply[0] == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'[{"name": "Not A Slug", "terms": ["a", "b"]}]',
        b'[{"name": "a", "terms": ["one"]}]',
        b'{"a": 1}',
        b'[{"name": "a", "terms": ["", ""]}]',
        b'[{"name": "a", "terms": ["b", "c\\u0000"]}]',
    ],
)
def test_wrong_synonyms_change_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "synonyms.json"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=r"synonyms\.json") as raised:
        run("load_synonyms", str(path))
    assert raised.value.returncode == 2
    assert not Product.db().exists(keyspace.SYNONYM_NAMES)


def test_completions_can_be_built_anew(tmp_path: Path) -> None:
    catalogue = tmp_path / "products.jsonl"
    catalogue.write_bytes(orjson.dumps({"sku": "1", "name": "Quixotic lantern"}))
    run("load_catalog", str(catalogue), "--no-suggestions")
    assert not completions.suggestions(text=Text.parse("quix"))
    assert "completes 1 phrases" in run("rebuild_suggestions")
    assert completions.suggestions(text=Text.parse("quix"))


def test_categories_get_their_picture_order_and_description(tmp_path: Path) -> None:
    Image.new("RGB", (40, 30), "teal").save(tmp_path / "audio.png")
    rows = [
        {"path": ["Books"], "position": 2},
        {"path": ["Audio"], "position": 1, "picture": "audio.png", "description": "All that sounds."},
        {"path": ["Audio", "Tapes"], "picture": "no such.png"},
    ]
    file = tmp_path / "categories.jsonl"
    file.write_bytes(b"\n".join(map(orjson.dumps, rows)))
    said = run("load_categories", str(file))
    assert "3 categories stored" in said
    assert "no such.png" in said
    audio, books = queries.categories().mains
    assert (audio.name, audio.description, books.name) == ("Audio", "All that sounds.", "Books")
    assert audio.picture is not None
    assert (settings.MEDIA_ROOT / audio.picture.path("small")).is_file()


def test_a_dry_run_of_categories_stores_nothing(tmp_path: Path) -> None:
    file = tmp_path / "categories.jsonl"
    file.write_bytes(orjson.dumps({"path": ["Audio"]}))
    searched.ensure(Category)
    assert "nothing was written" in run("load_categories", str(file), "--dry-run")
    assert queries.categories().mains == ()


@pytest.mark.parametrize("content", [b"{", b'{"path": []}', b'{"path": ["a"], "position": "first"}', b"\xff\xfe"])
def test_wrong_categories_change_nothing(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "categories.jsonl"
    file.write_bytes(orjson.dumps({"path": ["Audio"]}) + b"\n" + content)
    searched.ensure(Category)
    with pytest.raises(CommandError) as refused:
        run("load_categories", str(file))
    assert refused.value.returncode == 2
    assert queries.categories().mains == ()


@pytest.mark.parametrize("kept", [slice(None, -5), slice(None, 40)], ids=["cut at its end", "cut short"])
def test_a_damaged_file_of_categories_changes_nothing(tmp_path: Path, kept: slice) -> None:
    file = tmp_path / "categories.jsonl.gz"
    rows = [orjson.dumps({"path": [f"Audio {number}"]}) for number in range(100)]
    file.write_bytes(gzip.compress(b"\n".join(rows))[kept])
    searched.ensure(Category)
    with pytest.raises(CommandError, match=r"is damaged .*: fetch it again") as refused:
        run("load_categories", str(file))
    assert refused.value.returncode == 2
    assert queries.categories().mains == ()
