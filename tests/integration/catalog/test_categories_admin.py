"""The category tree in the admin: read as a tree, changed with its products, and never left half changed."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from catalog import branches, bulk, operations, queries, tasks
from catalog.models import Category, Product
from catalog.tree import Tree
from redismart.backoffice import actions
from tests import catalogues

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_static_files", "_shop")]
LIST = "/admin/catalog/category/"
PATHS = {
    "in-ear": ("Audio", "Headphones", "In-ear"),
    "over-ear": ("Audio", "Headphones"),
    "speaker": ("Audio", "Speakers"),
    "sofa": ("Home",),
}


@pytest.fixture
def _shop(empty_catalogue: None) -> None:
    products = [catalogues.product(sku, name=sku, categories=path) for sku, path in PATHS.items()]
    catalogues.fill(products)


@pytest.fixture
def editor() -> Client:
    user = User.objects.create_user("sam", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__endswith="_category"))
    client = Client()
    client.force_login(user)
    return client


def address(slug: str, page: str = "change") -> str:
    return reverse(f"admin:catalog_category_{page}", args=[slug])


def change(client: Client, slug: str, **values: Any) -> Any:
    page = client.get(address(slug))
    form = page.context["adminform"].form
    sent = {name: form[name].value() for name in form.fields}
    return client.post(address(slug), {name: "" if value is None else value for name, value in sent.items()} | values)


def paths() -> dict[str, tuple[str, ...]]:
    found = zip(PATHS, Product.find_many(list(PATHS)), strict=True)
    return {sku: product.categories for sku, product in found if product is not None}


def slugs() -> set[str]:
    return set(queries.categories().categories)


def test_the_list_reads_as_a_tree_with_exact_numbers(editor: Client) -> None:
    rows = editor.get(LIST).context["cl"].result_list
    assert [row.pk for row in rows if row.pk.startswith("audio")] == [
        "audio",
        "audio/headphones",
        "audio/headphones/in-ear",
        "audio/speakers",
    ]
    assert {row.pk: row.counted for row in rows} == {
        "audio": 3,
        "audio/headphones": 2,
        "audio/headphones/in-ear": 1,
        "audio/speakers": 1,
        "home": 1,
    }
    assert [row.pk for row in editor.get(LIST, {"q": "speak"}).context["cl"].result_list] == ["audio/speakers"]


def test_a_category_is_added_below_another(editor: Client) -> None:
    answer = editor.post(f"{LIST}add/", {"name": "Sofas & Chairs", "parent": "home", "position": "3"})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    added = queries.categories().categories["home/sofas-chairs"]
    assert (added.path, added.position) == (("Home", "Sofas & Chairs"), 3)
    again = editor.post(f"{LIST}add/", {"name": "sofas chairs", "parent": "home"})
    assert "There is a category" in str(again.context["adminform"].form.errors["name"])


def test_a_renamed_branch_takes_its_products_and_those_below_along(editor: Client) -> None:
    assert change(editor, "audio/headphones", name="Headsets").status_code == 302
    assert slugs() == {"audio", "audio/headsets", "audio/headsets/in-ear", "audio/speakers", "home"}
    assert paths() == PATHS | {"in-ear": ("Audio", "Headsets", "In-ear"), "over-ear": ("Audio", "Headsets")}
    assert branches.count(slugs=["audio/headsets", "audio/headphones"]) == {"audio/headsets": 2, "audio/headphones": 0}
    assert "over-ear" in Client().get("/category/audio/headsets/").content.decode()
    assert branches.moving() == {}


def test_a_branch_moves_to_the_top_and_below_another(editor: Client) -> None:
    assert change(editor, "audio/headphones", parent="").status_code == 302
    assert paths()["in-ear"] == ("Headphones", "In-ear")
    assert change(editor, "headphones", parent="home").status_code == 302
    assert paths()["in-ear"] == ("Home", "Headphones", "In-ear")
    assert slugs() == {"audio", "audio/speakers", "home", "home/headphones", "home/headphones/in-ear"}


def test_a_name_that_only_looks_different_reaches_every_product(
    editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(branches, "PER_BATCH", 1)
    assert change(editor, "audio", name="AUDIO").status_code == 302
    assert {path[0] for sku, path in paths().items() if sku != "sofa"} == {"AUDIO"}
    assert queries.categories().categories["audio/headphones"].path == ("AUDIO", "Headphones")


@pytest.mark.parametrize("spelling", ["Sound", "AUDIO"])
def test_a_move_that_dies_in_the_middle_is_finished_by_the_schedule(
    spelling: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(branches, "PER_BATCH", 1)
    real, calls = bulk.change_products, iter(range(10))

    def dying(**given: Any) -> Any:
        if next(calls) == 1:
            raise ConnectionError("The machine is gone.")
        return real(**given)

    monkeypatch.setattr(bulk, "change_products", dying)
    with pytest.raises(ConnectionError):
        branches.move(slug="audio", to=(spelling,), seconds=60)
    assert len({path[0] for path in paths().values()}) == 3
    monkeypatch.undo()
    tasks.finish_edits.apply()
    assert {path[0] for sku, path in paths().items() if sku != "sofa"} == {spelling}
    assert branches.moving() == {}
    assert {slug.partition("/")[0] for slug in slugs()} == {spelling.lower(), "home"}


def test_what_takes_long_goes_on_by_itself(editor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.admin.categories.MOVING_SECONDS", -1.0)
    answer = change(editor, "audio", name="Sound")
    assert "goes on by itself" in " ".join(map(str, get_messages(answer.wsgi_request)))
    assert "is being moved" in editor.get(LIST).content.decode()
    assert branches.finish_moves(seconds=60) == 0
    assert paths()["speaker"] == ("Sound", "Speakers")


@pytest.mark.parametrize(
    ("slug", "values", "field"),
    [
        ("audio/headphones", {"name": "Speakers"}, "name"),
        ("audio", {"parent": "home"}, "parent"),
        ("audio", {"parent": "audio/headphones"}, "parent"),
        ("audio", {"parent": "no-such"}, "parent"),
        ("audio", {"name": ""}, "name"),
        ("audio", {"name": "x" * 201}, "name"),
        ("audio", {"position": "first"}, "position"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    editor: Client, slug: str, values: dict[str, str], field: str
) -> None:
    answer = change(editor, slug, **values)
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors[field]
    assert paths() == PATHS


def test_no_address_becomes_longer_than_any_can_be(editor: Client) -> None:
    """Of those below it neither: a category that cannot be read would be gone with its branch."""
    assert change(editor, "audio", name="x" * 200).status_code == 302
    long = f"{'x' * 200}/headphones"
    before = slugs()
    assert long in before
    answer = change(editor, long, name="y" * 95)
    assert answer.context["adminform"].form.errors["name"]
    answer = change(editor, "home", name="z" * 150, parent="x" * 200)
    assert answer.context["adminform"].form.errors["name"]
    assert slugs() == before


def test_only_what_is_empty_is_deleted(editor: Client) -> None:
    kept = editor.get(address("audio", "delete")).content.decode()
    assert "3 products are in it" in kept
    assert "3 categories are below it" in kept
    editor.post(address("audio", "delete"), {"post": "yes"})
    assert "audio" in slugs()
    branches.add(category=Category.at(("Empty",)))
    assert editor.post(address("empty", "delete"), {"post": "yes"}).status_code == 302
    assert "empty" not in slugs()


def test_empty_branches_are_deleted_together_and_others_are_told(editor: Client) -> None:
    for path in (("Empty",), ("Empty", "Inside")):
        branches.add(category=Category.at(path))
    sent = {"action": "delete_chosen", "_selected_action": ["empty", "empty/inside", "home"], "confirmed": "yes"}
    answer = editor.post(LIST, sent | {"expected": "3"})
    told = list(map(str, get_messages(answer.wsgi_request)))
    assert told[0] == "2 categories deleted."
    assert told[1].startswith("home: 1 products are in it")
    assert slugs().isdisjoint({"empty", "empty/inside"})


def test_a_branch_larger_than_a_batch_is_deleted_with_one_reading_of_the_tree_each(
    editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    branches.add(category=Category.at(("Empty",)))
    below = [Category.at(("Empty", f"Inside {number}")) for number in range(10)]
    operations.save_categories(categories=below)
    monkeypatch.setattr(actions, "PER_BATCH", 4)
    read, known = [0], queries.categories

    def counted(**asked: bool) -> Tree:
        read[0] += 1
        return known(**asked)

    monkeypatch.setattr(queries, "categories", counted)
    chosen = ["empty", *(category.slug for category in below)]
    sent = {"action": "delete_chosen", "_selected_action": chosen, "confirmed": "yes", "expected": "11"}
    answer = editor.post(LIST, sent)
    assert list(map(str, get_messages(answer.wsgi_request))) == ["11 categories deleted."]
    assert read == [3]
    assert slugs() == {"audio", "audio/headphones", "audio/headphones/in-ear", "audio/speakers", "home"}
