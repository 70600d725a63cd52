"""Shipping that runs several times, or dies at the worst moment, does no harm."""

import json
import signal
import subprocess
import sys

import pytest

from inventory import fence, keyspace
from inventory.replication import comparing, shipping
from tests.redis_nodes import REGIONS, ROOT
from tests.regional.stock import SKU, assert_sound, known, receive, sell
from tests.regional.world import World, counters_of, everything_exchanged

DYING = """
import json, os, signal, sys
from inventory import operations
from inventory.replication import shipping
from tests.chaos.seller import configure
from tests.regional import stock
configure(json.loads(sys.argv[1]))
def die(*_arguments, **_named): os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "after deducting":
    stock.sell("us", 2)
    die()
shipping._remember = die
shipping.ship(source="us", peer="eu")
"""


def killed(world: World, when: str) -> None:
    told = {
        "region": "us",
        "regions": REGIONS,
        "base_port": world.topology.base_port,
        "secret_file": str(world.topology.secret_file),
        "external": world.external("us"),
    }
    process = subprocess.run([sys.executable, "-c", DYING, json.dumps(told), when], cwd=ROOT, check=False, timeout=150)
    assert process.returncode == -signal.SIGKILL


@pytest.mark.usefixtures("world")
def test_the_same_run_again_changes_nothing() -> None:
    receive("us", 9)
    sell("us", 4)
    everything_exchanged(REGIONS)
    before = [counters_of(region) for region in REGIONS]
    copied = fence.node("eu").xlen(keyspace.log_of(keyspace.bucket_of(SKU), "us"))
    for times in range(2, 11):
        for _time in range(times):
            shipping.ship(source="us", peer="eu")
            comparing.compare(source="us", peer="eu")
        # After the visibility timeout a task comes again that knows nothing of what was shipped since.
        fence.node("us").delete(keyspace.cursors("eu"))
    assert [counters_of(region) for region in REGIONS] == before
    assert fence.node("eu").xlen(keyspace.log_of(keyspace.bucket_of(SKU), "us")) == copied


def test_killed_between_taking_units_and_telling(world: World) -> None:
    receive("us", 9)
    killed(world, "after deducting")
    assert known("eu").on_hand == 0
    shipping.ship(source="us", peer="eu")
    assert known("eu").on_hand == known("us").on_hand == 7
    assert_sound("us", "eu")


def test_killed_between_telling_and_remembering_it(world: World) -> None:
    receive("us", 9)
    sell("us", 2)
    killed(world, "after telling")
    assert fence.node("us").exists(keyspace.cursors("eu")) == 0
    assert known("eu").on_hand == 7
    shipping.ship(source="us", peer="eu")
    assert known("eu").on_hand == 7
    assert_sound("us", "eu")


@pytest.mark.usefixtures("world")
def test_what_no_broker_remembers_is_shipped_by_the_next_round() -> None:
    """What is to be told stands in the region's own log; a broker that lost every task has lost nothing."""
    receive("us", 9)
    for _lost in range(5):
        sell("us")
    assert known("eu").on_hand == 0
    shipping.ship(source="us", peer="eu")
    assert known("eu").on_hand == 4
