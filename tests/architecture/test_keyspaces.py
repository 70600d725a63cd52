"""Every app keeps to its own keyspace, and only its ``keyspace`` module spells a key."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from redismart.redis import searched
from redismart.redis.documents import Document

ROOT = Path(__file__).resolve().parents[2]
APPS = ("catalog", "inventory", "purchasing", "imagesearch")
SOURCES = [path for app in (*APPS, "redismart") for path in sorted((ROOT / app).rglob("*.py"))]


def spelled_keys(path: Path) -> Iterator[str]:
    """String literals, f-strings' beginnings included, that look like a Redis key of an app."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value:
            prefix, colon, rest = node.value.partition(":")
            if colon and prefix in APPS and rest[:1] != " ":
                yield node.value


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_keyspace_modules_spell_keys(path: Path) -> None:
    if path.name != "keyspace.py":
        assert list(spelled_keys(path)) == []


@pytest.mark.parametrize("document", Document.__subclasses__(), ids=lambda document: document.__name__)
def test_every_document_lives_in_the_keyspace_of_its_app(document: type[Document]) -> None:
    assert document.key_of("x").startswith(f"{document.app}:")
    assert document.__module__.startswith(f"{document.app}.")


def test_every_index_covers_its_own_app_only() -> None:
    for document in searched.documents():
        index = document.search_index
        assert index is not None
        assert index.prefix.startswith(f"{document.app}:")
        assert index.alias.startswith(f"{document.app}:")
