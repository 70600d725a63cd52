"""Stored pictures are served for ever, and nothing else is."""

from pathlib import Path

import pytest
from django.conf import settings
from django.http import Http404
from django.test import RequestFactory, override_settings

from redismart.web.media import FOR_EVER, media

# Closing a response asks whether a database connection is to be closed with it.
pytestmark = pytest.mark.django_db

PLAIN_STATIC_FILES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
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


@pytest.mark.parametrize("known", ["{tag}", "W/{tag}", '"other", {tag}', "*"])
def test_a_browser_that_has_a_picture_is_told_so(served: Path, known: str) -> None:
    with override_settings(MEDIA_ROOT=served):
        first = media(RequestFactory().get("/"), PATH)
        tag = first.headers["ETag"]
        again = media(RequestFactory().get("/", headers={"If-None-Match": known.format(tag=tag)}), PATH)
    first.close()
    assert again.status_code == 304
    assert (again.headers["Cache-Control"], again.headers["ETag"]) == (FOR_EVER, tag)


def test_a_browser_that_has_another_picture_gets_this_one(served: Path) -> None:
    with override_settings(MEDIA_ROOT=served):
        response = media(RequestFactory().get("/", headers={"If-None-Match": '"other"'}), PATH)
    assert b"".join(response) == b"picture"
    response.close()


def test_a_condition_that_fails_is_not_remembered(served: Path) -> None:
    with override_settings(MEDIA_ROOT=served):
        response = media(RequestFactory().get("/", headers={"If-Match": '"other"'}), PATH)
    assert response.status_code == 412
    assert "Cache-Control" not in response.headers


def test_a_range_is_answered_with_the_whole_picture(served: Path) -> None:
    with override_settings(MEDIA_ROOT=served):
        response = media(RequestFactory().get("/", headers={"Range": "bytes=0-2"}), PATH)
    assert response.status_code == 200
    assert response.headers["Accept-Ranges"] == "none"
    assert b"".join(response) == b"picture"
    response.close()


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
    # The page that says so names its style sheets, of which nobody has collected any here.
    with override_settings(MEDIA_ROOT=served, STORAGES=settings.STORAGES | PLAIN_STATIC_FILES):
        assert media(RequestFactory().post("/"), PATH).status_code == 405
