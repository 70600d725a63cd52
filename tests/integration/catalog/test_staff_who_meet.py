"""Several of staff who do one thing at the same moment: it is done once, by one of them."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import ModuleType
from typing import Any

import orjson
import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import quote
from django.contrib.messages import get_messages
from django.urls import reverse

from catalog import branches, editing, moderation, operations, queries, reviews
from catalog.models import Category, Product, Review
from tests import catalogues
from tests.fuzzing import root, status

pytestmark = pytest.mark.usefixtures("_shop")
MANY = 20
SAID = [f"lamp:{author}" for author in range(5)]


@pytest.fixture
def _shop(empty_catalogue: None) -> None:
    catalogues.fill([catalogues.product("lamp", name="Lamp"), catalogues.product("rug", name="Rug")])
    for author in range(5):
        write(author)


def write(author: int, text: str = "Bright") -> None:
    reviews.write(sku="lamp", author_id=str(author), author="Ada", stars=4, title="Good", text=text)


def together(work: Callable[[], Sequence[str]]) -> list[str]:
    """What everybody is told they have done, when all do it at once."""
    begun = Barrier(MANY)

    def done(_who: int) -> Sequence[str]:
        begun.wait()
        return work()

    with ThreadPoolExecutor(MANY) as pool:
        return sorted(pk for told in pool.map(done, range(MANY)) for pk in told)


def stored(review_id: str) -> dict[str, Any]:
    told: dict[str, Any] = orjson.loads(Review.db().execute_command("JSON.GET", Review.key_of(review_id)))
    return told


def rated() -> tuple[float | None, int]:
    (lamp,) = Product.find_readable(["lamp"])
    return lamp.rating, lamp.rating_count


@pytest.mark.parametrize("hidden", [True, False])
def test_a_review_is_hidden_and_shown_by_one_of_them(hidden: bool) -> None:
    reviews.hide(review_ids=SAID, hidden=not hidden)
    assert together(lambda: reviews.hide(review_ids=SAID, hidden=hidden)) == SAID
    assert rated() == ((None, 0) if hidden else (4.0, 5))


def test_who_hide_and_who_show_leave_each_review_one_or_the_other() -> None:
    turns = iter([True, False] * MANY)
    together(lambda: reviews.hide(review_ids=SAID, hidden=next(turns)) and [])
    found = [stored(review_id) for review_id in SAID]
    assert [bool(each["x"].get("hidden")) for each in found] == [each["hidden"] for each in found]
    assert rated()[1] == [each["hidden"] for each in found].count(False)


def test_a_review_is_deleted_by_one_of_them() -> None:
    assert together(lambda: editing.delete_reviews(review_ids=SAID)) == SAID
    assert rated() == (None, 0)


def test_a_product_is_deleted_by_one_of_them() -> None:
    assert together(lambda: operations.delete_products(skus=["lamp", "rug"])) == ["lamp", "rug"]


def test_an_empty_category_is_deleted_by_one_of_them() -> None:
    branches.add(category=Category.at(("Empty",)))
    assert together(lambda: [] if branches.remove_many(slugs=["empty"]) else ["empty"]) == ["empty"]
    assert "empty" not in queries.categories().categories


@pytest.mark.django_db
@pytest.mark.usefixtures("_static_files")
@pytest.mark.parametrize(
    ("model", "pk", "kind", "name", "given"),
    [
        ("product", "lamp", operations, "delete_products", {"skus": ["lamp"]}),
        ("review", SAID[0], editing, "delete_reviews", {"review_ids": [SAID[0]]}),
        ("category", "empty", branches, "remove_many", {"slugs": ["empty"]}),
    ],
)
def test_who_comes_second_to_a_deletion_is_told_and_is_not_in_its_history(
    model: str, pk: str, kind: ModuleType, name: str, given: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    branches.add(category=Category.at(("Empty",)))
    remove = getattr(kind, name)

    def late(**asked: Any) -> Any:
        """Another has removed it after the page was asked for, and before this has."""
        remove(**given)
        return remove(**asked)

    monkeypatch.setattr(kind, name, late)
    answer = root().post(reverse(f"admin:catalog_{model}_delete", args=[quote(pk)]), {"post": "yes"})
    assert status(answer) == 302
    (said,) = map(str, get_messages(answer.wsgi_request))
    assert "deleted?" in said or "not there any more" in said
    assert not LogEntry.objects.exists()


def test_what_is_hidden_while_its_author_rewrites_it_stays_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    known, due = moderation._known, [SAID[0]]

    def read(review_ids: Sequence[str]) -> moderation.Known:
        told = known(review_ids)
        if due:
            reviews.hide(review_ids=[due.pop()], hidden=True)
        return told

    monkeypatch.setattr(moderation, "_known", read)
    write(0, "Brighter")
    assert (stored(SAID[0])["hidden"], stored(SAID[0])["text"]) == (True, "Brighter")
    assert rated() == (4.0, 4)
