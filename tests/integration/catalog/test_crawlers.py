"""What machines ask of every site without having been told to."""

import re
from io import BytesIO

import pytest
from django.test import Client
from PIL import Image


def test_the_sign_of_the_shop_is_where_it_has_always_been(visitor: Client) -> None:
    response = visitor.get("/favicon.ico")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "image/x-icon")
    assert "public" in response.headers["Cache-Control"]
    with Image.open(BytesIO(response.getvalue())) as icon:
        assert icon.info["sizes"] >= {(16, 16), (32, 32), (48, 48)}


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("/", True),
        ("/search/", True),
        ("/product/RM-GRO-0021/", True),
        ("/category/audio/headphones/", True),
        ("/category/audio/?page=2", True),
        ("/search/?q=lamp", False),
        ("/search/?brand=A&price=10-25", False),
        ("/category/audio/?brand=A&page=2", False),
        ("/suggest/?q=lamp", False),
    ],
)
def test_search_engines_are_kept_from_endless_lists(visitor: Client, address: str, allowed: bool) -> None:
    response = visitor.get("/robots.txt")
    assert response.headers["Content-Type"].startswith("text/plain")
    rules = re.findall(r"^(Allow|Disallow): (.+)$", response.content.decode(), re.MULTILINE)
    fitting = [(len(path), kind) for kind, path in rules if re.match(re.escape(path).replace(r"\*", ".*"), address)]
    assert (max(fitting, default=(0, "Allow"))[1] == "Allow") is allowed
