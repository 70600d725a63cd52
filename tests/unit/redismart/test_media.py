"""Stored pictures are served for ever, and nothing else is."""

from pathlib import Path

import pytest
from django.http import Http404
from django.test import RequestFactory, override_settings

from redismart.web.media import FOR_EVER, media

# Closing a response asks whether a database connection is to be closed with it.
pytestmark = pytest.mark.django_db

PATH = "ab/cd/abcd" + "0" * 28 + "-small.webp"


@pytest.fixture
def served(tmp_path: Path) -> Path:
    (tmp_path / PATH).parent.mkdir(parents=True)
    (tmp_path / PATH).write_bytes(b"picture")
    (tmp_path / "secret").write_text("secret")
    (tmp_path.parent / "secret.webp").write_text("secret")
    return tmp_path


def test_a_picture_is_served_for_a_year(served: Path) -> None:
    with override_settings(MEDIA_ROOT=served):
        response = media(RequestFactory().get("/"), PATH)
    assert b"".join(response) == b"picture"
    assert response.headers["Content-Type"] == "image/webp"
    assert response.headers["Content-Length"] == "7"
    assert response.headers["Cache-Control"] == FOR_EVER
    response.close()


def test_a_browser_that_has_a_picture_is_told_so(served: Path) -> None:
    with override_settings(MEDIA_ROOT=served):
        tag = media(RequestFactory().get("/"), PATH)
        again = media(RequestFactory().get("/", headers={"If-None-Match": tag.headers["ETag"]}), PATH)
    tag.close()
    assert again.status_code == 304
    assert again.headers["Cache-Control"] == FOR_EVER


@pytest.mark.parametrize(
    "path",
    [
        "secret",
        "../secret.webp",
        "ab/cd/../../secret",
        "/etc/passwd",
        "",
        PATH + "\0",
        PATH + "\n",
        PATH.upper(),
        PATH.replace("small", "huge"),
        "ab/ce" + PATH[5:],
    ],
)
def test_nothing_but_stored_pictures_is_served(served: Path, path: str) -> None:
    with override_settings(MEDIA_ROOT=served), pytest.raises(Http404):
        media(RequestFactory().get("/"), path)


def test_a_picture_cannot_be_changed(served: Path) -> None:
    with override_settings(MEDIA_ROOT=served):
        assert media(RequestFactory().post("/"), PATH).status_code == 405
