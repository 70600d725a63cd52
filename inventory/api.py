"""What the inventory promises other apps."""

from inventory.fence import StockUnavailableError
from inventory.operations import (
    HoldEndedError,
    ShortError,
    StockError,
    confirm,
    count,
    give_back,
    hold,
    move,
    receive,
    release,
    retire,
)
from inventory.queries import ledger, levels, totals
from inventory.results import Counted, Entry, Hold, Levels, Line, LocationLevel, Operation, Shortage

__all__ = [
    "Counted",
    "Entry",
    "Hold",
    "HoldEndedError",
    "Levels",
    "Line",
    "LocationLevel",
    "Operation",
    "ShortError",
    "Shortage",
    "StockError",
    "StockUnavailableError",
    "confirm",
    "count",
    "give_back",
    "hold",
    "ledger",
    "levels",
    "move",
    "receive",
    "release",
    "retire",
    "totals",
]
