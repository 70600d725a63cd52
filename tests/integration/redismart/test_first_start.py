"""The demo's first start brings its catalogue, whatever interrupts it; later starts leave the shop as it is."""

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from django.conf import settings

from catalog import operations, queries
from tests import first_start

PRODUCTS = 700

pytestmark = pytest.mark.usefixtures("search_indexes")


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Path]:
    """A demo catalogue of three batches, and an installation that has never seen one."""
    rows = [{"sku": f"L-{n}", "name": f"Lamp {n}", "categories": ["Home"]} for n in range(PRODUCTS)]
    (tmp_path / "products.jsonl").write_bytes(b"\n".join(map(orjson.dumps, rows)))
    (tmp_path / "categories.jsonl").write_bytes(orjson.dumps({"path": ["Home"], "position": 1}))
    (tmp_path / "synonyms.json").write_bytes(orjson.dumps([{"name": "lamp", "terms": ["lamp", "light"]}]))
    shutil.rmtree(settings.VAR / "demo", ignore_errors=True)
    yield tmp_path
    shutil.rmtree(settings.VAR / "demo", ignore_errors=True)


def test_the_first_start_loads_the_catalogue_and_the_second_leaves_it(catalogue: Path) -> None:
    said, code = first_start.start(catalogue)
    assert code == 0, said
    assert "Loading the demo catalogue (once)." in said
    assert f"{PRODUCTS} products created" in said
    assert queries.total() == PRODUCTS
    operations.delete_products(skus=["L-1"])
    assert first_start.start(catalogue) == ("", 0)
    assert queries.total() == PRODUCTS - 1


@pytest.mark.parametrize("batches", [0, 1])
def test_a_first_start_that_is_killed_is_gone_on_with_by_the_next(catalogue: Path, batches: int) -> None:
    said, code = first_start.start(catalogue, killed_after=batches)
    assert code == -signal.SIGKILL, said
    assert queries.total() < PRODUCTS
    said, code = first_start.start(catalogue)
    assert code == 0, said
    assert "Going on with the demo catalogue." in said
    assert queries.total() == PRODUCTS
    assert [category.name for category in queries.categories().mains] == ["Home"]
    assert first_start.start(catalogue) == ("", 0)


def test_a_shop_with_products_of_its_own_gets_no_demo_catalogue(catalogue: Path) -> None:
    from tests.catalogues import product

    operations.save_products(products=[product("ours")])
    assert first_start.start(catalogue) == ("", 0)
    assert queries.total() == 1
