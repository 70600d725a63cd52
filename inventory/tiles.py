"""What the admin's first page tells of stock and its replication."""

from collections.abc import Callable
from typing import Any

from inventory import fence, keyspace, places
from inventory.optimising.kinds import Kind
from inventory.permissions import VIEW_BOARD
from inventory.replication import links
from inventory.replication.links import State
from redismart import names
from redismart.backoffice import dashboard
from redismart.backoffice.dashboard import Figure, Tile, Way
from redismart.redis import replies
from redismart.redis.batch import Batch
from redismart.redis.clauses import Params, number_between, tag_any

MOST_URGENT = 3


def register() -> None:
    stock = (Way("What to order", "optimise"), Way("Stock", "admin:inventory_stock_changelist", "left=few"))
    dashboard.register(Tile("low", "Low stock", "inventory", VIEW_BOARD, low, stock, place=30))
    seen = (Way("Links", "admin:inventory_link_changelist"), Way("Live board", "board"))
    dashboard.register(Tile("replication", "Replication", "inventory", VIEW_BOARD, replication, seen, place=40))


def low(batch: Batch) -> Callable[[], Figure]:
    """Items of this region under their reorder point, the most urgent by name; and those of which nothing is left."""
    params = Params()
    kind = tag_any("kind", [Kind.REORDER], params)
    urgent = ("SORTBY", "risk", "DESC", "LIMIT", 0, MOST_URGENT, "RETURN", 2, "sku", "location", "TIMEOUT", 0)
    order = batch.add("FT.SEARCH", keyspace.ADVICE_INDEX, kind, *urgent, *params.arguments(), parse=replies.hits)
    nothing: tuple[Any, ...] = ("LIMIT", 0, 0, "TIMEOUT", 0, "DIALECT", 2)
    out = number_between("sellable", None, 1)
    version = batch.add("GET", keyspace.LOCATION_VERSION, parse=lambda found: found)
    gone = batch.add("FT.SEARCH", keyspace.STOCK_INDEX, out, *nothing, parse=replies.total)

    def figure() -> Figure:
        places.note(version.value)
        rows, total, at = order.value.rows, order.value.total, places.lately().names
        called = names.of(row["sku"] for row in rows)
        lines = tuple((called.get(row["sku"], row["sku"]), at[row["location"]]) for row in rows)
        told = "items under their reorder point"
        return Figure(f"{total:,}", told, (*lines, ("Items with nothing left", f"{gone.value:,}")), alarming=total > 0)

    return figure


def replication(batch: Batch) -> Callable[[], Figure]:
    """This region's links, as its own node knows them."""
    here = fence.here()
    asked = links.asked(batch, region=here)

    def figure() -> Figure:
        found = asked()
        live = sum(link.state is not State.CUT for link in found)
        lines = tuple((f"{link.source} to {link.peer}", f"{link.said}, {link.lag_seconds:.1f} s") for link in found)
        told = f"of {len(found)} links alive" if found else "links: there is one region"
        return Figure(f"{live}", told, lines, alarming=live < len(found))

    return figure
