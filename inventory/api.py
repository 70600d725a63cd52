"""What the inventory promises other apps."""

from inventory.changes import ShortError, StockError
from inventory.editing import keep_while as keep_location_while
from inventory.fence import StockUnavailableError
from inventory.following import Positions, StockChanges
from inventory.following import changes as stock_changes
from inventory.following import latest as latest_stock
from inventory.globe import distance_km
from inventory.holds import HoldEndedError, confirm, hold, release
from inventory.hours import Opening, Weekday
from inventory.maps import Picture as MapPicture
from inventory.maps import draw as draw_map
from inventory.models import Location, Point, Service
from inventory.operations import adjust, count, give_back, move, receive, retire
from inventory.pickup import NearbyStock, available_at, nearby
from inventory.places import Known as KnownPlaces
from inventory.places import all_locations, lately, recently
from inventory.queries import ledger, levels, totals
from inventory.results import Counted, Entry, Hold, Levels, Line, LocationLevel, Operation, Shortage

__all__ = [
    "Counted",
    "Entry",
    "Hold",
    "HoldEndedError",
    "KnownPlaces",
    "Levels",
    "Line",
    "Location",
    "LocationLevel",
    "MapPicture",
    "NearbyStock",
    "Opening",
    "Operation",
    "Point",
    "Positions",
    "Service",
    "ShortError",
    "Shortage",
    "StockChanges",
    "StockError",
    "StockUnavailableError",
    "Weekday",
    "adjust",
    "all_locations",
    "available_at",
    "confirm",
    "count",
    "distance_km",
    "draw_map",
    "give_back",
    "hold",
    "keep_location_while",
    "lately",
    "latest_stock",
    "ledger",
    "levels",
    "move",
    "nearby",
    "receive",
    "recently",
    "release",
    "retire",
    "stock_changes",
    "totals",
]
