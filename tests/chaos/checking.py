"""What must be so once everything is healed, held against what the sellers' journals say."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from inventory import auditing, fence, keyspace, rows
from inventory.counters import Item
from inventory.replication import reading
from inventory.results import Hold
from tests.chaos.acting import CONFIRMED, SHORT
from tests.chaos.journal import Intent
from tests.chaos.seller import MORTAL
from tests.regional.world import counters_of

Where = tuple[str, str]


@dataclass
class Expected:
    """What the journals say: units that each item must have on hand, and the lines of each order that was confirmed."""

    on_hand: Counter[Where] = field(default_factory=Counter)
    orders: dict[str, Hold] = field(default_factory=dict)
    returned: set[str] = field(default_factory=set)
    operations: Counter[str] = field(default_factory=Counter)

    def add(self, intents: Mapping[str, Intent], results: Mapping[str, str]) -> None:
        for number, intent in intents.items():
            self.operations[intent["kind"]] += 1
            if number in results:
                self._add(intent, results[number])

    def _add(self, intent: Intent, result: str) -> None:
        kind = intent["kind"]
        if kind == "receive":
            self.on_hand[_where(intent)] += intent["units"]
        elif kind == "count":
            self.on_hand[_where(intent)] += intent["counted"] - intent["observed"]
        elif kind == "move" and result != SHORT:
            self.on_hand[_where(intent)] -= intent["units"]
            self.on_hand[intent["target"], intent["sku"]] += intent["units"]
        elif kind == "return" and intent["id"] not in self.returned:
            self.returned.add(intent["id"])
            self.on_hand[_where(intent)] += intent["units"]
        elif kind == "confirm" and result == CONFIRMED:
            self.sold(Hold.decoded(intent["hold"]))

    def sold(self, hold: Hold) -> None:
        if hold.hold_id not in self.orders:
            self.orders[hold.hold_id] = hold
            for line in hold.lines:
                self.on_hand[line.location, line.sku] -= line.quantity


def violations(expected: Expected, regions: Sequence[str]) -> Iterator[str]:
    """Everything that is not as it must be."""
    yield from _unequal(regions)
    for region in regions:
        yield from map(str, auditing.audit(region))
    items = items_of(regions[0])
    yield from _balances(expected, items)
    yield from _sales(expected, regions)


def unsold(regions: Sequence[str]) -> int:
    """Units that a region may still sell."""
    return sum(max(item.available(region), 0) for item in items_of(regions[0]).values() for region in regions)


def items_of(region: str) -> dict[Where, Item]:
    """Every item as a region knows it."""
    client = fence.node(region)
    found = [item for bucket in keyspace.buckets() for item in reading.items_in(client, bucket)]
    return {(place, sku): rows.item(client.hgetall(keyspace.item(sku, place))) for place, sku in found}


def _unequal(regions: Sequence[str]) -> Iterator[str]:
    first, *others = ((region, counters_of(region)) for region in regions)
    for region, known in others:
        for key in sorted({*known, *first[1]}):
            if known.get(key) != first[1].get(key):
                yield f"{key}: {first[0]} has {first[1].get(key)}, {region} has {known.get(key)}"


def _balances(expected: Expected, items: Mapping[Where, Item]) -> Iterator[str]:
    for where, item in items.items():
        received = sum(row.received for row in item.rows.values())
        consumed = sum(row.consumed for row in item.rows.values())
        if consumed > received:
            yield f"{where}: oversold, {consumed} consumed of {received} received"
        if where[1] != MORTAL and item.on_hand != expected.on_hand[where]:
            yield f"{where}: {item.on_hand} on hand, not {expected.on_hand[where]}"


def _sales(expected: Expected, regions: Sequence[str]) -> Iterator[str]:
    """Each confirmed order's lines were sold once, and nothing else was."""
    sold: dict[str, Counter[Where]] = {}
    for fields in _log_entries(regions):
        if fields["kind"] == "sale":
            sold.setdefault(fields["op"], Counter())[fields["location"], fields["sku"]] -= int(fields["quantity"])
    for order in sorted({*sold, *expected.orders}):
        hold = expected.orders.get(order)
        lines = hold.lines if hold else ()
        wanted = {(line.location, line.sku): line.quantity for line in lines}
        found = dict(sold.setdefault(order, Counter()))
        if found != wanted:
            yield f"order {order}: sold {found}, confirmed {wanted}"


def _log_entries(regions: Sequence[str]) -> Iterable[Mapping[str, str]]:
    for region in regions:
        for bucket in keyspace.buckets():
            for _entry_id, fields in fence.node(region).xrange(keyspace.log(bucket)):
                yield fields


def _where(intent: Intent) -> Where:
    return intent["place"], intent["sku"]
