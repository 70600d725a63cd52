"""Finds proposals: a page of them by what managers look for, all of them for a file, and what they come to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import islice

import structlog
from pydantic import TypeAdapter

from inventory import fence, keyspace, texts
from inventory.board import DEEPEST, PAGE_SIZE, pages
from inventory.optimising.kinds import Kind
from redismart.redis import replies, scanning
from redismart.redis.clauses import Params, all_of, tag_any
from redismart.redis.indexes import Index, hash_tag, number

log = structlog.get_logger(__name__)
FIGURES = TypeAdapter(dict[str, list[float]])
DAYS = TypeAdapter(dict[str, int])
MOST_SORTED = 10_000
"""Rows of a file that are in order: of more, Redis would have to read and sort all before it sends the first."""

NUMBERS = ("units", "value", "cover", "rate", "gain", "off", "risk")

ADVICE_INDEX = Index(
    alias=keyspace.ADVICE_INDEX,
    prefix=f"{keyspace.PREFIX}:",
    prefixes=keyspace.advices(),
    kind="HASH",
    fields=(
        hash_tag("kind"),
        hash_tag("sku"),
        hash_tag("sku", as_name="text", folded=True),
        hash_tag("location"),
        hash_tag("source"),
        hash_tag("class"),
        *(number(name, name) for name in NUMBERS),
    ),
)

SORTS = {
    Kind.REORDER: {"risk": "DESC", "cover": "ASC", "value": "DESC", "units": "DESC", "rate": "DESC"},
    Kind.SLOW: {"value": "DESC", "cover": "DESC", "units": "DESC"},
    Kind.TRANSFER: {"gain": "DESC", "value": "DESC", "cover": "ASC", "units": "DESC"},
}
"""What each kind can be sorted by and which end comes first; the first unless told."""

_ITEM = ("sku", "location", "class", "pattern", "rate", "cover", "on_hand", "coming", "idle", "point", "safety")
COLUMNS = {
    Kind.REORDER: (*_ITEM, "units", "value", "risk"),
    Kind.SLOW: (*_ITEM, "units", "value", "off"),
    Kind.TRANSFER: (*_ITEM, "source", "after", "source_cover", "source_after", "units", "gain", "value"),
}
"""Of each kind's file."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which proposals: of one kind; whose SKU has ``text`` in it or is among ``named``, of a location (giving or
    getting), of a class."""

    kind: Kind = Kind.REORDER
    text: str = ""
    location: str = ""
    letter: str = ""
    sort: str = ""
    page: int = 1
    named: tuple[str, ...] = ()

    @property
    def order(self) -> str:
        known = SORTS[self.kind]
        return self.sort if self.sort in known else next(iter(known))

    @property
    def too_short(self) -> bool:
        return texts.too_short(self.text)


@dataclass(frozen=True, slots=True)
class Proposal:
    """One proposal, as ``proposing`` wrote it. A transfer's ``location`` gets the units, its ``source`` gives them;
    days are those that stock lasts, now and ``after``; ``value`` is in the shop's currency."""

    fields: Mapping[str, str]

    def __getattr__(self, name: str) -> str:
        """A text; those that a kind does not have are empty."""
        if name.startswith("_"):
            raise AttributeError(name)
        return self.fields.get(name, "")

    @property
    def letter(self) -> str:
        return self.fields.get("class", "")

    def number(self, name: str) -> float:
        """Nought too where it is damaged."""
        return float(self.money(name))

    def money(self, name: str = "value") -> Decimal:
        try:
            found = Decimal(self.fields.get(name) or 0)
        except InvalidOperation:
            return Decimal(0)
        return found if found.is_finite() else Decimal(0)


@dataclass(frozen=True, slots=True)
class Found:
    """One page of proposals, and how many there are in all."""

    wanted: Wanted
    rows: Sequence[Proposal]
    total: int
    summary: "Summary"

    @property
    def pages(self) -> int:
        return pages(self.total)

    @property
    def cut(self) -> bool:
        """Whether there are more rows than pages lead to."""
        return self.total > DEEPEST


@dataclass(frozen=True, slots=True)
class Summary:
    """The last run: when (epoch ms) and how long it took; by kind, how many proposals, units and what they are worth;
    by class, how many SKUs and their part of the revenue; units sold by day; and what all stock cost."""

    at: int = 0
    seconds: float = 0.0
    kinds: Mapping[str, Sequence[float]] = field(default_factory=dict)
    classes: Mapping[str, Sequence[float]] = field(default_factory=dict)
    days: Mapping[str, int] = field(default_factory=dict)
    stock: float = 0.0

    def worth(self, kind: str) -> Decimal:
        """Of all proposals of a kind, in whole units of the shop's currency."""
        return Decimal(round(self.kinds.get(kind, (0, 0, 0))[2]))

    def tied_up(self) -> float | None:
        """The part of all stock's cost that lies in slow movers; None until all stock was looked at."""
        tied = float(self.kinds.get(Kind.SLOW, (0, 0, 0))[2])
        return tied / self.stock if self.stock > 0 and tied <= self.stock else None

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> "Summary":
        if not fields:
            return cls()
        try:
            kinds, classes = (FIGURES.validate_json(fields[name]) for name in ("kinds", "classes"))
            days, stock = DAYS.validate_json(fields["days"]), float(fields.get("stock", 0))
            return cls(int(fields["at"]), float(fields["seconds"]), kinds, classes, days, stock)
        except (ValueError, KeyError) as error:
            # The next run writes it anew.
            log.warning("summary_left_out", reason=type(error).__name__)
            return cls()


def find(*, wanted: Wanted, region: str | None = None) -> Found:
    """One page, in one round trip."""
    here = region or fence.here()
    pipeline = fence.node(here).pipeline()
    params = Params()
    query = all_of(_clauses(wanted, params))
    first = (wanted.page - 1) * PAGE_SIZE
    order = ("SORTBY", wanted.order, SORTS[wanted.kind][wanted.order])
    pipeline.execute_command(
        "FT.SEARCH", keyspace.ADVICE_INDEX, query, *order, "LIMIT", first, PAGE_SIZE, *params.arguments()
    )
    pipeline.hgetall(keyspace.OPTIMISED)
    with fence.reaching(here):
        reply, summary = pipeline.execute(raise_on_error=False)
    if isinstance(reply, Exception):
        raise reply
    hits, summary = replies.hits(reply), replies.sound(summary) or {}
    return Found(wanted, [Proposal(row) for row in hits.rows], hits.total, Summary.of(summary))


def summary(*, region: str | None = None) -> Summary:
    """The last run."""
    here = region or fence.here()
    with fence.reaching(here):
        return Summary.of(fence.node(here).hgetall(keyspace.OPTIMISED))


def every(*, wanted: Wanted, region: str | None = None) -> Iterator[Sequence[str]]:
    """All that are wanted, column by column, read as they are asked for: by SKU up to ``MOST_SORTED``, more of them in
    no order."""
    params, columns = Params(), COLUMNS[wanted.kind]
    batches = scanning.scan(
        fence.node(region or fence.here()),
        index=keyspace.ADVICE_INDEX,
        clauses=_clauses(wanted, params),
        params=params,
        load=[f"@{name}" for name in columns],
    )
    # What was taken back since the search found it has nothing to load.
    rows = ([row.get(name, "") for name in columns] for batch in batches for row in batch if row)
    first = list(islice(rows, MOST_SORTED + 1))
    yield from sorted(first) if len(first) <= MOST_SORTED else first
    yield from rows


def _clauses(wanted: Wanted, params: Params) -> list[str]:
    clauses = [tag_any("kind", [wanted.kind.value], params)]
    if wanted.text and not wanted.too_short:
        clauses.append(texts.clause(wanted.text, wanted.named, params))
    if wanted.location:
        either = (tag_any(name, [wanted.location], params) for name in ("location", "source"))
        clauses.append(f"({'|'.join(either)})")
    if wanted.letter:
        clauses.append(tag_any("class", [wanted.letter], params))
    return clauses
