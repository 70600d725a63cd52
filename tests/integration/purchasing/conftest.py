"""Products for sale, regions that sell, locations with stock, towns to look for, and a provider to pay back by."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, override_settings

from catalog import operations as catalogue
from inventory import fence, operations, places, placing
from inventory.api import Operation
from inventory.replication import recovery
from purchasing.payments import registry
from tests import catalogues, stores
from tests.placed_orders import Till
from tests.redis_nodes import RedisNodes

PLAIN_STATIC_FILES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}

Offer = Callable[..., None]
Stocked = Callable[..., None]


@pytest.fixture
def visitor() -> Iterator[Client]:
    """A new browser, which gets to see error pages; static files keep the addresses of their sources."""
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    with override_settings(STORAGES=settings.STORAGES | PLAIN_STATIC_FILES):
        yield Client(raise_request_exception=False)


@pytest.fixture
def opened(search_indexes: RedisNodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every region may sell; this process begins as a new one does, which knows no location."""
    monkeypatch.setattr(places, "_known", None)
    for region in fence.regions():
        recovery.open_region(region)


@pytest.fixture
def stocked(opened: None) -> Stocked:
    """Stores a location with what it has: ``stocked("near", 40.1, {"A": 2})``."""

    def place(store_id: str, lat: float, has: dict[str, int], **fields: Any) -> None:
        row = {"location": {"lat": lat, "lon": -89.0}, "services": ["delivery", "pickup"]} | fields
        assert not placing.store(locations={store_id: stores.location(store_id, **row)}).failed
        for sku, quantity in has.items():
            operation = Operation(f"{sku}-{store_id}", region="us")
            operations.receive(sku=sku, location=store_id, quantity=quantity, operation=operation)

    return place


@pytest.fixture
def offer(search_indexes: RedisNodes) -> Offer:
    """Puts a product up for sale, with stock: ``offer("lamp", price="19.90", units=5)``."""

    def offered(sku: str, *, price: str | None = "19.90", units: int = 100, **facts: Any) -> None:
        catalogue.save_products(products=[catalogues.product(sku, name=f"A {sku}", price=price, **facts)])
        if units:
            arrived = Operation(f"arrived-{sku}-{units}")
            operations.receive(sku=sku, location="store", quantity=units, operation=arrived)

    return offered


@pytest.fixture
def till(monkeypatch: pytest.MonkeyPatch) -> Till:
    monkeypatch.setattr(registry, "_known", dict(registry._known))
    made = Till()
    registry.register(made)
    return made
