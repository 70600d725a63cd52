"""Regions that sell, and the embedded test provider."""

import pytest

from inventory import fence, places
from inventory.replication import recovery
from purchasing.payments import registry
from purchasing.payments.testing import TestProvider
from tests.redis_nodes import RedisNodes


@pytest.fixture(autouse=True)
def _selling(search_indexes: RedisNodes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_known", None)
    monkeypatch.setattr(registry, "_known", {})
    registry.register(TestProvider())
    for region in fence.regions():
        recovery.open_region(region)
