"""A new region joins two that sell: named in every process's settings, started, and brought up by the command."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from inventory.replication.recovery import open_region
from redismart.declared import redis_url_names
from tests.chaos import running
from tests.chaos.acting import CONFIRMED
from tests.chaos.breaking import Crew
from tests.chaos.checking import items_of
from tests.chaos.running import Outcome
from tests.redis_nodes import ROOT, reserve_ports
from tests.regional.world import World, eventually

COMMAND_SECONDS = 150
OLD, NEW = ("us", "eu"), "ap"
SELLERS = ("us-seller-0", "us-seller-1", "eu-seller-0", "eu-seller-1")


@pytest.fixture
def two_regions(tmp_path: Path) -> Iterator[World]:
    ports = reserve_ports()
    with World(folder=tmp_path, ports=ports, regions=OLD) as world:
        with world.seen_from(OLD[0], directly=True):
            for region in OLD:
                open_region(region)
        yield world
    ports.lock.close()


def join(world: World) -> str:
    """What the command says, run as an operator of the new region runs it."""
    names = redis_url_names(world.regions)
    settings = {names[node]: url for node, url in world.external(NEW).items()}
    ended = subprocess.run(
        [sys.executable, "manage.py", "join_region", NEW],
        cwd=ROOT,
        env=os.environ | settings | {"REDISMART_REGIONS": ",".join(world.regions), "REDISMART_REGION": NEW},
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
    return ended.stdout + ended.stderr


def sells(crew: Crew, name: str) -> None:
    """Wait until a seller has sold more than by now."""
    before = confirmed(crew, name)
    eventually(lambda: confirmed(crew, name) > before, what=f"{name} sells")


def confirmed(crew: Crew, name: str) -> int:
    _intents, results = crew.journal(name).read()
    return [*results.values()].count(CONFIRMED)


def test_it_learns_all_and_sells_while_the_others_go_on(two_regions: World) -> None:
    world = two_regions
    seed = random.randrange(10**9)
    crew = Crew(world, random.Random(seed))
    try:
        crew.start_all()
        for seller in SELLERS:
            sells(crew, seller)
        # Nobody ships meanwhile: what the new region knows afterwards is the command's doing.
        for region in OLD:
            crew.processes[f"{region}-shipper"].send_signal(signal.SIGSTOP)
        world.add(NEW)
        for name in SELLERS:
            crew.kill(name)
        with world.seen_from(NEW, directly=True):
            before = items_of("us").keys()
            assert "Region ap is up to date and may sell." in join(world)
            assert items_of(NEW).keys() >= before
        for name in ("us-shipper", "eu-shipper"):
            crew.kill(name)
        for name in ("ap-shipper", "ap-seller-0"):
            crew.start(name)
        for seller in ("ap-seller-0", *SELLERS):
            sells(crew, seller)
    finally:
        crew.end()
    with world.seen_from(OLD[0], directly=True):
        outcome = running.settled(Outcome(seed), crew, world.regions, {})
    assert outcome.violations == [], f"seed {seed}: {outcome.rows}"
