"""What the inventory promises other apps."""

from inventory.changes import ShortError, StockError
from inventory.fence import StockUnavailableError
from inventory.holds import HoldEndedError, confirm, hold, release
from inventory.models import Location, Point, Service
from inventory.operations import count, give_back, move, receive, retire
from inventory.pickup import NearbyStock, nearby
from inventory.queries import ledger, levels, totals
from inventory.results import Counted, Entry, Hold, Levels, Line, LocationLevel, Operation, Shortage

__all__ = [
    "Counted",
    "Entry",
    "Hold",
    "HoldEndedError",
    "Levels",
    "Line",
    "Location",
    "LocationLevel",
    "NearbyStock",
    "Operation",
    "Point",
    "Service",
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
    "nearby",
    "receive",
    "release",
    "retire",
    "totals",
]
