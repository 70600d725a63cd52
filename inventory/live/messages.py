"""What boards are told, as server-sent events with JSON. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict

import orjson

from inventory.board import BoardRow
from inventory.replication.links import Link
from inventory.results import Entry

HEARTBEAT = b": still here\n\n"
RETRY = b"retry: 1000\n\n"
"""How long (ms) a browser waits before it connects again."""


def of_row(row: BoardRow) -> bytes:
    return orjson.dumps(asdict(row) | {"low": row.low})


def of_links(links: Iterable[Link]) -> bytes:
    return orjson.dumps([asdict(link) | {"said": link.said} for link in links])


def of_event(entry: Entry, *, place: str) -> bytes:
    """``place`` is what people call the location."""
    return orjson.dumps(asdict(entry) | {"place": place})


def message(
    number: int,
    *,
    rows: Iterable[bytes] = (),
    events: Sequence[bytes] = (),
    links: bytes = b"",
    whole: bool = False,
    away: bool = False,
) -> bytes:
    """One event. ``whole``: everything the page shows, not only what changed; ``away``: the node does not answer."""
    parts = [b'"whole":' + (b"true" if whole else b"false"), b'"away":' + (b"true" if away else b"false")]
    parts.append(b'"rows":[' + b",".join(rows) + b"]")
    parts.append(b'"events":[' + b",".join(events) + b"]")
    if links:
        parts.append(b'"links":' + links)
    return b"id: %d\ndata: {%s}\n\n" % (number, b",".join(parts))
