"""Whatever happens in whatever order, regions come to know the same, and their ledgers explain it."""

import random
from collections.abc import Callable
from contextlib import suppress

import pytest

from inventory import auditing, holds, operations
from inventory.changes import StockError
from inventory.replication import balancing, comparing, reading, shipping, trimming
from inventory.replication.recovery import open_region
from inventory.results import Hold, Line
from tests.redis_nodes import REGIONS
from tests.regional.stock import assert_sound, known, operation
from tests.regional.world import World, everything_exchanged, exchange_from

SKU, PLACES = "lamp", ("store-1", "store-2")
STEPS = 90
FAR_FUTURE = 10**13
SEEDS = (34, 43, 1089)


class Events:
    """What may happen to regions that have nothing but each other."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.chance = world, random.Random(seed)
        self.kept: list[Hold] = []
        self.copied: set[str] = set()
        self.happen: dict[Callable[[str, str], object], float] = {
            self.receive: 6,
            self.sell: 6,
            self.hold: 4,
            self.end: 4,
            self.count: 2,
            self.move: 2,
            self.retire: 1.5,
            self.ship: 8,
            self.compare: 2,
            self.copy: 2,
            self.go_back: 1.2,
            self.trim: 1.5,
            self.exchange: 1,
            self.balance: 2,
        }

    def turn(self) -> None:
        (event,) = self.chance.choices(list(self.happen), list(self.happen.values()))
        with suppress(StockError):
            event(self.chance.choice(REGIONS), self.chance.choice(PLACES))

    def receive(self, region: str, place: str) -> None:
        units = self.chance.randint(1, 5)
        operations.receive(sku=SKU, location=place, quantity=units, operation=operation(region))

    def sell(self, region: str, place: str) -> None:
        lines = [Line(place, SKU, self.chance.randint(1, 2))]
        holds.confirm(hold=holds.hold(lines=lines, operation=operation(region)))

    def hold(self, region: str, _place: str) -> None:
        places = self.chance.sample(PLACES, self.chance.randint(1, 2))
        self.kept.append(holds.hold(lines=[Line(place, SKU, 1) for place in places], operation=operation(region)))

    def end(self, _region: str, _place: str) -> None:
        if self.kept:
            hold = self.kept.pop(self.chance.randrange(len(self.kept)))
            self.chance.choice((holds.confirm, holds.release))(hold=hold)

    def count(self, region: str, place: str) -> None:
        counted = self.chance.randint(0, 8)
        operations.count(sku=SKU, location=place, counted=counted, operation=operation(region))

    def move(self, region: str, place: str) -> None:
        (target,) = set(PLACES) - {place}
        operations.move(sku=SKU, source=place, target=target, quantity=1, operation=operation(region))

    def retire(self, region: str, place: str) -> None:
        operations.retire(sku=SKU, location=place, operation=operation(region))

    def ship(self, region: str, _place: str) -> None:
        shipping.ship(source=region, peer=self.chance.choice(reading.peers_of(region)))

    def compare(self, region: str, _place: str) -> None:
        comparing.compare(source=region, peer=self.chance.choice(reading.peers_of(region)))

    def copy(self, region: str, _place: str) -> None:
        self.world.keep_copy(region)
        self.copied.add(region)

    def go_back(self, _region: str, _place: str) -> None:
        if self.copied:
            region = self.chance.choice(sorted(self.copied))
            self.world.go_back(region)
            open_region(region)
            assert auditing.audit(region) == []
            # What both who gave rights and who got them forget, nobody can know: one node loses data at a time.
            for peer in reading.peers_of(region):
                comparing.compare(source=peer, peer=region)

    def trim(self, region: str, _place: str) -> None:
        trimming.trim(region=region, keep_days=-1)

    def exchange(self, region: str, _place: str) -> None:
        exchange_from(region)

    def balance(self, region: str, place: str) -> None:
        name = f"balance-{self.chance.random()}"
        balancing.balance(region=region, items=[(place, SKU)], operation=name, now=FAR_FUTURE)


def run(world: World, seed: int) -> None:
    events = Events(world, seed)
    for _step in range(STEPS):
        events.turn()
    everything_exchanged(REGIONS)
    assert_sound(*REGIONS)
    for place in PLACES:
        item = known("us", sku=SKU, place=place)
        assert all(item.rights(region) >= 0 for region in REGIONS)


@pytest.mark.parametrize("seed", SEEDS)
def test_orders_that_failed_once(world: World, seed: int) -> None:
    run(world, seed)


@pytest.mark.parametrize("_time", ["once", "again"])
def test_another_order_each_time(world: World, _time: str) -> None:
    # The report of a failure shows the arguments, and so the seed.
    run(world, random.randrange(10**9))
