"""The command that measures the ranking against human judgments."""

from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import orjson
import pytest
from django.core.management import CommandError, call_command

from catalog.models import Product
from redismart.redis import connections
from tests import catalogues
from tests.catalogues import product
from tests.redis_nodes import RedisNodes


def evaluate(*arguments: str | Path) -> str:
    out = StringIO()
    call_command("evaluate_search", *map(str, arguments), stdout=out)
    return out.getvalue()


def judgments(path: Path, *judged: tuple[str, dict[str, int]]) -> Path:
    lines = [
        orjson.dumps({"query": query, "judgments": [{"id": sku, "gain": gain} for sku, gain in gains.items()]})
        for query, gains in judged
    ]
    path.write_bytes(b"\n".join(lines) + b"\n\n")
    return path


@pytest.fixture
def lamps(empty_catalogue: None) -> Sequence[Product]:
    products = [
        product("lamp", name="Red lamp"),
        product("bag", name="Bag", description="Red, without a lamp"),
        product("rug", name="Rug"),
    ]
    catalogues.fill(products)
    return products


@pytest.mark.usefixtures("lamps")
def test_the_table_has_a_line_for_each_file_and_one_for_all(tmp_path: Path) -> None:
    right = judgments(tmp_path / "right", ("red lamp", {"lamp": 3, "bag": 0}))
    wrong = judgments(tmp_path / "wrong", ("red lamp", {"rug": 3}), ("rug", {"lamp": 1}))
    table = [line.split() for line in evaluate(right, wrong).splitlines()]
    assert [line[-5:] for line in table[1:]] == [
        ["1", "0", "1.000", "0.100", "1.000"],
        ["1", "1", "0.000", "0.000", "0.000"],
        ["2", "1", "0.500", "0.050", "0.500"],
    ]
    assert [line[0] for line in table] == ["file", str(right), str(wrong), "all"]


@pytest.mark.usefixtures("lamps")
def test_the_order_of_results_counts(tmp_path: Path) -> None:
    (means,) = _means(tmp_path, ("red lamp", {"lamp": 1, "bag": 3}))
    assert means["ndcg"] == pytest.approx((1 + 7 / 1.58496) / (7 + 1 / 1.58496), abs=1e-4)


def _means(folder: Path, *judged: tuple[str, dict[str, int]]) -> list[dict[str, float]]:
    file = judgments(folder / "judgments", *judged)
    evaluate(file, "--json", folder / "figures")
    means = orjson.loads((folder / "figures").read_bytes())["means"]
    return [means[str(file)]]


@pytest.mark.usefixtures("lamps")
def test_the_worst_queries_are_listed_on_demand(tmp_path: Path) -> None:
    file = judgments(tmp_path / "j", ("red lamp", {"lamp": 3}), ("bag", {"rug": 3}), ("rug", {"bag": 2}))
    assert "query" not in evaluate(file)
    listed = evaluate(file, "--worst", "2").splitlines()[-3:]
    assert [line.split()[-1] for line in listed] == ["query", "bag", "rug"]


def test_products_on_later_pages_count_as_found(empty_catalogue: None, tmp_path: Path) -> None:
    catalogues.fill([product(f"{number}", name="Lamp", popularity=float(number * number)) for number in range(40)])
    (means,) = _means(tmp_path, ("lamp", {"0": 3, "39": 3}))
    assert means["recall"] == 1.0
    assert means["precision"] == 0.1


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("not json", "line 1: is not JSON"),
        ("[]", 'line 1: needs a text "query"'),
        ('{"query": " ", "judgments": []}', 'line 1: needs a text "query"'),
        ('\n{"query": "lamp"}', 'line 2: needs "judgments"'),
        ('{"query": "lamp", "judgments": [{"gain": 3}]}', 'a judgment without an "id"'),
        ('{"query": "lamp", "judgments": [{"id": "x", "gain": "3"}]}', 'a "gain" that is no whole number'),
        ('{"query": "lamp", "judgments": [{"id": "x", "gain": 99}]}', 'a "gain" that is no whole number'),
        ('{"query": "lamp", "judgments": [{"id": "x", "gain": 1}]}', "No query has a relevant product"),
        ("", "No query has a relevant product"),
    ],
)
def test_files_that_are_no_judgments_are_refused(
    lamps: list[Product], tmp_path: Path, content: str, problem: str
) -> None:
    (tmp_path / "j").write_text(content)
    with pytest.raises(CommandError, match=problem):
        evaluate(tmp_path / "j")


@pytest.mark.usefixtures("lamps")
def test_files_that_cannot_be_read_or_written_are_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="missing cannot be read: No such file"):
        evaluate(tmp_path / "missing")
    file = judgments(tmp_path / "j", ("lamp", {"lamp": 3}))
    with pytest.raises(CommandError, match="nowhere/figures cannot be written"):
        evaluate(file, "--json", tmp_path / "nowhere" / "figures")


@pytest.mark.usefixtures("lamps")
@pytest.mark.parametrize("worst", ["-1", "x", "²", "1.5"])
def test_a_senseless_number_of_queries_is_refused(tmp_path: Path, worst: str) -> None:
    file = judgments(tmp_path / "j", ("lamp", {"lamp": 3}))
    with pytest.raises(CommandError, match="must be a whole number"):
        evaluate(file, f"--worst={worst}")


@pytest.mark.usefixtures("lamps")
def test_judgments_of_another_catalogue_fail(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="load the catalogue that the judgments are about"):
        evaluate(judgments(tmp_path / "j", ("lamp", {"elsewhere": 3})))


@pytest.mark.usefixtures("lamps")
def test_products_that_are_there_and_not_found_are_no_error(tmp_path: Path) -> None:
    err = StringIO()
    file = judgments(tmp_path / "j", ("lamp", {"rug": 3, "gone": 2, "elsewhere": 0}))
    call_command("evaluate_search", str(file), stdout=StringIO(), stderr=err)
    assert err.getvalue().splitlines() == [
        "The shop lacks 1 of the 2 relevant products: they count as not found.",
        "No relevant product is among the first 100 results of its query.",
    ]


def test_a_shop_without_indexes_says_what_to_do(redis_nodes: RedisNodes, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="create_indexes"):
        evaluate(judgments(tmp_path / "j", ("lamp", {"lamp": 3})))
    assert connections.client("catalog").dbsize() == 0
