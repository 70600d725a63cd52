"""The scripts within Redis do what the pure counters do: same fields, same versions, after anything whatever."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby

import pytest

from inventory import auditing, fence, holds, keyspace, operations, rows
from inventory.calls import Context, call, merge
from inventory.changes import ShortError
from inventory.counters import Item, NotAvailableError, Row
from inventory.fence import StockUnavailableError
from inventory.holds import HoldEndedError
from inventory.replication import links, recovery
from inventory.results import Hold, Line, Operation
from tests.redis_nodes import REGIONS

STEPS = 160
SKUS, PLACES = ("lamp", "kettle", "rug"), ("store-1", "store-2")
START = 1_700_000_000_000
HOLD_SECONDS = 600
Where = tuple[str, str]
OFTEN = ("receive", "hold", "hear", "end") * 3
ACTIONS = (*OFTEN, "count", "move", "give", "tell", "tell", "repeat", "give_back", "retire")


@dataclass
class Held:
    """What the model knows of a hold."""

    hold: Hold
    epochs: dict[Where, int]
    state: dict[str, str] = field(default_factory=dict)


class Pair:
    """Real nodes and the model of each, given the same operations."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.known: dict[str, dict[Where, Item]] = {region: {} for region in REGIONS}
        self.now = START
        self.number = 0
        self.holds: list[Held] = []
        self.tellings: list[tuple[str, Where, rows.Told]] = []
        self.repeatable: list[Callable[[], object]] = []

    def item(self, region: str, where: Where) -> Item:
        return self.known[region].get(where, Item())

    def operation(self, region: str) -> Operation:
        self.number += 1
        self.now += self.random.randrange(120_000)
        return Operation(f"op-{self.number}", who="somebody", region=region, now=self.now)

    def where(self) -> Where:
        return self.random.choice(PLACES), self.random.choice(SKUS)

    def step(self) -> str:
        action = self.random.choice(ACTIONS)
        getattr(self, action)(self.random.choice(REGIONS))
        return action

    # --- Operations ----------------------------------------------------------------------------------

    def receive(self, region: str) -> None:
        place, sku = where = self.where()
        units, operation = self.random.randint(1, 9), self.operation(region)
        self.known[region][where] = item = self.item(region, where).receive(region, units)

        def run() -> int:
            return operations.receive(sku=sku, location=place, quantity=units, operation=operation)

        assert run() == max(item.on_hand, 0)
        self.repeatable.append(run)

    def give_back(self, region: str) -> None:
        place, sku = where = self.where()
        operation = self.operation(region)
        self.known[region][where] = self.item(region, where).receive(region, 1)
        self.repeatable.append(
            lambda: operations.give_back(sku=sku, location=place, quantity=1, operation=operation, sold_in=region)
        )
        self.repeatable[-1]()

    def count(self, region: str) -> None:
        place, sku = where = self.where()
        item, operation = self.item(region, where), self.operation(region)
        counted = self.random.randint(0, max(item.on_hand, 0) + 4)
        self.known[region][where] = counting = item.count(region, counted - max(item.on_hand, 0))

        def run() -> object:
            return operations.count(sku=sku, location=place, counted=counted, operation=operation)

        answer = operations.count(sku=sku, location=place, counted=counted, operation=operation)
        assert answer.difference == counted - max(item.on_hand, 0)
        assert answer.on_hand == max(counting.on_hand, 0)
        self.repeatable.append(run)

    def move(self, region: str) -> None:
        sku, (source, target) = self.random.choice(SKUS), self.random.sample(PLACES, 2)
        units, operation = self.random.randint(1, 5), self.operation(region)

        def run() -> None:
            operations.move(sku=sku, source=source, target=target, quantity=units, operation=operation)

        try:
            self.known[region][source, sku] = self.item(region, (source, sku)).consume(region, units)
        except NotAvailableError:
            with pytest.raises(ShortError):
                run()
            return
        self.known[region][target, sku] = self.item(region, (target, sku)).receive(region, units)
        run()
        self.repeatable.append(run)

    def retire(self, region: str) -> None:
        place, sku = where = self.where()
        operation = self.operation(region)
        self.known[region][where] = self.item(region, where).retired(region)
        self.repeatable.append(lambda: operations.retire(sku=sku, location=place, operation=operation))
        self.repeatable[-1]()

    def give(self, region: str) -> None:
        place, sku = where = self.where()
        item, wanted = self.item(region, where), self.random.randint(1, 6)
        to = self.random.choice([peer for peer in REGIONS if peer != region])
        operation = self.operation(region)
        giving = call(
            "give",
            Context(region, operation.id, "somebody", "", operation.now),
            [Line(place, sku, wanted)],
            [place, sku, wanted, to],
        )

        def run() -> object:
            return rows.unpacked(fence.run(giving, region=region, opener=recovery.open_region))

        given = min(wanted, max(item.available(region), 0))
        assert rows.unpacked(fence.run(giving, region=region, opener=recovery.open_region)) == {"given": given}
        if given:
            self.known[region][where] = item.give(region, given, to=to)
            self.repeatable.append(run)

    # --- Holds ---------------------------------------------------------------------------------------

    def hold(self, region: str) -> None:
        wheres = self.random.sample([(place, sku) for place in PLACES for sku in SKUS], self.random.randint(1, 4))
        lines = tuple(Line(place, sku, self.random.randint(1, 3)) for place, sku in sorted(wheres))
        operation = self.operation(region)

        def run() -> Hold:
            return holds.hold(lines=lines, operation=operation, seconds=HOLD_SECONDS)

        if not self._held(region, lines):
            with pytest.raises(ShortError):
                run()
            return
        hold = run()
        assert hold.expires == self.now + HOLD_SECONDS * 1000
        epochs = {(line.location, line.sku): self.item(region, (line.location, line.sku)).epoch for line in lines}
        self.holds.append(Held(hold, epochs, {bucket: "held" for bucket, _part in parts(hold)}))

    def _held(self, region: str, lines: tuple[Line, ...]) -> bool:
        taken: list[Line] = []
        for _bucket, part in parts(Hold("", region, lines, 0)):
            short = any(self.item(region, (one.location, one.sku)).available(region) < one.quantity for one in part)
            if short:
                for line in taken:
                    self._change(region, line, "release")
                return False
            for line in part:
                self._change(region, line, "hold")
            taken += part
        return True

    def _change(self, region: str, line: Line, change: str) -> None:
        where = line.location, line.sku
        self.known[region][where] = getattr(self.item(region, where), change)(region, line.quantity)

    def end(self, _region: str) -> None:
        if not self.holds:
            return
        held = self.random.choice(self.holds)
        self.now += self.random.randrange(120_000)
        wanted = self.random.choice(["confirmed", "released", "expired"])
        expected = self._end(held, wanted)
        if wanted == "confirmed" and expected != "confirmed":
            with pytest.raises(HoldEndedError) as error:
                holds.confirm(hold=held.hold, now=self.now)
            assert error.value.state == expected
        elif wanted == "confirmed":
            holds.confirm(hold=held.hold, now=self.now)
        else:
            end = holds.release if wanted == "released" else holds.expire
            assert end(hold=held.hold, now=self.now) == expected

    def _end(self, held: Held, wanted: str) -> str:
        (decider, part), *others = parts(held.hold)
        if wanted == "expired" and held.hold.expires > self.now and held.state[decider] == "held":
            return "held"
        state = self._end_part(held, decider, part, wanted)
        for bucket, lines in others:
            self._end_part(held, bucket, lines, "confirmed" if state == "confirmed" else "released")
        return state

    def _end_part(self, held: Held, bucket: str, part: list[Line], wanted: str) -> str:
        if held.state[bucket] != "held":
            return held.state[bucket]
        region = held.hold.region
        current = [self._is_current(held, line) for line in part]
        if wanted == "confirmed" and not all(current):
            wanted = "retired"
        for line, is_current in zip(part, current, strict=True):
            if is_current:
                self._change(region, line, "confirm" if wanted == "confirmed" else "release")
        held.state[bucket] = wanted
        return wanted

    def _is_current(self, held: Held, line: Line) -> bool:
        where = line.location, line.sku
        return self.item(held.hold.region, where).epoch == held.epochs[where]

    # --- Telling -------------------------------------------------------------------------------------

    def tell(self, region: str) -> None:
        for where in self.known[region]:
            fields = fence.node(region).hgetall(keyspace.item(where[1], where[0]))
            self.tellings.append((region, where, rows.told(fields, region)))

    def hear(self, region: str) -> None:
        """Some of what was ever told, in any order, old and new."""
        for source, where, told in self.random.sample(self.tellings, min(5, len(self.tellings))):
            if source == region:
                continue
            place, sku = where
            row = rows.item({f"{name}:{source}" if name[0] != "g" else f"g:{source}:{name[2:]}": str(int(value))
                             for name, value in told.items() if name not in ("e", "q", "t")}).row(source)  # fmt: skip
            self.known[region][where] = self.item(region, where).heard(
                region, source=source, row=row, epoch=int(told["e"])
            )
            merging = merge(keyspace.bucket_of(sku), [(place, sku, told)], source=source, region=region)
            fence.run(merging, region=region, opener=recovery.open_region)

    def repeat(self, _region: str) -> None:
        for operation in self.random.sample(self.repeatable, min(3, len(self.repeatable))):
            operation()

    # --- Comparing -----------------------------------------------------------------------------------

    def differences(self) -> Iterator[str]:
        for region, items in self.known.items():
            for (place, sku), item in items.items():
                real = rows.item(fence.node(region).hgetall(keyspace.item(sku, place)))
                if bare(real) != bare(item):
                    yield f"{region} {place} {sku}: Redis has {bare(real)}, not {bare(item)}"
            yield from map(str, auditing.audit(region))


def parts(hold: Hold) -> list[tuple[str, list[Line]]]:
    ordered = sorted(hold.lines, key=lambda line: (keyspace.bucket_of(line.sku), line))
    return [(bucket, list(part)) for bucket, part in groupby(ordered, lambda line: keyspace.bucket_of(line.sku))]


def bare(item: Item) -> Item:
    """Without demand, and without rows that say nothing."""
    known = {region: replace(row, demand=0.0, demand_at=0) for region, row in item.rows.items()}
    return Item({region: row for region, row in sorted(known.items()) if row != Row()}, item.epoch)


@pytest.fixture
def no_fetching() -> None:
    """A region that is short asks nobody: the model knows one region at a time."""
    for region in REGIONS:
        for peer in set(REGIONS) - {region}:
            links.cut(region=region, peer=peer)


@pytest.mark.usefixtures("no_fetching")
@pytest.mark.parametrize("seed", [1, 2, 3, random.randrange(10**9)], ids=["1", "2", "3", "random"])
def test_scripts_and_counters_agree(seed: int) -> None:
    pair = Pair(seed)
    done: list[str] = []
    for number in range(STEPS):
        done.append(pair.step())
        if number % 8 == 0 or number == STEPS - 1:
            wrong = list(pair.differences())
            assert not wrong, f"seed {seed}, after {done[-9:]}: {wrong}"


def test_repairing_brings_back_what_follows_from_counters() -> None:
    operation = Operation("receive", region="us")
    operations.receive(sku="lamp", location="store-1", quantity=5, operation=operation)
    operations.receive(sku="lamp", location="store-2", quantity=2, operation=replace(operation, id="second"))
    node = fence.node("us")
    node.hset(keyspace.levels("lamp"), mapping={"oh": 99, "av|us|store-1": 4})
    node.hset(keyspace.projection("lamp", "store-1"), "on_hand", 1)
    node.hset(keyspace.digest(keyspace.bucket_of("lamp")), "us", 77)
    assert {drift.kind for drift in auditing.audit("us")} == {"level", "projection", "digest"}
    assert auditing.repair("us") == 2
    assert auditing.audit("us") == []


def test_an_audit_sees_what_the_ledger_does_not_explain() -> None:
    operations.receive(sku="lamp", location="store-1", quantity=5, operation=Operation("receive", region="us"))
    fence.node("us").hincrby(keyspace.item("lamp", "store-1"), "u:us", 1)
    fence.node("us").hincrby(keyspace.item("lamp", "store-1"), "h:us", 2)
    auditing.repair("us")
    assert sorted(drift.kind for drift in auditing.audit("us")) == ["held", "ledger"]


def test_an_audit_of_a_region_that_cannot_be_reached_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fence, "node", lambda _region: (_ for _ in ()).throw(ConnectionRefusedError("gone")))
    with pytest.raises(StockUnavailableError, match="gone"):
        auditing.audit("us")
