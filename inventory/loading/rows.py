"""One row of RedisMart's own format for stores, checked: see docs/loading.md for its fields. Pure."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, field_validator

from inventory.hours import Hours
from inventory.models import Kind, Location, LocationId, Point, Region, Service, TimeZone
from redismart.loading import cleaning
from redismart.standards import Country


def _line(value: Any) -> Any:
    return cleaning.line(value) if isinstance(value, str) else value


def _upper(value: Any) -> Any:
    return value.strip().upper() if isinstance(value, str) else value


# The limits stand before the cleaning, so that they apply to what it leaves.
Name = Annotated[str, StringConstraints(min_length=1, max_length=200), BeforeValidator(_line)]
City = Annotated[str, StringConstraints(min_length=1, max_length=100), BeforeValidator(_line)]
Line = Annotated[str, StringConstraints(max_length=100), BeforeValidator(_line)]
Street = Annotated[str, StringConstraints(max_length=200), BeforeValidator(_line)]
Short = Annotated[str, StringConstraints(max_length=20), BeforeValidator(_line)]
Phone = Annotated[str, StringConstraints(max_length=40), BeforeValidator(_line)]


class Row(BaseModel):
    """One store. Unknown fields are ignored."""

    model_config = ConfigDict(frozen=True)

    id: LocationId
    name: Name
    kind: Kind = Kind.STORE
    region: Region
    street: Street = ""
    city: City
    state: Line = ""
    postcode: Short = ""
    country: Annotated[Country, BeforeValidator(_upper)]
    location: Point
    timezone: TimeZone
    phone: Phone = ""
    hours: Hours = Field(default_factory=dict)
    services: tuple[Service, ...] = ()

    @field_validator("services", mode="after")
    @classmethod
    def _each_once(cls, value: tuple[Service, ...]) -> tuple[Service, ...]:
        return tuple(dict.fromkeys(value))

    def document(self) -> Location:
        """The document of the store."""
        fields = {name: getattr(self, name) for name in type(self).model_fields if name != "location"}
        # redis-om makes up a ULID for a document without it.
        return Location(pk=self.id, point=self.location, **fields)


def read(fields: Mapping[str, Any], *, region: str) -> Row:
    """A checked row, in ``region`` when it names none; null and empty fields count as absent.

    Raises pydantic's ``ValidationError``.
    """
    given = {name: value for name, value in fields.items() if value is not None and value != ""}
    return Row.model_validate({"region": region, **given})
