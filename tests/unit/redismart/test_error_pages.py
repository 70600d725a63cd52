"""The pages for when nothing else works."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.test import override_settings

PLAIN_STATIC_FILES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


@pytest.fixture(autouse=True)
def _uncollected_static_files() -> Iterator[None]:
    with override_settings(STORAGES=settings.STORAGES | PLAIN_STATIC_FILES):
        yield


@pytest.mark.parametrize("code", ["400", "403", "500", "503"])
def test_it_renders_with_neither_context_nor_request(code: str) -> None:
    shown = get_template(f"{code}.html").render()
    assert f">{code}<" in shown
    assert 'href="/"' in shown


def test_the_page_for_an_absent_redis_tries_again_by_itself() -> None:
    assert 'http-equiv="refresh"' in get_template("503.html").render()
