"""Locations to look for."""

from collections.abc import Callable
from typing import Any

import pytest

from inventory import places, placing
from inventory.models import Location
from tests import stores

Store = Callable[..., Location]


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins as a new process does, which knows no location."""
    monkeypatch.setattr(places, "_known", None)


@pytest.fixture
def placed() -> Store:
    """Stores one location in every region: ``placed("a", city="Springfield")``."""

    def place(store_id: str, **fields: Any) -> Location:
        location = stores.location(store_id, **fields)
        assert not placing.store(locations={store_id: location}).failed
        return location

    return place
