"""What visitors do is told in a line; what the shop does wrong is told with all there is to know."""

import logging
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.handlers.exception import response_for_exception
from django.test import Client, RequestFactory, override_settings

from redismart import logs

PLAIN_STATIC_FILES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


@pytest.fixture(autouse=True)
def _uncollected_static_files(tmp_path: Path) -> Iterator[None]:
    with override_settings(STORAGES=settings.STORAGES | PLAIN_STATIC_FILES, STATIC_ROOT=tmp_path):
        yield


def told(level: str, monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """What the log says from now on."""
    written = StringIO()
    monkeypatch.setattr("sys.stderr", written)
    logs.configure(logs.logging_config(level=level, style="json"))
    return written


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    logs.configure(settings.LOGGING)


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("/search/?" + "a=1&" * 1_500, "testserver"),
        ("/about/", "elsewhere.example"),
        ("/about?" + "a" * 20_000, "testserver"),
        ("/media/none", "testserver"),
    ],
    ids=["parameters", "host", "redirect", "absent"],
)
@pytest.mark.parametrize("level", ["WARNING", "ERROR"])
def test_a_refused_request_is_one_line_of_warning(
    address: str, host: str, level: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = told(level, monkeypatch)
    status = Client(raise_request_exception=False).get(address, HTTP_HOST=host).status_code
    assert 400 <= status < 500
    lines = written.getvalue().splitlines()
    assert len(lines) == (level == "WARNING"), lines
    assert all('"level": "warning"' in line and "Traceback" not in line for line in lines)


def test_an_error_of_the_shop_is_told_with_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    written = told("ERROR", monkeypatch)
    with pytest.raises(ZeroDivisionError) as raised:
        _ = 1 / 0
    assert response_for_exception(RequestFactory().get("/"), raised.value).status_code == 500
    (line,) = written.getvalue().splitlines()
    assert '"level": "error"' in line
    assert "ZeroDivisionError" in line
    assert "Traceback" in line
