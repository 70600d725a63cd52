"""Locations to look for; and regions that may be killed and cut off, started once per file, emptied for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from inventory import places, placing
from inventory.models import Location
from inventory.replication.recovery import open_region
from tests import stores
from tests.redis_nodes import REGIONS, reserve_ports
from tests.regional.world import World

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


@pytest.fixture(scope="module")
def started_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    ports = reserve_ports()
    folder: Path = tmp_path_factory.mktemp("world")
    with World(folder=folder, ports=ports, regions=REGIONS) as world:
        yield world
    ports.lock.close()


@pytest.fixture
def world(started_world: World) -> Iterator[World]:
    """Empty regions with whole links; this process reaches all of them, as one of the first region's."""
    for region in REGIONS:
        with started_world.operator(region) as operator:
            operator.flushall()
    with started_world.seen_from(REGIONS[0]):
        for region in REGIONS:
            open_region(region)
        yield started_world
    started_world.heal()
    for region, node in started_world.nodes.items():
        started_world.go_on(region)
        if started_world.stack.processes[node].poll() is not None:
            started_world.restart(region)
