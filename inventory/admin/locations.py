"""Stores and fulfilment centres in the admin."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse

from inventory import editing, maps, places
from inventory.admin.location_form import KINDS, SERVICES, LocationForm
from inventory.admin.week import NAMES
from inventory.editing import NeededError
from inventory.hours import Weekday
from inventory.models import Kind, Location
from inventory.placing import Outcome
from redismart.backoffice.admin import DocumentAdmin
from redismart.backoffice.filters import ChoiceFilter
from redismart.backoffice.searching import every_word
from redismart.redis.clauses import Params, any_of

NEIGHBOURS = 8
LIST_WIDTH, LIST_HEIGHT = 900, 300
FARTHEST_KM = 5_000
MOST_COUNTRIES = 60


class KindChoice(ChoiceFilter):
    title = "kind"
    names = ("kind",)
    field = "kind"

    @staticmethod
    def values() -> list[tuple[str, str]]:
        return [(kind.value, label) for kind, label in KINDS.items()]


class RegionChoice(ChoiceFilter):
    title = "region"
    names = ("region",)
    field = "region"

    @staticmethod
    def values() -> list[tuple[str, str]]:
        return sorted({(each.region, each.region) for each in places.all_locations()})


class CountryChoice(ChoiceFilter):
    title = "country"
    names = ("country",)
    field = "country"

    @staticmethod
    def values() -> list[tuple[str, str]]:
        return sorted({(each.country, each.country) for each in places.all_locations()})[:MOST_COUNTRIES]


class ServiceChoice(ChoiceFilter):
    title = "service"
    names = ("service",)
    field = "services"

    @staticmethod
    def values() -> list[tuple[str, str]]:
        return [(each.value, label) for each, label in SERVICES.items()]


class LocationAdmin(DocumentAdmin):
    document = Location
    key_field = "id"
    form_base = LocationForm
    shown = (
        *("id", "name", "kind", "region", "street", "city", "state", "postcode", "country", "point", "timezone"),
        *("phone", "services", "hours"),
    )
    columns = ("named", "ident", "kind_of", "in_region", "in_city", "does", "now")
    exported = ("id", "name", "kind", "region", "street", "city", "state", "postcode", "country", "timezone", "phone")
    default_order = ("called", "ASC")
    list_filter = (KindChoice, RegionChoice, CountryChoice, ServiceChoice)
    search_help_text = "Words of the name or city, or the beginning of an ID"
    actions = ("delete_chosen", "export_chosen")
    change_list_template = "admin/inventory/locations.html"
    change_form_template = "admin/inventory/location.html"

    # Writes

    def search_clause(self, text: str, params: Params) -> str:
        clauses = [every_word(text, params), f"@id:{{{params.add(text.strip()[:60])}*}}"]
        return any_of(filter(None, clauses))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            told = editing.change_location(
                location_id=obj.pk, fields=form.stamped, since=form.since, values=form.told()
            )
        else:
            told = editing.add_location(values=form.told())
        self._tell(request, told)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self._tell(request, editing.remove_location(location_id=obj.pk))

    def remove(self, pk: str) -> None:
        """Of several: those that something still needs stay, and the page says why."""
        editing.remove_location(location_id=pk)

    def _tell(self, request: HttpRequest, told: Outcome) -> None:
        """What another region does not know yet is no failure, but must be known."""
        for region, reason in told.failed.items():
            messages.warning(
                request, f"Region {region} cannot be told now: {reason}. It will be, as soon as it can be reached."
            )

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """A store that something still needs is protected, as rows are that others refer to."""
        names, counts, lacking, _protected = super().get_deleted_objects(objs, request)
        needed = [] if lacking else [reason for row in objs for reason in editing.needed(location_id=row.pk)]
        return names, counts, lacking, needed

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        try:
            return super().delete_view(request, object_id, extra_context)
        except NeededError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse("admin:inventory_location_change", args=[object_id]))

    # Pages

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        answer = super().changelist_view(request, extra_context)
        listed = getattr(answer, "context_data", None) or {}
        if "cl" in listed:
            stored = [row.document for row in listed["cl"].result_list]
            picture = maps.spread(points=[each.point for each in stored], width=LIST_WIDTH, height=LIST_HEIGHT)
            listed["map"] = {"picture": picture, "pins": _pins(picture, stored)}
        return answer

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        answer = super().changeform_view(request, object_id, form_url, extra_context)
        told = getattr(answer, "context_data", None) or {}
        if (row := told.get("original")) is not None:
            told["map"] = _around(row.document)
        return answer

    # Columns

    @admin.display(description="name", ordering="called")
    def named(self, row: Any) -> str:
        return str(row.name)

    @admin.display(description="ID", ordering="id")
    def ident(self, row: Any) -> str:
        return str(row.id)

    @admin.display(description="kind", ordering="kind")
    def kind_of(self, row: Any) -> str:
        return KINDS[row.kind]

    @admin.display(description="region", ordering="region")
    def in_region(self, row: Any) -> str:
        return str(row.region)

    @admin.display(description="city", ordering="town")
    def in_city(self, row: Any) -> str:
        state = row.state if row.state != row.city else ""
        return ", ".join(filter(None, (row.city, state, row.country)))

    @admin.display(description="services")
    def does(self, row: Any) -> str:
        return ", ".join(each.value for each in row.services)

    @admin.display(description="open now", boolean=True)
    def now(self, row: Any) -> bool | None:
        return bool(row.document.open_at(datetime.now(UTC))) if row.kind is Kind.STORE else None

    # What those see who may only look

    @admin.display(description="where it lies")
    def point(self, row: Any) -> str:
        return f"{row.point.lat}, {row.point.lon}"

    @admin.display(description="opening hours")
    def hours(self, row: Any) -> str:
        told = [
            (NAMES[day], ", ".join(f"{opens}-{closes}" for opens, closes in row.hours.get(day, ())) or "closed")
            for day in Weekday
        ]
        return "\n".join(f"{day}: {spans}" for day, spans in told)

    @admin.display(description="services")
    def services(self, row: Any) -> str:
        return ", ".join(SERVICES[each] for each in row.services)


def _pins(picture: maps.Picture, stored: Sequence[Location]) -> list[dict[str, Any]]:
    return [_pin(pin, location) for pin, location in zip(picture.pins, stored, strict=True)]


def _pin(pin: maps.Pin, location: Location) -> dict[str, Any]:
    address = reverse("admin:inventory_location_change", args=[location.id])
    return {"x": pin.x, "y": pin.y, "number": pin.number, "name": location.name, "address": address}


def _around(location: Any) -> dict[str, Any]:
    """The store in the middle, and the nearest others around it."""
    near = places.near(point=location.point, radius_km=FARTHEST_KM, limit=NEIGHBOURS + 1)
    others = [each for each in near if each.location.id != location.id][:NEIGHBOURS]
    picture = maps.draw(centre=location.point, around=[(each.location.point, each.distance_km) for each in others])
    pins = _pins(picture, [each.location for each in others])
    far = [pin | {"km": each.distance_km} for pin, each in zip(pins, others, strict=True)]
    return {"picture": picture, "pins": far}
