"""What managers make of proposals. Each takes effect once, however often it is sent, and says why in the ledger."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import orjson
from redis.exceptions import WatchError

from inventory import fence, keyspace, operations
from inventory.changes import MOST_UNITS, StockError
from inventory.optimising import plans
from inventory.optimising.advising import proposals_told
from inventory.optimising.kinds import Kind
from inventory.results import Operation

ATTEMPTS = 20


class GoneError(StockError):
    """What was to be done is no longer proposed, or was done already."""

    def __init__(self) -> None:
        super().__init__("That was done already, or is no longer proposed. Look at what is proposed now.")


class BusyError(StockError):
    """Too many change what is proposed at this moment."""

    def __init__(self) -> None:
        super().__init__("Too much is worked out at this moment. Nothing was noted: try again.")


def transfer(*, sku: str, source: str, target: str, proposal: str, who: str, region: str | None = None) -> int:
    """Make a proposed move; returns how many units went. Raises ``GoneError``, ``ShortError``.

    Of several who make it at once, one is told that it was them, and the units go once.
    """
    here = region or fence.here()
    name = f"{Kind.TRANSFER}:{source}>{target}"
    fields = _proposed(here, sku, name, proposal)
    why = f"proposed: lasts {fields['cover']} days at {target}, {fields['source_cover']} at {source}"
    operation = Operation(f"proposal:{proposal}", who=who, why=why, region=here)
    units = int(fields["units"])
    operations.move(sku=sku, source=source, target=target, quantity=units, operation=operation)
    with suppress(BusyError):
        # The units have gone, and their SKU is looked at again for that alone.
        if not _done(here, sku, name, proposal=proposal):
            raise GoneError
    return units


def ordered(*, sku: str, location: str, proposal: str, today: int | None = None, region: str | None = None) -> int:
    """Note that a proposal was ordered: until they arrive, its units count as on their way. Returns how many.

    Raises ``GoneError``, ``BusyError``.
    """
    here = region or fence.here()
    name = f"{Kind.REORDER}:{location}"
    units = int(_proposed(here, sku, name, proposal)["units"])

    def note(pipeline: Any, planned: Mapping[str, str]) -> None:
        plan = plans.of_fields(planned, location).more(units, today or datetime.now(UTC).toordinal())
        plans.write(pipeline, (location, sku), plan)

    if not _done(here, sku, name, proposal=proposal, also=note):
        raise GoneError
    return units


def set_point(*, sku: str, location: str, units: int | None, region: str | None = None) -> None:
    """Order an item at so many units from now on; None leaves it to the optimiser."""
    if units is not None and not 0 <= units <= MOST_UNITS:
        raise StockError(f"{units} is no reorder point: use a whole number from 0 to {MOST_UNITS:,}.")
    here = region or fence.here()
    key = keyspace.plan(sku)
    with fence.reaching(here):
        pipeline = fence.node(here).pipeline(transaction=True)
        if units is None:
            pipeline.hdel(key, f"point|{location}")
        else:
            pipeline.hset(key, f"point|{location}", units)
        _look_again(pipeline, sku)
        pipeline.execute()


def _proposed(region: str, sku: str, name: str, proposal: str) -> Mapping[str, str]:
    with fence.reaching(region):
        fields: Mapping[str, str] = fence.node(region).hgetall(keyspace.advice(sku, name))
    if fields.get("id") != proposal:
        raise GoneError
    return fields


def _done(region: str, sku: str, name: str, *, proposal: str, also: Any = None) -> bool:
    """Take a proposal away and have the SKU looked at again, while it is that one. Returns whether it was.

    Raises ``BusyError``.
    """
    client = fence.node(region)
    with fence.reaching(region):
        for _attempt in range(ATTEMPTS):
            try:
                with client.pipeline(transaction=True) as pipeline:
                    pipeline.watch(keyspace.learned(keyspace.bucket_of(sku)), keyspace.plan(sku))
                    told = proposals_told(client.get(keyspace.advised(sku)))
                    planned = client.hgetall(keyspace.plan(sku))
                    known = told.pop(name, None)
                    if known is None or known[1] != proposal:
                        return False
                    pipeline.multi()
                    pipeline.delete(keyspace.advice(sku, name))
                    pipeline.set(keyspace.advised(sku), orjson.dumps(told))
                    if also is not None:
                        also(pipeline, planned)
                    _look_again(pipeline, sku)
                    pipeline.execute()
            except WatchError:
                continue
            return True
    raise BusyError


def _look_again(pipeline: Any, sku: str) -> None:
    bucket = keyspace.bucket_of(sku)
    pipeline.hincrby(keyspace.learned(bucket), keyspace.WRITES, 1)
    pipeline.zadd(keyspace.due(bucket), {sku: 0}, lt=True)
