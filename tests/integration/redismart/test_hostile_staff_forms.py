"""Forms of the admin that are filled in well but for one thing: it is refused beside its field, or is stored well."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as shop
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog import operations, wording
from catalog.models import Category
from inventory import placing
from inventory.replication.recovery import open_region
from tests import catalogues, stores
from tests.fuzzing import FUZZ, KEYS, TEXTS, root, sent, status
from tests.redis_nodes import REGIONS, RedisNodes

pytestmark = pytest.mark.django_db
PLAIN = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
STORED = {
    "catalog_product": "lamp",
    "catalog_category": "lamps",
    "catalog_synonyms": "lights",
    "inventory_location": "s1",
    "auth_user": "",
    "auth_group": "",
}
NEW = {
    "catalog_product": {"sku": "rug", "name": "Rug", "currency": "USD", "price": "5", "categories": "Rugs"},
    "catalog_category": {"name": "Rugs", "position": "1"},
    "catalog_synonyms": {"name": "rugs", "terms": "rug\ncarpet"},
    "catalog_suggestion": {"text": "rug"},
    "auth_user": {"username": "pat", "password1": "plain-old-lamp-7", "password2": "plain-old-lamp-7"},
    "auth_group": {"name": "Carriers"},
}


@pytest.fixture(autouse=True)
def _shop(search_indexes: RedisNodes) -> Iterator[None]:
    open_region(REGIONS[0])
    catalogues.fill([catalogues.product("lamp", name="Lamp", categories=("Lamps",), attributes={"Colour": "red"})])
    wording.add_group(values={"name": "lights", "terms": ("lamp", "light")})
    placing.store(locations={"s1": stores.location("s1", name="North")})
    call_command("create_groups", verbosity=0)
    Path(shop.STATIC_ROOT).mkdir(exist_ok=True)
    with override_settings(STORAGES=shop.STORAGES | PLAIN):
        yield


def change_of(name: str) -> str:
    key = {"auth_user": User.objects.get_or_create(username="joe")[0].pk, "auth_group": Group.objects.all()[0].pk}
    return reverse(f"admin:{name}_change", args=[key.get(name, STORED[name])])


def filled(client: Client, address: str) -> dict[str, Any]:
    """What the form of a page would send as it is; opening hours have an input for each day."""
    form = client.get(address).context["adminform"].form
    told = {name: form[name].value() for name in form.fields} | {"hours_mon": "09:00-18:00"}
    return {name: "" if value is None else value for name, value in told.items()}


@given(name=st.sampled_from(sorted(STORED)), number=st.integers(0, 30), text=TEXTS)
@FUZZ
def test_one_odd_value_breaks_no_change(name: str, number: int, text: str) -> None:
    client, address = root(), change_of(name)
    # The example before may have renamed it.
    operations.save_categories(categories=[Category.at(("Lamps",))], overwrite=False)
    form = filled(client, address)
    field = sorted(form)[number % len(form)]
    assert status(client.post(address, form | {field: text})) in (200, 302, 409)
    assert status(client.get(reverse(f"admin:{name}_changelist"))) == 200


@given(name=st.sampled_from(sorted(NEW)), number=st.integers(0, 30), text=TEXTS)
@FUZZ
def test_one_odd_value_breaks_no_addition(name: str, number: int, text: str) -> None:
    client, form = root(), NEW[name]
    field = sorted(form)[number % len(form)]
    assert status(client.post(reverse(f"admin:{name}_add"), form | {field: text})) in (200, 302)
    assert status(client.get(reverse(f"admin:{name}_changelist"))) == 200


ASKED = ("q", "p", "o", "e", "all", "is_staff__exact", "groups__id__exact", "password__startswith", "_facets", "next")


@given(query=sent(ASKED), key=KEYS)
@settings(FUZZ, max_examples=10)
def test_no_address_breaks_a_page_of_accounts(query: dict[str, str], key: str) -> None:
    client = root()
    for page in ("index", "auth_user_changelist", "auth_group_changelist", "login", "jsi18n", "password_change"):
        assert status(client.get(reverse(f"admin:{page}"), query)) in (200, 302, 400)
    for name in ("auth_user", "auth_group"):
        for page in ("change", "delete", "history"):
            assert status(client.get(reverse(f"admin:{name}_{page}", args=[quote(key)]))) in (200, 302, 404)
        chosen = {"action": "delete_selected", "_selected_action": key}
        assert status(client.post(reverse(f"admin:{name}_changelist"), chosen)) in (200, 302, 400)


@given(
    content=st.binary(max_size=200) | st.sampled_from([b"\x89PNG\r\n\x1a\n", b"GIF89a", b"<svg/>"]),
    name=KEYS,
    alt=TEXTS,
)
@FUZZ
def test_no_file_breaks_the_form_of_a_product(content: bytes, name: str, alt: str) -> None:
    client, address = root(), change_of("catalog_product")
    upload = io.BytesIO(content)
    upload.name = name
    answer = client.post(address, filled(client, address) | {"upload": upload, "upload_alt": alt})
    assert status(answer) in (200, 302, 400)


@given(name=TEXTS, password=TEXTS, onward=TEXTS)
# Fewer: a password takes its time.
@settings(FUZZ, max_examples=5)
def test_nothing_typed_breaks_signing_in(name: str, password: str, onward: str) -> None:
    typed = {"username": name, "password": password, "next": onward}
    assert status(Client().post(reverse("admin:login"), typed)) in (200, 302, 400, 403, 429)
