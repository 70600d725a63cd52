"""One run: start, break, heal, sell out, check."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from inventory import holds
from inventory.changes import ShortError
from inventory.fence import StockUnavailableError
from inventory.replication import balancing
from inventory.replication.recovery import open_region
from inventory.results import Line, Operation
from tests.chaos import checking
from tests.chaos.acting import CONFIRMED, perform
from tests.chaos.breaking import Breaker, Crew
from tests.chaos.checking import Expected
from tests.chaos.journal import Journal
from tests.redis_nodes import PortRange
from tests.regional.world import World, everything_exchanged

Result = TypeVar("Result")

FAR_FUTURE = 4_000_000_000_000
PATIENCE_SECONDS = 120.0


@dataclass
class Outcome:
    """What a run did and found."""

    seed: int
    rows: dict[str, int] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)


def run(
    *, seed: int, seconds: float, regions: Sequence[str], folder: Path, ports: PortRange, say: Callable[[str], object]
) -> Outcome:
    """Let regions sell while everything breaks; returns what was found once all was healed."""
    chance = random.Random(seed)
    with World(folder=folder, ports=ports, regions=regions) as world:
        crew = Crew(world, chance)
        breaker = Breaker(world, crew, chance)
        with world.seen_from(regions[0], directly=True):
            for region in regions:
                open_region(region)
        say(f"{len(regions)} regions sell for {seconds:.0f} s while links are cut and nodes are killed …")
        try:
            crew.start_all()
            _break(breaker, chance, seconds)
        finally:
            crew.end()
        breaker.mend()
        say("Healed; what was begun is finished, and everything that may be sold is.")
        with world.seen_from(regions[0], directly=True):
            return settled(Outcome(seed), crew, regions, breaker.happened)


def _break(breaker: Breaker, chance: random.Random, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        time.sleep(0.2 + chance.random() * 0.6)
        breaker.turn()


def settled(outcome: Outcome, crew: Crew, regions: Sequence[str], happened: Mapping[str, int]) -> Outcome:
    """Finish what was begun, sell everything that may be sold, and check."""
    outcome.violations += [f"process {name} ended by itself" for name in crew.died()]
    for region in regions:
        _patiently(lambda region=region: open_region(region))  # type: ignore[misc]
    expected = Expected()
    for journal in crew.journals():
        finish(journal)
        expected.add(*journal.read())
    everything_exchanged(regions)
    for region in regions:
        holds.expire_holds(region=region, now=FAR_FUTURE)
    everything_exchanged(regions)
    outcome.violations += checking.violations(expected, regions)
    outcome.rows = _figures(expected, happened)
    spree = sell_out(regions)
    for hold in spree.orders.values():
        expected.sold(hold)
    everything_exchanged(regions)
    outcome.violations += checking.violations(expected, regions)
    outcome.rows |= {"orders of the last spree": len(spree.orders), "units left unsold": checking.unsold(regions)}
    if outcome.rows["units left unsold"]:
        outcome.violations.append(f"{outcome.rows['units left unsold']} units are left unsold")
    return outcome


def finish(journal: Journal) -> None:
    """Carry out again whatever has no result: each takes effect once."""
    intents, results = journal.read()
    for number, intent in intents.items():
        if number not in results:
            journal.end(number, _patiently(lambda intent=intent: perform(intent)))  # type: ignore[misc]


def sell_out(regions: Sequence[str]) -> Expected:
    """Sell everything, one region after the other, rights fetched from wherever they are."""
    sold = Expected()
    for where in checking.items_of(regions[0]):
        for region in regions:
            _sell_item(sold, region, where, regions)
        _balance(regions, where)
    return sold


def _sell_item(sold: Expected, region: str, where: tuple[str, str], regions: Sequence[str]) -> None:
    units = sum(max(checking.items_of(region)[where].available(each), 0) for each in regions)
    while units > 0:
        try:
            operation = Operation(uuid4().hex, who="spree", region=region)
            hold = holds.hold(lines=[Line(*where, units)], operation=operation)
        except ShortError:
            units //= 2
            continue
        holds.confirm(hold=hold)
        sold.orders[hold.hold_id] = hold


def _balance(regions: Sequence[str], where: tuple[str, str]) -> None:
    for region in regions:
        balancing.balance(region=region, items=[where], operation=uuid4().hex, now=int(time.time() * 1000))


def _patiently(act: Callable[[], Result]) -> Result:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return act()
        except StockUnavailableError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _figures(expected: Expected, happened: Mapping[str, int]) -> dict[str, int]:
    figures = {f"{kind}: asked for": count for kind, count in sorted(expected.operations.items())}
    figures[f"orders {CONFIRMED}"] = len(expected.orders)
    figures["orders returned"] = len(expected.returned)
    return figures | dict(sorted(happened.items()))
