"""Old log entries go: regions still come to know the same, and one whose node is lost gets everything back."""

import pytest

from inventory import fence, holds, keyspace
from inventory.changes import ShortError
from inventory.replication import comparing, trimming
from inventory.replication.recovery import open_region
from tests.redis_nodes import REGIONS
from tests.regional.stock import SKU, assert_sound, held, known, receive, sell
from tests.regional.world import World, everything_exchanged, exchange_from

BUCKET = keyspace.bucket_of(SKU)


def trim(region: str) -> None:
    """As if all that the region ever did were long past: the last entry of each log stays."""
    assert trimming.trim(region=region, keep_days=-1) > 0


def lose(world: World, region: str) -> None:
    world.kill(region)
    world.lose(region)
    world.restart(region)


def assert_all_know(on_hand: int) -> None:
    assert {known(region).on_hand for region in REGIONS} == {on_hand}
    assert_sound(*REGIONS)


def test_a_peer_that_was_cut_off_meanwhile_learns_all(world: World) -> None:
    receive("us", 50)
    everything_exchanged(REGIONS)
    world.isolate("ap")
    for _sale in range(10):
        sell("us")
    trim("us")
    world.heal()
    sell("us")
    everything_exchanged(REGIONS)
    assert_all_know(39)


def test_a_node_restarted_with_all_its_data_sells_on(world: World) -> None:
    receive("us", 4)
    receive("us", 1)
    everything_exchanged(REGIONS)
    trim("us")
    world.kill("us")
    world.restart("us")
    sell("us", 2)
    everything_exchanged(REGIONS)
    assert_all_know(3)


@pytest.mark.usefixtures("world")
def test_comparing_finds_no_late_news_in_it() -> None:
    receive("us", 4)
    receive("us", 1)
    everything_exchanged(REGIONS)
    trim("us")
    assert comparing.compare(source="us", peer="eu") == 0
    assert_all_know(5)


@pytest.mark.parametrize("trimmed", ["before", "after"])
def test_set_back_to_data_of_before_or_after(world: World, trimmed: str) -> None:
    receive("us", 9)
    kept, later = held("us", 2), held("us", 1)
    everything_exchanged(REGIONS)
    if trimmed == "before":
        trim("us")
    world.keep_copy("us")
    sell("us", 4)
    holds.confirm(hold=kept)
    everything_exchanged(REGIONS)
    if trimmed == "after":
        trim("us")
    world.go_back("us")
    with pytest.raises(ShortError):
        sell("us", 3)
    holds.confirm(hold=kept)
    holds.confirm(hold=later)
    everything_exchanged(REGIONS)
    assert known("us").row("us").consumed == 7
    assert_all_know(2)


def test_lost_with_all_its_data(world: World) -> None:
    receive("us", 9)
    sell("us", 4)
    everything_exchanged(REGIONS)
    trim("us")
    sell("us", 2)
    everything_exchanged(REGIONS)
    lose(world, "us")
    open_region("us")
    with pytest.raises(ShortError):
        sell("us", 4)
    everything_exchanged(REGIONS)
    assert_all_know(3)


def test_lost_when_no_peer_has_all_of_its_log(world: World) -> None:
    """What the entries do not say any more, the rows do; and the ledger says so."""
    receive("us", 9)
    everything_exchanged(REGIONS)
    world.isolate("us")
    sell("us", 3)
    sell("us", 1)
    trim("us")
    sell("us", 2)
    world.heal()
    everything_exchanged(REGIONS)
    lose(world, "us")
    sell("us", 3)
    everything_exchanged(REGIONS)
    assert known("eu").row("us").consumed == 9
    assert_all_know(0)
    kinds = [fields["kind"] for _entry_id, fields in fence.node("us").xrange(keyspace.log(BUCKET))]
    assert "recovered" in kinds


def test_a_region_set_back_may_be_cut_off_again_at_once(world: World) -> None:
    receive("us", 9)
    everything_exchanged(REGIONS)
    world.keep_copy("us")
    sell("us", 4)
    exchange_from("us")
    trim("us")
    world.go_back("us")
    open_region("us")
    world.isolate("us")
    with world.seen_from("us"):
        sell("us", 5)
        with pytest.raises(ShortError):
            sell("us")
    world.heal()
    everything_exchanged(REGIONS)
    assert_all_know(0)
