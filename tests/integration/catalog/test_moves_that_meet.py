"""Categories that several change at once: one move wins, others are told, and no product stays half way."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest

from catalog import branches, bulk, keyspace, moves, operations, queries
from catalog.branches import BranchError
from catalog.models import Category, Product
from redismart.redis import editing
from redismart.redis.editing import ConflictError, GoneError
from tests import catalogues

pytestmark = pytest.mark.usefixtures("_shop")
SKUS = [f"{number:03}" for number in range(24)]
STAMPED = ("name", "parent", "position", "description", "slug", "path")
TOLD = (BranchError, ConflictError, GoneError)


@pytest.fixture
def _shop(empty_catalogue: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(branches, "PER_BATCH", 5)
    below = [("Audio", "Headphones"), ("Audio", "Speakers"), ("Home",)]
    products = [catalogues.product(sku, categories=below[int(sku) % 3]) for sku in SKUS]
    catalogues.fill(products)


def places() -> Counter[tuple[str, ...]]:
    return Counter(product.categories for product in Product.find_readable(SKUS))


def slugs() -> set[str]:
    return set(queries.categories().categories)


def press(slug: str, *to: str, since: str) -> None:
    """As the form of a category does it."""
    branches.change(slug=slug, fields=STAMPED, since=since, values={}, to=to)
    branches.go_on(slug=slug, seconds=60)


def stamp(slug: str) -> str:
    return editing.stamp(queries.categories().categories[slug], STAMPED)


def raced(*works: Callable[[], object]) -> list[Exception | None]:
    """What became of things that are done at the same moment."""
    together = Barrier(len(works))

    def done(work: Callable[[], object]) -> Exception | None:
        together.wait()
        try:
            work()
        except TOLD as error:
            return error
        return None

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(done, works))


def in_the_middle(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], None]) -> None:
    """Have something happen once, when a move has begun to move products."""
    real, due = bulk.change_products, [meanwhile]

    def interrupted(**given: Any) -> list[str]:
        done = real(**given)
        while due:
            due.pop()()
        return done

    monkeypatch.setattr(bulk, "change_products", interrupted)


def test_of_two_new_names_at_once_one_wins_with_everything_and_the_other_is_told() -> None:
    for turn in range(12):
        renaming, wanted = partial(press, "audio", since=stamp("audio")), [f"Sound {turn}", f"Noise {turn}"]
        ends = raced(*(partial(renaming, to) for to in wanted))
        (name,) = [to for to, end in zip(wanted, ends, strict=True) if end is None]
        assert places() == {(name, "Headphones"): 8, (name, "Speakers"): 8, ("Home",): 8}
        now = name.lower().replace(" ", "-")
        assert slugs() == {now, f"{now}/headphones", f"{now}/speakers", "home"}
        assert branches.moving() == {}
        branches.move(slug=now, to=("Audio",), seconds=60)


@pytest.mark.parametrize(
    ("slug", "to"),
    [
        ("audio", ("Noise",)),
        ("audio", ("Sound",)),
        ("audio/headphones", ("Audio", "Headsets")),
        ("home", ("Sound",)),
        ("home", ("Audio", "Home")),
        ("home", ("Sound", "Home")),
    ],
)
def test_nothing_goes_where_another_move_is_under_way(
    slug: str, to: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile() -> None:
        with pytest.raises(BranchError, match="'audio' is being moved to Sound"):
            branches.move(slug=slug, to=to, seconds=60)
        with pytest.raises(BranchError, match="'audio' is being moved to Sound"):
            press(slug, *to, since=stamp(slug))

    in_the_middle(monkeypatch, meanwhile)
    assert branches.move(slug="audio", to=("Sound",), seconds=60) == 0
    assert places() == {("Sound", "Headphones"): 8, ("Sound", "Speakers"): 8, ("Home",): 8}
    assert slugs() == {"sound", "sound/headphones", "sound/speakers", "home"}


def test_two_branches_that_go_to_one_place_are_not_made_one() -> None:
    ends = raced(
        lambda: press("audio/headphones", "Loud", since=stamp("audio/headphones")),
        lambda: press("audio/speakers", "Loud", since=stamp("audio/speakers")),
    )
    assert [end is None for end in ends].count(True) == 1
    assert places()[("Loud",)] == 8


def test_moves_that_have_nothing_in_common_go_on_beside_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    in_the_middle(monkeypatch, lambda: press("home", "House", since=stamp("home")))
    branches.move(slug="audio/headphones", to=("Audio", "Headsets"), seconds=60)
    assert places() == {("Audio", "Headsets"): 8, ("Audio", "Speakers"): 8, ("House",): 8}


@pytest.mark.parametrize("name", ["Sound", "AUDIO"])
def test_who_was_held_up_until_a_move_was_over_undoes_nothing_of_what_came_after(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile() -> None:
        branches.finish_moves(seconds=60)
        branches.move(slug=name.lower(), to=("Audio",), seconds=60)

    in_the_middle(monkeypatch, meanwhile)
    assert branches.move(slug="audio", to=(name,), seconds=60) == 0
    assert places() == {("Audio", "Headphones"): 8, ("Audio", "Speakers"): 8, ("Home",): 8}
    assert slugs() == {"audio", "audio/headphones", "audio/speakers", "home"}
    assert Category.db().hgetall(keyspace.RESPELT) == {}


def test_several_that_go_on_with_one_move_finish_it_once() -> None:
    assert branches.move(slug="audio", to=("Sound",), seconds=-1) > 0
    assert raced(*[partial(branches.finish_moves, seconds=60)] * 4) == [None] * 4
    assert places() == {("Sound", "Headphones"): 8, ("Sound", "Speakers"): 8, ("Home",): 8}
    assert slugs() == {"sound", "sound/headphones", "sound/speakers", "home"}


def test_what_a_load_brings_into_a_branch_on_its_way_goes_along(monkeypatch: pytest.MonkeyPatch) -> None:
    def load() -> None:
        operations.save_categories(categories=[Category.at(("Audio",)), Category.at(("Audio", "New"))])
        Product.model_validate(catalogues.product("new", categories=("Audio", "New"))).save()

    in_the_middle(monkeypatch, load)
    branches.move(slug="audio", to=("Sound",), seconds=60)
    assert Product.find_readable(["new"])[0].categories == ("Sound", "New")
    assert slugs() == {"sound", "sound/headphones", "sound/speakers", "sound/new", "home"}


def test_a_product_that_cannot_be_read_holds_no_move_up() -> None:
    Product.db().execute_command("JSON.SET", keyspace.product("000"), "$.price", '"dear"')
    assert branches.move(slug="audio/headphones", to=("Headsets",), seconds=20) == 0
    assert branches.moving() == {}
    assert places() == {("Headsets",): 7, ("Audio", "Speakers"): 8, ("Home",): 8}
    assert branches.count(slugs=["audio/headphones"]) == {"audio/headphones": 1}
    assert "audio/headphones" in slugs()


def adding() -> None:
    branches.add(category=Category.at(("Audio", "New")))


def removing() -> None:
    branches.remove(slug="audio/empty")


def describing() -> None:
    branches.change(slug="audio", fields=STAMPED, since=stamp("audio"), values={"description": "Loud."})


@pytest.mark.parametrize("changes", [adding, removing, describing])
def test_a_branch_on_its_way_is_not_changed(changes: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> None:
        with pytest.raises(BranchError, match="is being moved"):
            changes()

    branches.add(category=Category.at(("Audio", "Empty")))
    in_the_middle(monkeypatch, refused)
    branches.move(slug="audio", to=("Sound",), seconds=60)
    assert slugs() == {"sound", "sound/headphones", "sound/speakers", "sound/empty", "home"}


def test_a_move_that_was_noted_by_its_names_alone_is_finished() -> None:
    Category.db().hset(keyspace.MOVES, "audio", '["Sound"]')
    assert branches.finish_moves(seconds=60) == 0
    assert places() == {("Sound", "Headphones"): 8, ("Sound", "Speakers"): 8, ("Home",): 8}
    assert branches.moving() == {}


def test_a_category_that_gets_another_below_it_as_it_is_deleted_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    branches.add(category=Category.at(("Lamps",)))
    real, due = branches._there, [partial(branches.add, category=Category.at(("Lamps", "Desk")))]

    def late(slugs: list[str]) -> list[str]:
        while due:
            due.pop()()
        return real(slugs)

    monkeypatch.setattr(branches, "_there", late)
    assert branches.remove_many(slugs=["lamps"]) == {"lamps": "1 categories are below it: move or delete those first."}
    assert {"lamps", "lamps/desk"} <= slugs()


def test_a_category_that_a_load_brings_as_a_move_ends_goes_along(monkeypatch: pytest.MonkeyPatch) -> None:
    real, due = moves.end, [Category.at(("Audio", "Late"))]

    def late(pipeline: Any, move: moves.Move) -> None:
        while due:
            operations.save_categories(categories=[due.pop()])
        real(pipeline, move)

    monkeypatch.setattr(moves, "end", late)
    branches.move(slug="audio", to=("Sound",), seconds=60)
    assert {slug for slug in slugs() if "late" in slug} == {"sound/late"}
