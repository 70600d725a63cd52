"""What other apps follow of stock: which SKUs changed, by this region's logs and its copies of the others'."""

from collections.abc import Mapping
from dataclasses import dataclass

from inventory import fence, keyspace
from inventory.calls import START
from inventory.replication import reading

Positions = Mapping[str, str]
"""How far logs have been read, by their keys."""


@dataclass(frozen=True, slots=True)
class StockChanges:
    """SKUs whose stock changed after some positions of the logs, each once, and the positions that they lead to;
    ``more``: whether a log may go on."""

    skus: tuple[str, ...]
    positions: Positions
    more: bool = False


def changes(*, after: Positions, most: int, region: str | None = None) -> StockChanges:
    """The next changes of every log, about ``most`` at most of all together. One round trip.

    Stock may also change without an entry, when rows are mended after regions were compared: whoever must know of that
    too looks at every SKU now and then. Raises ``StockUnavailableError``.
    """
    here = region or fence.here()
    logs = list(reading.log_keys(here))
    with fence.reaching(here):
        share = max(most // len(logs), 1)
        found = reading.entries_after(fence.node(here), logs, [after.get(log, START) for log in logs], most=share)
    read = {log: entries[-1][0] for log, entries in zip(logs, found, strict=True) if entries}
    skus = (sku for entries in found for _location, sku in reading.items_of(entries))
    more = any(len(entries) == share for entries in found)
    return StockChanges(tuple(dict.fromkeys(skus)), {**after, **read}, more)


def latest(*, region: str | None = None) -> Positions:
    """The positions of the last changes. One round trip for each region. Raises ``StockUnavailableError``."""
    here = region or fence.here()
    client, buckets = fence.node(here), keyspace.buckets()
    with fence.reaching(here):
        own = reading.last_ids(client)
        copied = {peer: reading.positions(client, source=peer) for peer in reading.peers_of(here)}
    positions = {keyspace.log(bucket): last for bucket, last in zip(buckets, own, strict=True)}
    for peer, lasts in copied.items():
        positions |= {keyspace.log_of(bucket, peer): last for bucket, last in zip(buckets, lasts, strict=True)}
    return positions
