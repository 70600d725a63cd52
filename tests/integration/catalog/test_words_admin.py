"""Synonyms and completions in the admin: what staff adds or takes out is what shoppers find."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from catalog import completions, keyspace, operations, tasks, wording
from catalog.models import Product, SynonymGroup
from catalog.search import Text
from redismart.redis import indexes
from tests import catalogues

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_static_files", "_shop")]
GROUPS, COMPLETIONS = "/admin/catalog/synonyms/", "/admin/catalog/suggestion/"


@pytest.fixture
def _shop(empty_catalogue: None) -> None:
    catalogues.fill(
        [
            catalogues.product("sofa", name="Red sofa", brand="Softly", categories=("Furniture",)),
            catalogues.product("lamp", name="Ugly lamp", brand="Lumen", categories=("Lamps",)),
        ]
    )
    operations.rebuild_suggestions()


@pytest.fixture
def editor() -> Client:
    user = User.objects.create_user("sam", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__regex="_(synonyms|suggestion)$"))
    client = Client()
    client.force_login(user)
    return client


def finds(text: str) -> bool:
    indexes.wait_until_complete(Product.db(), keyspace.PRODUCT_INDEX)
    return "/product/sofa/" in Client().get("/search/", {"q": text}).content.decode()


def change_group(client: Client, name: str, terms: str) -> Any:
    address = reverse("admin:catalog_synonyms_change", args=[name])
    since = client.get(address).context["adminform"].form["since"].value()
    return client.post(address, {"terms": terms, "since": since})


def offered(text: str) -> set[str]:
    return {found.text for found in completions.suggestions(text=Text.parse(text))}


def test_what_must_look_in_one_way_is_typed_in_one_line(editor: Client) -> None:
    form = editor.get(f"{GROUPS}add/").context["adminform"].form
    assert (form.fields["name"].widget.input_type, "rows" in form.fields["terms"].widget.attrs) == ("text", True)


def test_a_group_of_synonyms_is_added_changed_and_deleted(editor: Client) -> None:
    assert not finds("couch")
    answer = editor.post(f"{GROUPS}add/", {"name": "seats", "terms": "sofa\ncouch"})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert finds("couch")
    assert change_group(editor, "seats", "sofa\ncouch\ndivan").status_code == 302
    assert finds("divan")
    assert change_group(editor, "seats", "sofa\ndivan").status_code == 302
    tasks.finish_edits.apply()
    assert finds("divan")
    assert not finds("couch")
    assert editor.post(f"{GROUPS}seats/delete/", {"post": "yes"}).status_code == 302
    assert "is being built anew" in editor.get(GROUPS).content.decode()
    tasks.finish_edits.apply()
    assert not finds("divan")
    assert finds("sofa")
    assert wording.groups() == []
    assert not wording.synonyms_are_stale()


def test_an_index_that_is_built_anew_ends_as_the_one_it_was(editor: Client) -> None:
    assert Product.search_index is not None
    client, name = Product.db(), Product.search_index.versioned_name()
    wording.add_group(values={"name": "seats", "terms": ("sofa", "couch")})
    indexes.rebuild(client, Product.search_index, created=Product.index_created)
    names = [each for each in client.execute_command("FT._LIST") if each.startswith(f"{Product.search_index.alias}:")]
    assert names == [name]
    assert finds("couch")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "Seats!", "terms": "sofa\ncouch"}, "name"),
        ({"name": "seats", "terms": "sofa"}, "terms"),
        ({"name": "seats", "terms": ""}, "terms"),
        ({"name": "seats", "terms": "sofa\n" + "x" * 101}, "terms"),
        ({"name": "seats", "terms": "\n".join(map(str, range(51)))}, "terms"),
    ],
)
def test_a_group_that_cannot_be_is_refused(editor: Client, values: dict[str, str], field: str) -> None:
    answer = editor.post(f"{GROUPS}add/", values)
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors[field]
    assert SynonymGroup.find_many(["seats"]) == [None]


def test_two_who_change_a_group_do_not_overwrite_each_other(editor: Client) -> None:
    wording.add_group(values={"name": "seats", "terms": ("sofa", "couch")})
    address = reverse("admin:catalog_synonyms_change", args=["seats"])
    since = editor.get(address).context["adminform"].form["since"].value()
    change_group(editor, "seats", "sofa\nsettee")
    assert editor.post(address, {"terms": "sofa\ndivan", "since": since}).status_code == 409


def test_a_blocked_completion_is_gone_at_once_and_for_good(editor: Client) -> None:
    assert "Ugly lamp" in offered("ugly")
    rows = editor.get(COMPLETIONS, {"q": "ug"}).context["cl"].result_list
    assert [row.pk for row in rows] == ["Ugly lamp"]
    sent = {"action": "block", "_selected_action": "Ugly lamp"}
    assert "Never offer" in editor.post(COMPLETIONS, sent).content.decode()
    answer = editor.post(COMPLETIONS, sent | {"confirmed": "yes", "expected": "1"})
    assert [str(message) for message in get_messages(answer.wsgi_request)] == ["1 completion blocked."]
    assert offered("ugly") == set()
    operations.rebuild_suggestions()
    assert offered("ugly") == set()
    assert "Lamps" in offered("lamp")
    assert [row.pk for row in editor.get(COMPLETIONS, {"blocked": "yes"}).context["cl"].result_list] == ["ugly lamp"]
    sent = {"action": "unblock", "_selected_action": "ugly lamp", "confirmed": "yes", "expected": "1"}
    editor.post(COMPLETIONS, sent)
    operations.rebuild_suggestions()
    assert "Ugly lamp" in offered("ugly")


def test_a_text_is_blocked_before_anybody_is_offered_it(editor: Client) -> None:
    assert editor.post(f"{COMPLETIONS}add/", {"text": " SOFTLY  "}).status_code == 302
    assert wording.blocked() == ["softly"]
    operations.rebuild_suggestions()
    assert "Softly" not in offered("softly")


def test_completions_are_built_anew_by_a_press(editor: Client) -> None:
    assert editor.get(f"{COMPLETIONS}rebuild/").status_code == 405
    assert editor.post(f"{COMPLETIONS}rebuild/").status_code == 302
    page = editor.get(COMPLETIONS).content.decode()
    assert re.search(r"<button[^>]*data-rebuild", page)
