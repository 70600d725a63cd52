"""What the live board shows: items found in the stock index, their levels in every region, and what happened last.

Everything is read from one region's node. The page and the live process ask with the same commands.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from inventory import fence, keyspace, texts
from inventory.queries import entry
from inventory.replication import reading
from inventory.replication.reading import Item
from inventory.results import Entry
from redismart.redis import replies
from redismart.redis.clauses import Params, all_of, number_between, tag_any
from redismart.redis.indexes import Index, hash_tag, number

PAGE_SIZE = 50
DEEPEST = 10_000
"""Rows past this one are not paged to: Redis sorts all that come before it, and nobody reads them."""

LAST_PAGE = DEEPEST // PAGE_SIZE
EVENTS_SHOWN = 50
LOW = 5
"""Units that anybody may still sell, from which down an item's stock is low. Not those of this region alone: most units
of a place are for the region to sell that it is in.
"""

MOST_EXPANDED = 200
"""Different SKUs that RediSearch looks through for a part of one."""

STOCK_INDEX = Index(
    alias=keyspace.STOCK_INDEX,
    prefix=f"{keyspace.PREFIX}:",
    prefixes=keyspace.projections(),
    kind="HASH",
    fields=(
        hash_tag("sku"),
        hash_tag("sku", as_name="text", folded=True),
        hash_tag("location"),
        number("on_hand", "on_hand"),
        number("sellable", "sellable"),
        number("held", "held"),
    ),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which items: those whose SKU has ``text`` in it or is among ``named``, of one location, with low stock; all
    unless told."""

    text: str = ""
    location: str = ""
    low: bool = False
    page: int = 1
    named: tuple[str, ...] = ()

    @property
    def too_short(self) -> bool:
        return texts.too_short(self.text)


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One SKU at one location: on hand, what each region may sell, and what all of them have set aside."""

    location: str
    sku: str
    on_hand: int = 0
    available: Mapping[str, int] = field(default_factory=dict)
    held: int = 0

    @property
    def low(self) -> bool:
        """Whether hardly anything of it is left to sell, for whomever."""
        return sum(self.available.values()) <= LOW


@dataclass(frozen=True, slots=True)
class BoardPage:
    """One page of items, how many there are in all, and every location there is.

    ``looked_through`` are the SKUs that were found by their text, before the other wishes.
    """

    wanted: Wanted
    rows: tuple[BoardRow, ...]
    total: int
    locations: tuple[str, ...]
    looked_through: int = 0

    @property
    def pages(self) -> int:
        return pages(self.total)

    @property
    def cut(self) -> bool:
        """Whether there are more rows than pages lead to."""
        return self.total > DEEPEST

    @property
    def partial(self) -> bool:
        """Whether more SKUs or names may have the text in them than were looked through."""
        return max(self.looked_through, len(self.wanted.named)) >= MOST_EXPANDED

    @property
    def items(self) -> list[Item]:
        return [(row.location, row.sku) for row in self.rows]


def pages(total: int) -> int:
    """How many pages a number of rows makes: at least one, and none past ``DEEPEST``."""
    return max(-(-min(total, DEEPEST) // PAGE_SIZE), 1)


def find(*, wanted: Wanted, region: str | None = None) -> BoardPage:
    """The items of one page, in two round trips."""
    pipeline = fence.node(region or fence.here()).pipeline()
    pipeline.execute_command(*_search(wanted))
    pipeline.execute_command("FT.TAGVALS", keyspace.STOCK_INDEX, "location")
    for command in _count(wanted):
        pipeline.execute_command(*command)
    found, locations, *counted = pipeline.execute()
    hits = replies.hits(found)
    items = [(row["location"], row["sku"]) for row in hits.rows if row.keys() >= {"location", "sku"}]
    shown = tuple(rows(items=items, region=region))
    return BoardPage(wanted, shown, hits.total, tuple(sorted(locations)), _sku_count(*counted))


def rows(*, items: Sequence[Item], region: str | None = None) -> list[BoardRow]:
    """Items as the board shows them, in one round trip."""
    pipeline = fence.node(region or fence.here()).pipeline()
    for command in row_commands(items, fence.regions()):
        pipeline.execute_command(*command)
    return rows_of(items, fence.regions(), pipeline.execute(raise_on_error=False) if items else [])


def row_commands(items: Iterable[Item], regions: Sequence[str]) -> list[tuple[str, ...]]:
    """Two commands per item; ``rows_of`` reads their replies."""
    return [command for item in items for command in _row_commands(item, regions)]


def rows_of(items: Sequence[Item], regions: Sequence[str], found: Sequence[Any]) -> list[BoardRow]:
    """Rows from the replies to ``row_commands``, of a pipeline that does not raise; what is damaged is nought."""
    return [
        _row(item, regions, levels, held) for item, levels, held in zip(items, found[::2], found[1::2], strict=True)
    ]


def events(*, region: str | None = None, most: int = EVENTS_SHOWN) -> list[Entry]:
    """What was done lately in any region, newest first, in two round trips.

    The last of all logs say which logs can hold one of the latest entries at all.
    """
    here = region or fence.here()
    logs = reading.log_keys(here)
    lasts = _latest(here, logs, most=1)
    newest = sorted((log for log, found in lasts.items() if found), key=lambda log: -lasts[log][0].at)[:most]
    found = _latest(here, {log: logs[log] for log in newest}, most=most)
    return sorted((each for entries in found.values() for each in entries), key=lambda each: -each.at)[:most]


def _latest(here: str, logs: Mapping[str, str], *, most: int) -> dict[str, list[Entry]]:
    if not logs:
        return {}
    pipeline = fence.node(here).pipeline()
    for log in logs:
        pipeline.xrevrange(log, count=most)
    return {
        log: [entry(source, entry_id, fields) for entry_id, fields in found]
        for (log, source), found in zip(logs.items(), pipeline.execute(), strict=True)
    }


def _search(wanted: Wanted) -> list[Any]:
    params = Params()
    query = all_of(_clauses(wanted, params))
    order = "sellable" if wanted.low else "sku"
    first = (wanted.page - 1) * PAGE_SIZE
    shown = ["SORTBY", order, "ASC", "LIMIT", first, PAGE_SIZE, "RETURN", 2, "sku", "location"]
    return ["FT.SEARCH", keyspace.STOCK_INDEX, query, *shown, *params.arguments()]


def _count(wanted: Wanted) -> list[list[Any]]:
    """Of SKUs with the text in them, whatever else is wanted; nothing to ask without a text."""
    params = Params()
    skus = ["GROUPBY", 0, "REDUCE", "COUNT_DISTINCT", 1, "@sku", "AS", "skus"]
    return [
        ["FT.AGGREGATE", keyspace.STOCK_INDEX, clause, *skus, *params.arguments()]
        for clause in _by_text(wanted, params)
    ]


def _by_text(wanted: Wanted, params: Params) -> list[str]:
    searched = wanted.text and not wanted.too_short
    return [texts.clause(wanted.text, wanted.named, params)] if searched else []


def _sku_count(reply: Sequence[Any] = ()) -> int:
    return sum(int(replies.pairs(row)["skus"]) for row in reply[1:])


def _clauses(wanted: Wanted, params: Params) -> list[str]:
    clauses = _by_text(wanted, params)
    if wanted.location:
        clauses.append(tag_any("location", [wanted.location], params))
    if wanted.low:
        clauses.append(number_between("sellable", None, LOW + 1))
    return clauses


def _row_commands(item: Item, regions: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    location, sku = item
    levels = ("HMGET", keyspace.levels(sku), f"oh|{location}", *(f"av|{region}|{location}" for region in regions))
    held = ("HMGET", keyspace.item(sku, location), *(f"h:{region}" for region in regions))
    return levels, held


def _row(item: Item, regions: Sequence[str], levels: Any, held: Any) -> BoardRow:
    on_hand, *available = map(replies.whole, replies.sound(levels) or [None] * (1 + len(regions)))
    may_sell = dict(zip(regions, available, strict=True))
    return BoardRow(*item, max(on_hand, 0), may_sell, sum(map(replies.whole, replies.sound(held) or ())))
