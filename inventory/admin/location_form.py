"""The form of a store: inputs for what text boxes would make people guess at."""

from typing import Any

from django import forms
from django.contrib.admin import widgets
from django.core.validators import RegexValidator

from inventory import fence
from inventory.admin.week import HoursField
from inventory.models import HIGHEST_LATITUDE, Kind, Point, Service
from redismart import standards
from redismart.backoffice.forms import DocumentForm

IDENTIFIER = RegexValidator(
    r"\A[A-Za-z0-9_-]{1,60}\Z", "Use letters, digits, dashes and underscores: at most 60, no spaces."
)
SERVICES = {Service.DELIVERY: "Sends parcels", Service.PICKUP: "Pickup in store", Service.CURBSIDE: "Curbside pickup"}
KINDS = {Kind.STORE: "Store", Kind.FULFILMENT: "Fulfilment centre"}


class PointField(forms.CharField):
    """A place on Earth, ``latitude, longitude`` in degrees, as maps show and copy it."""

    widget = widgets.AdminTextInputWidget

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        if not text:
            return None
        try:
            lat, lon = (float(part) for part in text.replace(";", ",").split(","))
            return Point(lat=lat, lon=lon).model_dump()
        except ValueError:
            raise forms.ValidationError(
                f"Write latitude and longitude in degrees, such as 47.6062, -122.3321; latitudes end at "
                f"{HIGHEST_LATITUDE} north and south."
            ) from None

    def prepare_value(self, value: Any) -> Any:
        return f"{value.lat}, {value.lon}" if isinstance(value, Point) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(self.prepare_value(initial) or "") != str(data or "")


class ServicesField(forms.MultipleChoiceField):
    """What a store does, in the order in which all stores are told of."""

    widget = forms.CheckboxSelectMultiple

    def clean(self, value: Any) -> Any:
        return tuple(Service(each) for each in dict.fromkeys(super().clean(value)))


def regions() -> list[tuple[str, str]]:
    return [(region, region) for region in fence.regions()]


def countries() -> list[tuple[str, str]]:
    return [("", "---------"), *((code, code) for code in sorted(standards.countries()))]


def time_zones() -> list[tuple[str, str]]:
    return [("", "---------"), *((name, name.replace("_", " ")) for name in sorted(standards.time_zones()))]


class LocationForm(DocumentForm):
    """The fields of a location of which a plain text would be a guess."""

    id = forms.CharField(
        max_length=60,
        validators=[IDENTIFIER],
        widget=widgets.AdminTextInputWidget,
        label="ID",
        help_text="Short and for good, such as us-boston-1: stock and orders name it. Cannot be changed later.",
    )
    kind = forms.ChoiceField(
        choices=[(kind.value, label) for kind, label in KINDS.items()],
        help_text="A store has visitors; a fulfilment centre only sends parcels.",
    )
    region = forms.ChoiceField(choices=regions, help_text="Whose node its stock belongs to.")
    country = forms.ChoiceField(choices=countries)
    point = PointField(
        max_length=80, label="Where it lies", help_text="Latitude, longitude, as maps copy it: 47.6062, -122.3321"
    )
    timezone = forms.ChoiceField(choices=time_zones, label="Time zone", help_text="Opening hours are in it.")
    hours = HoursField(
        required=False,
        label="Opening hours",
        help_text="09:00-18:00; two spans with a comma; 18:00-02:00 ends on the next day; empty is closed.",
    )
    services = ServicesField(required=False, choices=[(each.value, label) for each, label in SERVICES.items()])

    def told(self) -> dict[str, Any]:
        """Also what an empty choice means: no hours, no services."""
        return super().told() | {name: self.cleaned_data[name] for name in ("hours", "services")}
