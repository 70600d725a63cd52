"""Full, read-only, gone or hanging: the sale is refused, nothing changes, and it works again by itself."""

from collections.abc import Callable

import pytest

from inventory import holds, lua, queries
from inventory.fence import StockUnavailableError
from tests.redis_nodes import REGIONS
from tests.regional.stock import SKU, assert_sound, held, known, receive, sell
from tests.regional.world import World, eventually


def refused_and_unchanged(before: object) -> None:
    with pytest.raises(StockUnavailableError):
        sell("us")
    with pytest.raises(StockUnavailableError):
        receive("us", 1)
    assert known("us") == before


def works_again() -> bool:
    try:
        sell("us")
    except StockUnavailableError:
        return False
    return True


def test_out_of_memory(world: World) -> None:
    receive("us", 5)
    with world.operator("us") as operator:
        operator.config_set("maxmemory", 1)
        refused_and_unchanged(known("us"))
        operator.config_set("maxmemory", 0)
    sell("us")
    assert_sound("us")


def test_a_replica_refuses_and_stays_fenced_until_it_is_a_primary(world: World) -> None:
    receive("us", 5)
    with world.operator("us") as operator:
        operator.script_flush()
        operator.replicaof("127.0.0.1", 9)
        refused_and_unchanged(known("us"))
        assert operator.script_exists(*every_digest()) == [False] * len(every_digest())
        operator.replicaof("NO", "ONE")
    eventually(works_again, what="the node sells again")
    assert known("us").on_hand == 4


def every_digest() -> list[str]:
    return [script.digest for script in lua.all_scripts().values()]


def test_gone(world: World) -> None:
    receive("us", 5)
    world.kill("us")
    reads: tuple[Callable[[], object], ...] = (
        lambda: sell("us"),
        lambda: queries.levels(skus=[SKU], region="us"),
        lambda: holds.expire_holds(region="us"),
    )
    for read in reads:
        with pytest.raises(StockUnavailableError):
            read()
    world.restart("us")
    eventually(works_again, what="the node sells again")
    assert known("us").on_hand == 4


def test_hanging(world: World) -> None:
    receive("us", 5)
    world.stand_still("us")
    with pytest.raises(StockUnavailableError):
        held("us", identifier="only-once")
    world.go_on("us")
    # Whether the node had read it or not: sent again, it is the same hold.
    holds.confirm(hold=held("us", identifier="only-once"))
    assert known("us").on_hand == 4
    assert_sound(*REGIONS[:1])
