"""What managers decided of an item: the point at which to order, and what they have ordered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from inventory import fence, keyspace
from inventory.replication.reading import Item
from redismart.redis import replies

NO_POINT = -1
"""What a point counts as that somebody has damaged: none."""

FORGOTTEN_LEADS = 4
"""An order that has not come after so many lead times will not come: it counts no longer."""


@dataclass(frozen=True, slots=True)
class Plan:
    """``point``: units at which to order, None for what the optimiser says; ``ordered``: units on their way, the last
    of them since the day ``since``."""

    point: int | None = None
    ordered: int = 0
    since: int = 0

    def arrived(self, units: int) -> "Plan":
        return replace(self, ordered=max(self.ordered - units, 0))

    def more(self, units: int, today: int) -> "Plan":
        return replace(self, ordered=self.ordered + units, since=today)

    def coming(self, today: int, lead: int) -> int:
        """Units that may still be expected."""
        return self.ordered if today - self.since <= FORGOTTEN_LEADS * lead else 0


NOTHING = Plan()


def of_fields(fields: Mapping[str, str], location: str) -> Plan:
    """One location's plan from a SKU's hash."""
    point, ordered = fields.get(f"point|{location}"), fields.get(f"ordered|{location}")
    units, _, since = (ordered or "0@0").partition("@")
    own = None if point is None else replies.whole(point, NO_POINT)
    return Plan(None if own == NO_POINT else own, replies.whole(units), replies.whole(since))


def read(region: str, items: Iterable[Item]) -> dict[Item, Plan]:
    """Those of some items that have one, in one round trip."""
    wanted = list(items)
    pipeline = fence.node(region).pipeline()
    for _location, sku in wanted:
        pipeline.hgetall(keyspace.plan(sku))
    found = pipeline.execute() if wanted else []
    plans = {item: of_fields(fields, item[0]) for item, fields in zip(wanted, found, strict=True) if fields}
    return {item: plan for item, plan in plans.items() if plan != NOTHING}


def write(pipeline: Any, item: Item, plan: Plan) -> None:
    """Queue the plan of an item."""
    location, sku = item
    key = keyspace.plan(sku)
    if plan.point is None:
        pipeline.hdel(key, f"point|{location}")
    else:
        pipeline.hset(key, f"point|{location}", plan.point)
    if plan.ordered:
        pipeline.hset(key, f"ordered|{location}", f"{plan.ordered}@{plan.since}")
    else:
        pipeline.hdel(key, f"ordered|{location}")
