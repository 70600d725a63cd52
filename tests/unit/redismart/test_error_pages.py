"""The pages for when nothing else works."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.test import Client, override_settings

PLAIN_STATIC_FILES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


@pytest.fixture(autouse=True)
def _uncollected_static_files(tmp_path: Path) -> Iterator[None]:
    with override_settings(STORAGES=settings.STORAGES | PLAIN_STATIC_FILES, STATIC_ROOT=tmp_path):
        yield


@pytest.mark.parametrize("code", ["400", "403", "405", "409", "413", "500", "503"])
def test_it_renders_with_neither_context_nor_request(code: str) -> None:
    shown = get_template(f"{code}.html").render()
    assert f">{code}<" in shown
    assert 'href="/"' in shown


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "FOO"])
@pytest.mark.parametrize(
    "address", ["/search/", "/about/", "/suggest/", "/product/x/", "/media/x", "/healthz", "/metrics"]
)
def test_a_page_to_look_at_takes_nothing_else(address: str, method: str) -> None:
    response = Client(enforce_csrf_checks=True).generic(method, address)
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD"
    assert "only to look at" in response.content.decode()


def test_a_form_without_its_token_gets_a_page_of_the_shop() -> None:
    response = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "x", "password": "y"})
    assert response.status_code == 403
    shown = response.content.decode()
    assert "reload the page" in shown
    assert "<style" not in shown


def test_the_page_for_an_absent_redis_tries_again_by_itself() -> None:
    assert 'http-equiv="refresh"' in get_template("503.html").render()
