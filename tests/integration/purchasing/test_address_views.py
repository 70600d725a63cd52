"""The address book: each account its own, and nothing lost or doubled by a second press."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from purchasing import accounts, addressbooks
from purchasing.addressbooks import AddressError, UnknownAddressError
from tests import nasty
from tests.markup import elements
from tests.placed_orders import ADDRESS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("search_indexes", "visitor")]
TYPED = ADDRESS.model_dump()
BOOK = "/account/addresses/"


@pytest.fixture
def ada() -> User:
    return accounts.sign_up(email="ada@example.com", password="a rose by 9 names")


@pytest.fixture
def client(ada: User) -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE="en-GB")
    client.force_login(ada)
    return client


def keys(client: Client) -> list[str]:
    return [each["data-address"] for each in elements(client.get(BOOK), "data-address")]


def added(client: Client, **fields: str) -> str:
    """The key of one more address."""
    assert client.post(BOOK, TYPED | fields)["Location"] == BOOK
    return keys(client)[-1]


def test_what_some_countries_need_is_not_called_optional(client: Client) -> None:
    for shown in (client.get(BOOK), client.get(f"{BOOK}{added(client)}/")):
        labels = re.findall(r"<label[^>]*>(.*?)</label>", shown.content.decode())
        optional = [label for label in labels if "optional" in label]
        assert [label.partition(" <")[0] for label in optional] == ["Flat, floor, company", "Phone, for the carrier"]


def test_an_address_is_added_once_however_often_it_is_sent(client: Client) -> None:
    for _time in range(2):
        assert client.post(BOOK, TYPED)["Location"] == BOOK
    shown = client.get(BOOK).content.decode()
    assert len(keys(client)) == 1
    assert "12 St James&#39;s Square" in shown
    assert "United Kingdom" in shown
    assert "The address is in your book" in shown


def test_the_form_begins_in_the_visitors_country(client: Client) -> None:
    assert '<option value="GB" selected>' in client.get(BOOK).content.decode()


def test_an_address_is_corrected_in_its_place(client: Client, ada: User) -> None:
    first, second = added(client), added(client, street="2 Other Road")
    assert 'value="12 St James&#x27;s Square"' in client.get(f"{BOOK}{first}/").content.decode()
    assert client.post(f"{BOOK}{first}/", TYPED | {"street": "13 Newer Square"})["Location"] == BOOK
    book = addressbooks.book_of(user=str(ada.pk))
    assert [each.street for each in book.addresses] == ["13 Newer Square", "2 Other Road"]
    assert client.post(f"{BOOK}{first}/", TYPED | {"street": "14 Later"}).status_code == 404
    assert keys(client)[1] == second


def test_the_preferred_one_comes_first(client: Client) -> None:
    first, second = added(client), added(client, street="2 Other Road")
    for _time in range(2):
        client.post(f"{BOOK}{second}/prefer/")
    assert keys(client) == [second, first]


def test_removing_twice_removes_one(client: Client) -> None:
    first, second = added(client), added(client, street="2 Other Road")
    for _time in range(2):
        assert client.post(f"{BOOK}{first}/remove/").status_code == 302
    assert keys(client) == [second]


def test_everybody_has_a_book_of_his_own(client: Client) -> None:
    key = added(client)
    stranger = Client()
    stranger.force_login(accounts.sign_up(email="bob@example.com", password="a rose by 9 names"))
    assert keys(stranger) == []
    assert stranger.get(f"{BOOK}{key}/").status_code == 404
    assert stranger.post(f"{BOOK}{key}/", TYPED | {"city": "Elsewhere"}).status_code == 404
    assert stranger.post(f"{BOOK}{key}/prefer/").status_code == 404
    stranger.post(f"{BOOK}{key}/remove/")
    assert keys(client) == [key]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"street": " "},
        {"city": ""},
        {"country": ""},
        {"country": "XX"},
        {"country": "US", "postcode": "SW1Y 4JH"},
        {"country": "US", "postcode": "94110", "state": ""},
        {"postcode": ""},
        {"name": "a" * 201},
        {"name": "Ada\nBcc: x@y.z"},
        {"name": "Ada\x00"},
    ],
)
def test_what_is_no_address_is_refused_with_a_word(client: Client, wrong: dict[str, str]) -> None:
    answer = client.post(BOOK, TYPED | wrong)
    assert answer.status_code == 422
    assert 'class="error"' in answer.content.decode()
    assert keys(client) == []


@pytest.mark.parametrize("text", [*nasty.MARKUP, *nasty.UNICODE, *nasty.SQL_AND_FILES])
def test_nothing_typed_breaks_the_book(client: Client, text: str) -> None:
    answer = client.post(BOOK, TYPED | {"name": text, "city": text})
    assert answer.status_code in (302, 422)
    shown = client.get(BOOK)
    assert shown.status_code == 200
    assert "<script>alert" not in shown.content.decode()


@pytest.mark.parametrize("key", ["x", "0" * 20, "a" * 500, "%00", "..", "-"])
def test_an_address_that_is_not_there_is_not_found(client: Client, key: str) -> None:
    assert client.get(f"{BOOK}{key}/").status_code == 404
    assert client.post(f"{BOOK}{key}/prefer/").status_code == 404


def test_a_full_book_says_what_to_do(client: Client, ada: User) -> None:
    for number in range(addressbooks.MOST):
        addressbooks.add(user=str(ada.pk), address=ADDRESS.model_copy(update={"extra": str(number)}))
    answer = client.post(BOOK, TYPED)
    assert answer.status_code == 422
    assert "remove one first" in answer.content.decode()
    with pytest.raises(AddressError):
        addressbooks.add(user=str(ada.pk), address=ADDRESS)


def test_addresses_added_at_once_are_all_kept() -> None:
    def add(number: int) -> Any:
        return addressbooks.add(user="7", address=ADDRESS.model_copy(update={"extra": str(number)}))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(8)))
    assert len(addressbooks.book_of(user="7").addresses) == 8


def test_correcting_into_one_that_is_there_leaves_one() -> None:
    other = ADDRESS.model_copy(update={"extra": "2"})
    addressbooks.add(user="7", address=ADDRESS)
    addressbooks.add(user="7", address=other)
    book = addressbooks.replace(user="7", key=addressbooks.key_of(ADDRESS), address=other)
    assert book.addresses == (other,)
    with pytest.raises(UnknownAddressError):
        addressbooks.address_of(user="7", key=addressbooks.key_of(ADDRESS))


@pytest.mark.parametrize("path", [BOOK, f"{BOOK}x/", f"{BOOK}x/remove/", f"{BOOK}x/prefer/"])
def test_a_form_from_elsewhere_is_refused(ada: User, path: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)
    assert strict.post(path, TYPED).status_code == 403


def test_changing_takes_a_post(client: Client) -> None:
    key = added(client)
    assert client.get(f"{BOOK}{key}/remove/").status_code == 405
    assert keys(client) == [key]
