"""Puts many items' stock in place at once: a shop's first stock, or a stock count of all of it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from inventory import fence, keyspace
from inventory.calls import Context, call
from inventory.replication.recovery import open_region
from inventory.results import Line

PER_TRIP = 500
WHO, WHY = "load_stock", "stock loaded from a file"


def stock(*, lines: Iterable[Line], regions: Mapping[str, str], operation: str, recount: bool) -> Counter[str]:
    """Set what is on hand of items, each at the region of its location (``regions``).

    Items that have stock already stay as they are, however old the file: what was sold must not come back. With
    ``recount`` the figures are a stock count made now. Returns how many items were ``stocked`` and left ``unchanged``.
    """
    tally: Counter[str] = Counter()
    waiting: defaultdict[str, list[Line]] = defaultdict(list)
    for line in lines:
        region = regions[line.location]
        waiting[region].append(line)
        if len(waiting[region]) >= PER_TRIP:
            tally += _stock(waiting.pop(region), region, operation, recount=recount)
    for region, left in waiting.items():
        tally += _stock(left, region, operation, recount=recount)
    return tally


def _stock(lines: Sequence[Line], region: str, operation: str, *, recount: bool) -> Counter[str]:
    wanted = lines if recount else _unknown(lines, region)
    calls = [
        call(
            "count",
            Context(region, f"{operation}:{line.location}:{line.sku}", WHO, WHY),
            [line],
            [line.location, line.sku, line.quantity, "" if recount else 0],
        )
        for line in wanted
    ]
    if calls:
        fence.run_all(calls, region=region, opener=open_region)
    return Counter(stocked=len(wanted), unchanged=len(lines) - len(wanted))


def _unknown(lines: Sequence[Line], region: str) -> list[Line]:
    """The items of which the region knows no stock yet."""
    pipeline = fence.node(region).pipeline()
    for line in lines:
        pipeline.hexists(keyspace.levels(line.sku), f"oh|{line.location}")
    return [line for line, known in zip(lines, pipeline.execute(), strict=True) if not known]
