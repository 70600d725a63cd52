"""Who works with stock finds items by what their products are called, as well as by their SKUs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.test import Client, override_settings
from redis.exceptions import ConnectionError as RedisConnectionError

from catalog import operations as catalogue
from catalog.models import Product
from inventory import operations
from inventory.replication.recovery import open_region
from inventory.results import Operation
from redismart import names
from tests.integration.inventory.conftest import Store
from tests.redis_nodes import RedisNodes

PLAIN = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
ADMIN, BOARD = "/admin/inventory/stock/", "/inventory/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(search_indexes: RedisNodes, placed: Store) -> Iterator[Client]:
    """Of a shop with a garden lamp, a desk lamp and a chair whose description speaks of lamps."""
    placed("s1", name="North")
    open_region("us")
    told = {
        "g1": ("Garden Lamp, Brass", ""),
        "d1": ("Desk Lamp", ""),
        "c1": ("Chair", "Goes with a lamp."),
        "x": ("", ""),
    }
    products = [
        Product(sku=sku, name=name, description=text, currency="USD") for sku, (name, text) in told.items() if name
    ]
    catalogue.save_products(products=products)
    for sku in told:
        operations.receive(sku=sku, location="s1", quantity=3, operation=Operation(f"in:{sku}", who="ada"))
    user = User.objects.create_user("mia", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=("view_board", "change_stock")))
    client = Client()
    client.force_login(user)
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    with override_settings(STORAGES=settings.STORAGES | PLAIN):
        yield client


def in_admin(client: Client, typed: str) -> list[str]:
    return sorted(row.sku for row in client.get(ADMIN, {"q": typed}).context["cl"].result_list)


def on_board(client: Client, typed: str) -> list[str]:
    page = client.get(BOARD, {"q": typed}).content.decode()
    return sorted(sku for sku in ("g1", "d1", "c1", "unknown") if f'data-sku="{sku}"' in page)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("lamp", ["d1", "g1"]),
        ("LAMPS", ["d1", "g1"]),
        ("gard bra", ["g1"]),
        ("garden chair", []),
        ("gard lamp", ["g1"]),
        ("brass garden", ["g1"]),
        ("c1", ["c1"]),
        ("sofa", []),
        ("@name:{*}|*", []),
    ],
)
def test_words_of_the_name_lead_to_the_items(manager: Client, typed: str, found: list[str]) -> None:
    assert in_admin(manager, typed) == found
    assert on_board(manager, typed) == found


def test_without_the_catalogue_items_are_found_by_their_skus(manager: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*asked: object) -> list[str]:
        raise RedisConnectionError(f"No way to {asked}.")

    monkeypatch.setattr(names, "_finders", [away])
    assert in_admin(manager, "d1") == on_board(manager, "d1") == ["d1"]
    assert in_admin(manager, "lamp") == []


def test_more_names_than_are_looked_through_are_told(manager: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "_finders", [lambda _text, most: [f"s{number}" for number in range(most)]])
    assert "there may be more" in manager.get(BOARD, {"q": "lamp"}).content.decode()
