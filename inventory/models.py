"""The inventory's documents."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from redis_om import Field as KeyField

from inventory import hours, keyspace
from inventory.hours import Hours, Opening
from redismart import standards
from redismart.redis.documents import Document
from redismart.redis.indexes import Index, exact_tags, full_text, geo, tag

HIGHEST_LATITUDE = 85.05
"""Degrees. The geo index of Redis ends here; nobody shops farther north or south."""


def _timezone(name: str) -> str:
    if name not in standards.time_zones():
        raise ValueError("is not an IANA time zone such as America/New_York")
    return name


TimeZone = Annotated[str, AfterValidator(_timezone)]
LocationId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,60}$")]
Region = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{0,15}$")]


class Kind(StrEnum):
    """What a location is: a store has visitors, a fulfilment centre only sends parcels."""

    STORE = "store"
    FULFILMENT = "fulfilment"


class Service(StrEnum):
    """How goods get from a location to a shopper."""

    DELIVERY = "delivery"
    PICKUP = "pickup"
    CURBSIDE = "curbside"


class Point(BaseModel):
    """A place on Earth, in degrees."""

    model_config = ConfigDict(frozen=True)

    lat: float = Field(ge=-HIGHEST_LATITUDE, le=HIGHEST_LATITUDE, allow_inf_nan=False)
    lon: float = Field(ge=-180, le=180, allow_inf_nan=False)

    def indexed(self) -> str:
        """As RediSearch reads it: longitude first, and no exponents."""
        return f"{self.lon:.7f},{self.lat:.7f}"


class Location(Document, index=True):
    """A store or fulfilment centre. Every region's node has all of them; ``region`` is the one it belongs to."""

    app: ClassVar[str] = "inventory"

    id: LocationId = KeyField(primary_key=True)
    name: str = Field(min_length=1, max_length=200)
    kind: Kind = Kind.STORE
    region: Region
    street: str = Field(default="", max_length=200)
    city: str = Field(min_length=1, max_length=100)
    state: str = Field(default="", max_length=100)
    postcode: str = Field(default="", max_length=20)
    country: standards.Country
    point: Point
    timezone: TimeZone
    phone: str = Field(default="", max_length=40)
    hours: Hours = Field(default_factory=dict)
    services: tuple[Service, ...] = ()

    class Meta:
        global_key_prefix = keyspace.PREFIX
        model_key_prefix = keyspace.LOCATION

    search_index: ClassVar[Index] = Index(
        alias=keyspace.LOCATION_INDEX,
        prefix=keyspace.location(""),
        fields=(
            tag("$.id", "id"),
            geo("$.x.point", "point"),
            tag("$.region", "region"),
            tag("$.kind", "kind"),
            tag("$.country", "country"),
            exact_tags("$.services[*]", "services"),
            full_text("$.name", "name", weight=1),
            full_text("$.city", "city", weight=1),
            # A text cannot be sorted by as people expect.
            tag("$.name", "called"),
            tag("$.city", "town"),
        ),
    )

    def projection(self) -> dict[str, Any]:
        return {"x": {"point": self.point.indexed()}}

    def open_at(self, moment: datetime) -> bool:
        """Whether it is open. ``moment`` must have a time zone, whichever."""
        return self.opening(moment).is_open

    def opening(self, moment: datetime) -> Opening:
        """Whether it is open, and when that next changes."""
        return hours.opening(self.hours, moment, ZoneInfo(self.timezone))
