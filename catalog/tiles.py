"""What the admin's first page tells of searches."""

from collections.abc import Callable

from catalog import missed
from redismart.backoffice import dashboard
from redismart.backoffice.dashboard import Figure, Tile, Way
from redismart.redis.batch import Batch

MOST_SHOWN = 4


def register() -> None:
    # The whole list stands with what managers order: shoppers miss what the shop could sell.
    everything = (Way("What shoppers missed", "optimise_missed", permission="inventory.view_board"),)
    tile = Tile("missed", "Searches without results", "catalog", "catalog.view_product", lately, everything, place=50)
    dashboard.register(tile)


def lately(batch: Batch) -> Callable[[], Figure]:
    """What several visitors lately looked for in vain, most first."""
    total, texts = missed.TALLY.count(batch), missed.TALLY.asked(batch, most=MOST_SHOWN)

    def figure() -> Figure:
        lines = tuple((each.text, f"{max(round(each.times), 1):,}") for each in texts.value)
        return Figure(f"{total.value:,}", "different search" if total.value == 1 else "different searches", lines)

    return figure
