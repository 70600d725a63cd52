"""Catalogues shared by the tests of one file, which then only read them, and visitors to browse them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client, override_settings

from catalog.models import Product
from tests import catalogues
from tests.redis_nodes import RedisNodes

GENERATED = 1_500
SHARED = ("generated_catalogue", "real_catalogue")
# The addresses of the sources: what collectstatic makes of them is tested elsewhere.
PLAIN_STATIC_FILES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


@pytest.fixture(autouse=True)
def _empty_redis(request: pytest.FixtureRequest) -> None:
    """Each test finds empty nodes, except where the tests of a file share a catalogue."""
    if not set(SHARED).intersection(request.fixturenames):
        request.getfixturevalue("redis_nodes")


@pytest.fixture
def empty_catalogue(redis_nodes: RedisNodes) -> None:
    """The catalogue's indexes, without products."""
    catalogues.fill([])


@pytest.fixture(scope="module")
def generated_catalogue(redis_stack: RedisNodes) -> Iterator[list[Product]]:
    """Generated products with awkward values. Only to be read."""
    products = catalogues.generated(GENERATED)
    catalogues.fill(products)
    yield products
    redis_stack.flush()


@pytest.fixture(scope="module")
def real_catalogue(redis_stack: RedisNodes, shared_data: Path) -> Iterator[list[Product]]:
    """The real products. Only to be read."""
    products = catalogues.real(shared_data)
    catalogues.fill(products)
    yield products
    redis_stack.flush()


@pytest.fixture(scope="module")
def _static_files() -> Iterator[None]:
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    with override_settings(STORAGES=settings.STORAGES | PLAIN_STATIC_FILES):
        yield


@pytest.fixture
def visitor(_static_files: None) -> Client:
    """A new browser, which gets to see error pages."""
    return Client(raise_request_exception=False)
