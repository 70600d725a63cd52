"""The account's pages: who gets in, who is slowed down, and what nobody is told."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core import mail
from django.core.cache import cache
from django.http.response import HttpResponseBase
from django.test import Client, override_settings
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from purchasing import accounts, tasks
from purchasing.accounts import Link
from tests import nasty
from tests.redis_nodes import RedisNodes

pytestmark = pytest.mark.django_db
PLAIN = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
EMAIL, PASSWORD = "ada@example.com", "a rose by 9 names"
QUICK = "django.contrib.auth.hashers.MD5PasswordHasher"
SIGN_IN, SIGN_UP = "/account/sign-in/", "/account/sign-up/"


@pytest.fixture(autouse=True)
def _shop(search_indexes: RedisNodes) -> Iterator[None]:
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    with override_settings(STORAGES=settings.STORAGES | PLAIN, PASSWORD_HASHERS=[QUICK]):
        yield


@pytest.fixture
def ada() -> User:
    return accounts.sign_up(email=EMAIL, password=PASSWORD)


@pytest.fixture
def links(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """What was ordered of the worker."""
    ordered: list[dict[str, str]] = []

    def order(**told: str) -> bool:
        ordered.append(told)
        return True

    monkeypatch.setattr(tasks, "order_link", order)
    return ordered


def sign_in(client: Client, password: str = PASSWORD, email: str = EMAIL, **more: str) -> Any:
    return client.post(SIGN_IN, {"username": email, "password": password, **more})


def said(answer: HttpResponseBase, email: str) -> str:
    """What a page says, whomever it names and whichever token its forms carry."""
    text = getattr(answer, "content", b"").decode().replace(email, "")
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)


# --- Signing up ---


def test_who_signs_up_is_signed_in_and_stays_so(client: Client) -> None:
    answer = client.post(SIGN_UP, {"email": "Ada@Example.com", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/account/")
    assert "Signed in as <b>ada@example.com</b>" in client.get("/account/").content.decode()
    again = Client()
    assert sign_in(again, email="ADA@example.COM")["Location"] == "/account/"


def test_a_second_account_under_an_address_is_not_opened(ada: User, client: Client) -> None:
    answer = client.post(SIGN_UP, {"email": EMAIL.upper(), "password": "another 1 of mine"})
    assert answer.status_code == 422
    assert "sign in, or choose a new password" in answer.content.decode()
    assert User.objects.get().check_password(PASSWORD)
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("password", ["", "short", "password1234", "12345678901", "ada@example.com", "x" * 5_000])
def test_a_weak_password_is_refused_with_a_word(client: Client, password: str) -> None:
    answer = client.post(SIGN_UP, {"email": EMAIL, "password": password})
    assert answer.status_code == 422
    assert 'class="error"' in answer.content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize("email", [*nasty.TEXTS, "a@b", "a" * 150 + "@example.com", "a@example.com\nBcc: x@y.z"])
def test_what_is_no_address_is_refused_with_a_word(client: Client, email: str) -> None:
    answer = client.post(SIGN_UP, {"email": email, "password": PASSWORD})
    assert answer.status_code == 422
    assert not User.objects.exists()


# --- Signing up where e-mails can be sent ---


def test_with_a_mail_server_both_known_and_unknown_get_the_same_answer(
    ada: User, client: Client, links: list[dict[str, str]]
) -> None:
    with override_settings(CONFIRM_ADDRESSES=True):
        known, unknown = (client.post(SIGN_UP, {"email": email}) for email in (EMAIL, "bob@example.com"))
    assert [told["email"] for told in links] == [EMAIL, "bob@example.com"]
    assert known.status_code == unknown.status_code == 200
    assert said(known, EMAIL) == said(unknown, "bob@example.com")
    assert User.objects.count() == 1


def test_the_link_opens_the_account(client: Client) -> None:
    tasks.send_link(email="Bob@example.com", kind="sign-up")
    assert not sign_in(client, email="bob@example.com", password="").has_header("Location")
    follow_link(client)
    assert "Signed in as <b>bob@example.com</b>" in client.get("/account/").content.decode()
    assert sign_in(Client(), email="bob@example.com", password="another 1 of mine").status_code == 302


def test_who_has_an_account_is_told_by_mail_only(ada: User) -> None:
    tasks.send_link(email=EMAIL, kind="sign-up")
    (sent,) = mail.outbox
    assert "You have one already" in str(sent.body)
    assert User.objects.get().check_password(PASSWORD)


# --- Signing in and out ---


@pytest.mark.parametrize(("email", "password"), [(EMAIL, "wrong"), ("bob@example.com", PASSWORD), (EMAIL, "x" * 9_999)])
def test_a_wrong_password_and_an_unknown_address_are_told_the_same(
    ada: User, client: Client, email: str, password: str
) -> None:
    answer = sign_in(client, email=email, password=password)
    assert answer.status_code == 422
    assert "E-mail and password do not belong together" in answer.content.decode()


def test_an_unknown_address_costs_as_much_work(ada: User, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    whole = User.set_password

    def set_password(user: User, raw: str) -> None:
        hashed.append(raw)
        whole(user, raw)

    monkeypatch.setattr(User, "set_password", set_password)
    sign_in(client, email="bob@example.com", password="wrong")
    assert hashed == ["wrong"]


def test_a_closed_account_looks_like_a_wrong_password(ada: User, client: Client) -> None:
    User.objects.update(is_active=False)
    assert "do not belong together" in sign_in(client).content.decode()


@pytest.mark.parametrize("text", nasty.TEXTS)
def test_nothing_typed_breaks_signing_in(client: Client, text: str) -> None:
    cache.clear()
    assert sign_in(client, email=text, password=text).status_code in (422, 429)


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example/",
        "\\\\evil.example",
        "javascript:alert(1)",
        "http:///evil.example",
        "/\\evil",
    ],
)
def test_nobody_is_led_away_after_signing_in(ada: User, address: str) -> None:
    assert sign_in(Client(), next=address)["Location"] == "/account/"
    answer = Client().post(SIGN_UP, {"email": "bob@example.com", "password": PASSWORD, "next": address})
    assert answer["Location"] == "/account/"
    User.objects.exclude(pk=ada.pk).delete()
    assert "evil" not in Client().get(SIGN_IN, {"next": address}).content.decode()


def test_who_was_on_the_way_gets_there(ada: User, client: Client) -> None:
    asked = client.get("/account/orders/?page=2")
    assert asked["Location"] == "/account/sign-in/?next=/account/orders/%3Fpage%3D2"
    shown = client.get(asked["Location"]).content.decode()
    assert 'name="next" value="/account/orders/?page=2"' in shown
    assert sign_in(client, next="/account/orders/?page=2")["Location"] == "/account/orders/?page=2"


def test_staff_sign_in_by_their_names_and_reach_their_pages(client: Client) -> None:
    User.objects.create_superuser("Sam", password=PASSWORD)
    asked = client.get("/inventory/")
    assert asked["Location"] == "/account/sign-in/?next=/inventory/"
    assert sign_in(client, email="Sam", next="/inventory/")["Location"] == "/inventory/"
    assert client.get("/inventory/").status_code == 200


def test_signing_out_takes_a_form_of_the_shop(ada: User, client: Client) -> None:
    sign_in(client)
    assert client.get("/account/sign-out/").status_code == 405
    assert client.get("/account/").status_code == 200
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)
    assert strict.post("/account/sign-out/").status_code == 403
    assert client.post("/account/sign-out/")["Location"] == "/"
    assert client.get("/account/").status_code == 302


def test_every_page_for_a_new_password_hints_in_plain_words(ada: User, client: Client) -> None:
    token = default_token_generator.make_token(ada)
    uid = urlsafe_base64_encode(force_bytes(ada.pk))
    forgotten = client.get(f"/account/password/{uid}/{token}/", follow=True)
    client.force_login(ada)
    for shown in (forgotten, client.get("/account/password/"), Client().get(SIGN_UP)):
        text = getattr(shown, "content", b"").decode()
        assert "at least 8 characters" in text
        assert "&lt;" not in text


def test_the_session_is_another_one_after_signing_in(ada: User, client: Client) -> None:
    client.session["basket"] = "kept"
    before = client.session.session_key
    sign_in(client)
    assert client.session.session_key != before


# --- The header ---


def test_the_header_asks_nobody_who_is_not_signed_in(ada: User, client: Client) -> None:
    shown = client.get("/about/").content.decode()
    assert 'data-account-link aria-label="Sign in"' in shown
    assert settings.SESSION_COOKIE_NAME not in client.cookies
    sign_in(client)
    assert 'data-account-link aria-label="Your account"' in client.get("/about/").content.decode()


# --- Slowing down ---


def test_too_many_tries_must_wait_and_are_told_what_to_do(ada: User, client: Client) -> None:
    answers = [sign_in(client, password="wrong").status_code for _try in range(settings.AXES_FAILURE_LIMIT)]
    assert answers == [422] * (settings.AXES_FAILURE_LIMIT - 1) + [429]
    locked = sign_in(client)
    assert locked.status_code == 429
    assert locked["Retry-After"] == "900"
    assert "/account/password/forgotten/" in locked.content.decode()
    assert "_auth_user_id" not in client.session


def test_the_admins_page_counts_as_well(ada: User, client: Client) -> None:
    for _try in range(settings.AXES_FAILURE_LIMIT):
        client.post("/admin/login/", {"username": EMAIL, "password": "wrong"})
    assert sign_in(client).status_code == 429


def test_an_address_that_nobody_has_is_locked_in_the_same_way(client: Client) -> None:
    answers = [sign_in(client, password="wrong").status_code for _try in range(settings.AXES_FAILURE_LIMIT)]
    assert answers[-1] == 429


def test_capitals_are_no_way_round_the_count(ada: User, client: Client) -> None:
    for email in ("ADA@example.com", "Ada@example.com", "aDa@example.com", "ada@EXAMPLE.com", "ada@example.COM"):
        sign_in(client, email=email, password="wrong")
    assert sign_in(client).status_code == 429


def test_neighbours_and_other_names_go_on(ada: User, client: Client) -> None:
    for _try in range(settings.AXES_FAILURE_LIMIT):
        sign_in(client, password="wrong")
    assert sign_in(Client(REMOTE_ADDR="203.0.113.9")).status_code == 302
    accounts.sign_up(email="bob@example.com", password=PASSWORD)
    assert sign_in(client, email="bob@example.com").status_code == 302


def test_many_names_from_one_address_are_slowed_down(ada: User, client: Client) -> None:
    for number in range(settings.AXES_FAILURE_LIMIT * 10):
        sign_in(client, email=f"user-{number}@example.com", password="wrong")
    assert sign_in(client).status_code == 429
    assert sign_in(Client(REMOTE_ADDR="203.0.113.9")).status_code == 302


def test_one_name_from_many_addresses_is_slowed_down(ada: User) -> None:
    for number in range(settings.AXES_FAILURE_LIMIT * 20):
        sign_in(Client(REMOTE_ADDR=f"203.0.113.{number}"), password="wrong")
    assert sign_in(Client(REMOTE_ADDR="198.51.100.1")).status_code == 429


def test_a_right_password_forgets_the_slips_before_it(ada: User, client: Client) -> None:
    for _round in range(2):
        for _try in range(settings.AXES_FAILURE_LIMIT - 1):
            assert sign_in(client, password="wrong").status_code == 422
        assert sign_in(client).status_code == 302
        client.logout()


def test_a_header_of_the_visitors_own_changes_nothing(ada: User) -> None:
    for number in range(settings.AXES_FAILURE_LIMIT):
        sign_in(Client(HTTP_X_FORWARDED_FOR=f"203.0.113.{number}"), password="wrong")
    assert sign_in(Client(HTTP_X_FORWARDED_FOR="198.51.100.1")).status_code == 429


def test_behind_a_proxy_visitors_are_told_apart_by_what_it_says(ada: User) -> None:
    with override_settings(PROXIES=1):
        for number in range(settings.AXES_FAILURE_LIMIT):
            sign_in(Client(HTTP_X_FORWARDED_FOR=f"10.9.8.{number}, 203.0.113.7"), password="wrong")
        assert sign_in(Client(HTTP_X_FORWARDED_FOR="203.0.113.7")).status_code == 429
        assert sign_in(Client(HTTP_X_FORWARDED_FOR="203.0.113.8")).status_code == 302


def test_without_the_cache_people_still_get_in(ada: User, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    away = settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}
    with override_settings(CACHES={"default": away}, SESSION_ENGINE="django.contrib.sessions.backends.db"):
        assert sign_in(client, password="wrong").status_code == 422
        assert sign_in(client).status_code == 302


def test_opening_accounts_in_numbers_is_slowed_down(client: Client) -> None:
    answers = [
        Client().post(SIGN_UP, {"email": f"u{number}@example.com", "password": PASSWORD}).status_code
        for number in range(31)
    ]
    assert answers == [302] * 30 + [429]


# --- New passwords ---


def follow_link(client: Client, password: str = "another 1 of mine", body: str = "") -> str:
    """Open the link of the last e-mail, choose a password; where that leads."""
    found = re.search(rf"{re.escape(settings.PUBLIC_URL)}(/account/password/\S+)", body or str(mail.outbox[-1].body))
    assert found, "There is no link in the e-mail."
    form = client.get(found[1], follow=True)
    chosen = {"new_password1": password, "new_password2": password}
    answer = client.post(form.request["PATH_INFO"], chosen)
    return str(answer.headers.get("Location", answer.status_code))


def test_a_new_password_comes_by_mail(ada: User, client: Client, links: list[dict[str, str]]) -> None:
    answer = client.post("/account/password/forgotten/", {"email": "Ada@Example.com"})
    assert "data-link-sent" in answer.content.decode()
    assert links == [{"email": EMAIL, "kind": Link.RESET}]
    tasks.send_link(**links[0])
    assert mail.outbox[0].to == [EMAIL]
    assert follow_link(client) == "/account/"
    assert client.get("/account/").status_code == 200
    assert sign_in(Client(), password="another 1 of mine").status_code == 302
    assert sign_in(Client()).status_code == 422


def test_it_goes_past_a_lock(ada: User, client: Client) -> None:
    for _try in range(settings.AXES_FAILURE_LIMIT):
        sign_in(client, password="wrong")
    tasks.send_link(email=EMAIL, kind="reset")
    assert follow_link(client) == "/account/"
    assert client.get("/account/").status_code == 200


def test_asking_tells_nothing_of_who_has_an_account(ada: User, client: Client, links: list[dict[str, str]]) -> None:
    known, unknown = (
        client.post("/account/password/forgotten/", {"email": email}) for email in (EMAIL, "bob@example.com")
    )
    assert known.status_code == unknown.status_code == 200
    assert said(known, EMAIL) == said(unknown, "bob@example.com")
    assert len(links) == 2
    tasks.send_link(**links[1])
    assert not mail.outbox


def test_nobody_is_flooded_with_mails(ada: User, links: list[dict[str, str]]) -> None:
    answers = [Client().post("/account/password/forgotten/", {"email": EMAIL}) for _time in range(8)]
    assert {answer.status_code for answer in answers} == {200}
    assert len(links) == 5


def test_a_link_is_good_once_and_for_its_account_only(ada: User, client: Client) -> None:
    tasks.send_link(email=EMAIL, kind="reset")
    body = str(mail.outbox[0].body)
    assert follow_link(client, body=body) == "/account/"
    shown = Client().get(re.findall(r"(/account/password/\S+)", body)[0]).content.decode()
    assert "no longer good" in shown
    bob = accounts.sign_up(email="bob@example.com", password=PASSWORD)
    token = re.findall(r"/account/password/\S+/(\S+)/", body)[0]
    assert "no longer good" in Client().get(f"/account/password/{bob.pk}/{token}/").content.decode()


@pytest.mark.parametrize("path", ["x/y", "MQ/set-password", "MQ/a-b", "%00/%00", "é/é"])
def test_a_made_up_link_leads_nowhere(ada: User, client: Client, path: str) -> None:
    answer = client.get(f"/account/password/{path}/", follow=True)
    assert answer.status_code in (200, 404)
    assert "Save and sign in" not in answer.content.decode()


def test_the_link_never_comes_from_the_request(ada: User) -> None:
    with override_settings(ALLOWED_HOSTS=["*"], PUBLIC_URL="https://shop.example"):
        Client().post("/account/password/forgotten/", {"email": EMAIL}, headers={"host": "evil.example"})
        tasks.send_link(email=EMAIL, kind="reset")
    assert "https://shop.example/account/password/" in str(mail.outbox[0].body)
    assert "evil" not in str(mail.outbox[0].body)


def test_another_letter_that_looks_the_same_gets_no_mail(ada: User) -> None:
    accounts.sign_up(email="mike@example.org", password=PASSWORD)
    tasks.send_link(email="mıke@example.org", kind="reset")  # noqa: RUF001
    assert not mail.outbox


def test_the_password_is_changed_by_who_knows_it(ada: User, client: Client) -> None:
    sign_in(client)
    new = {"new_password1": "another 1 of mine", "new_password2": "another 1 of mine"}
    assert client.post("/account/password/", {"old_password": "wrong", **new}).status_code == 422
    elsewhere = Client()
    sign_in(elsewhere)
    assert client.post("/account/password/", {"old_password": PASSWORD, **new})["Location"] == "/account/"
    assert "Your password is changed" in client.get("/account/").content.decode()
    assert elsewhere.get("/account/").status_code == 302


@pytest.mark.parametrize(
    "path", ["/account/", "/account/orders/", "/account/addresses/", "/account/password/", "/account/orders/US-000001/"]
)
def test_a_visitor_is_asked_to_sign_in(client: Client, path: str) -> None:
    assert client.get(path)["Location"] == f"/account/sign-in/?next={path}"


@pytest.mark.parametrize("path", [SIGN_IN, SIGN_UP, "/account/password/forgotten/", "/account/sign-out/"])
def test_a_form_from_elsewhere_is_refused(path: str) -> None:
    assert Client(enforce_csrf_checks=True).post(path, {"email": EMAIL}).status_code == 403
