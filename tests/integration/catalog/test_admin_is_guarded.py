"""Every address of the admin keeps out those without permission, and nothing that is sent to one breaks it."""

import pytest
from django.contrib.admin import site
from django.contrib.admin.utils import quote
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from catalog import load_records, reviews, wording
from catalog.models import Product
from redismart.backoffice.admin import DocumentAdmin
from tests import catalogues
from tests.fuzzing import FUZZ, KEYS, TEXTS, root, status

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_static_files", "_stored")]
ADMINS = [
    admin for admin in site._registry.values() if isinstance(admin, DocumentAdmin) and admin.opts.app_label == "catalog"
]
STORED = {
    "product": "lamp",
    "review": "lamp:1",
    "category": "lamps",
    "synonyms": "lights",
    "suggestion": "Lamp",
    "load": "20260101-000000-0",
}


def addresses(admin: DocumentAdmin) -> list[str]:
    """Every named address of a document's admin, so that a new one cannot be forgotten here."""
    named = [pattern for pattern in admin.get_urls() if pattern.name]
    pk = STORED[str(admin.opts.model_name)]
    takes_one = [bool(pattern.pattern.converters) for pattern in named]
    return [
        reverse(f"admin:{pattern.name}", args=[quote(pk)] if one else [])
        for pattern, one in zip(named, takes_one, strict=True)
    ]


EVERY = [address for admin in ADMINS for address in addresses(admin)]


@pytest.fixture
def _stored(empty_catalogue: None) -> None:
    catalogues.fill([catalogues.product("lamp", name="Lamp", categories=("Lamps",))])
    wording.add_group(values={"name": "lights", "terms": ("lamp", "light")})
    load_records.LoadRecord(load_id=STORED["load"]).save()
    reviews.write(sku="lamp", author_id="1", author="Ada", stars=4, title="Good", text="Bright")


def client_of(*, is_staff: bool = False) -> Client:
    client = Client()
    client.force_login(User.objects.create_user("sam", is_staff=is_staff))
    return client


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("address", EVERY)
def test_staff_without_permission_is_kept_out(address: str, method: str) -> None:
    assert getattr(client_of(is_staff=True), method)(address, {"post": "yes"}).status_code == 403
    assert Product.find_many(["lamp"])[0] is not None


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("address", EVERY)
def test_shoppers_and_strangers_are_asked_to_sign_in(address: str, method: str) -> None:
    for client in (Client(), client_of()):
        answer = getattr(client, method)(address, {"post": "yes"})
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/")


NAMES = st.sampled_from(
    [
        "q",
        "p",
        "o",
        "price_from",
        "price_to",
        "added_from",
        "added_to",
        "stars_from",
        "category",
        "moderation",
        "bought",
        "blocked",
        "rejected",
        "_to_field",
        "all",
        "x",
    ]
)
FIELDS = ("sku", "name", "brand", "mpn", "categories", "price", "list_price", "currency", "description", "attributes")
SENT = st.dictionaries(st.sampled_from([*FIELDS, "since", "without", "_continue"]), TEXTS)


@given(query=st.dictionaries(NAMES, TEXTS, max_size=6))
@FUZZ
def test_no_address_of_a_list_breaks_it(query: dict[str, str]) -> None:
    client = root()
    lists = [f"/admin/catalog/{name}/" for name in STORED]
    for page in (*lists, *(f"{address}export.csv" for address in lists)):
        assert status(client.get(page, query)) in (200, 302, 400)


@given(sent=SENT)
@FUZZ
def test_nothing_sent_to_a_form_breaks_it(sent: dict[str, str]) -> None:
    client = root()
    plausible = {"name": "Lamp", "currency": "USD"} | sent
    for page in ("/admin/catalog/product/add/", "/admin/catalog/product/lamp/change/"):
        for form in (sent, plausible):
            assert client.post(page, form).status_code in (200, 302, 400, 409)


@given(pk=KEYS)
@FUZZ
def test_no_key_breaks_a_page(pk: str) -> None:
    client = root()
    for page in ("change", "delete", "history"):
        for name in STORED:
            address = reverse(f"admin:catalog_{name}_{page}", args=[quote(pk)])
            assert client.get(address).status_code in (200, 302, 403, 404)


ACTIONS = st.fixed_dictionaries(
    {"action": st.sampled_from(["reprice", "reindex", "hide", "show", "block", "unblock", "delete_chosen", "x"])},
    optional={
        "_selected_action": st.lists(TEXTS, max_size=3),
        "select_across": st.sampled_from(["0", "1", "2", "x"]),
        "index": st.sampled_from(["0", "9", "x", "-1"]),
        "confirmed": st.sampled_from(["yes", "no"]),
        "expected": st.one_of(TEXTS, st.just("999")),
        "after": TEXTS,
        "press": TEXTS,
        "percent": st.one_of(TEXTS, st.sampled_from(["1e3", "NaN", "-90", "Infinity", "0.001"])),
    },
)


@given(sent=ACTIONS)
@FUZZ
def test_nothing_sent_as_an_action_breaks_a_list(sent: dict[str, object]) -> None:
    client = root()
    for name in STORED:
        assert client.post(f"/admin/catalog/{name}/", sent).status_code in (200, 302, 400)


FORMS = {
    "category": {"name": "Chairs", "parent": "", "position": "1", "description": ""},
    "synonyms": {"name": "chairs", "terms": "chair\nseat"},
    "suggestion": {"text": "chair"},
}


@given(name=st.sampled_from(sorted(FORMS)), field=st.integers(0, 3), text=TEXTS)
@FUZZ
def test_nothing_typed_into_the_forms_of_words_breaks_them(name: str, field: int, text: str) -> None:
    client = root()
    typed = dict(FORMS[name])
    typed[list(typed)[field % len(typed)]] = text
    for page in ("add", "change"):
        address = reverse(f"admin:catalog_{name}_{page}", args=[quote(STORED[name])] if page == "change" else [])
        assert client.post(address, typed).status_code in (200, 302, 400, 409)
