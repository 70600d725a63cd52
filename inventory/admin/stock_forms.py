"""The forms of one item's page: those of the manager's own pages, at the place whose page it is."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.http import QueryDict

from inventory import fence, places
from inventory.admin.stock_rows import StockRow
from inventory.changes import MOST_UNITS
from inventory.forms import KINDS, UNKNOWN, PlaceField, StockForm
from inventory.optimising import acting
from redismart.backoffice.standins import StandIn
from redismart.loading import cleaning

NUMBERS = ("quantity", "counted", "by", "units")


class OrderAt(StockForm):
    """When to order: at so many units, or as it follows from what is sold. Only of this region's own places: each
    region orders for its own.
    """

    action = "point"
    title = "Order at"
    button = "Set when to order"

    units = forms.IntegerField(
        label="Units", min_value=0, max_value=MOST_UNITS, required=False, help_text="Left empty, it follows from sales."
    )
    field_order = ("location", "units", "why")

    def clean(self) -> dict[str, Any]:
        told = super().clean()
        location = told.get("location", "")
        if not _is_own(location):
            self.add_error(None, f"{location} is of another region: set it there.")
        return told

    def carry_out(self, *, who: str) -> str:  # noqa: ARG002
        location, units = self.cleaned_data["location"], self.cleaned_data["units"]
        acting.set_point(sku=self.sku, location=location, units=units)
        if units is None:
            return f"When to order at {location} follows from sales again."
        return f"To be ordered at {units:,} units at {location} from now on."


FORMS: dict[str, type[StockForm]] = {**KINDS, OrderAt.action: OrderAt}


def _is_own(location: str) -> bool:
    found = places.by_ids([location]).get(location)
    return found is not None and found.region == fence.here()


def blank(row: StandIn) -> dict[str, StockForm]:
    """Every form, of the item that a page shows."""
    stock = cast(StockRow, row.document)
    initial: dict[str, Any] = {"location": stock.location, "observed": stock.on_hand, "observed_at": stock.location}
    initial["units"] = stock.point if stock.own_point else None
    kinds = FORMS if _is_own(stock.location) else KINDS
    return {action: _here(kind(sku=stock.sku, initial=dict(initial))) for action, kind in kinds.items()}


def bound(sent: QueryDict, row: StandIn) -> StockForm | None:
    """The form that was sent, of the place whose page it was sent to; None for what is none."""
    kind, stock = FORMS.get(sent.get("action", "")), cast(StockRow, row.document)
    if kind is None:
        return None
    told: Mapping[str, Any] = sent.dict() | {"location": stock.location}
    return _here(kind(told, sku=stock.sku))


def _here(form: StockForm) -> StockForm:
    """With inputs as the admin has them; the place is that of the page."""
    form.fields["location"].widget = forms.HiddenInput()
    for name, field in form.fields.items():
        if not field.widget.is_hidden:
            field.widget.attrs["class"] = "vIntegerField" if name in NUMBERS else "vTextField"
    if "target" in form.fields:
        form.fields["target"].widget.attrs["list"] = "stock-places"
    return form


class Which(forms.Form):
    """An item: a SKU at a place."""

    sku = forms.CharField(label="SKU", max_length=200)
    location = PlaceField(label="Location")

    def __init__(self, *values: Any, **named: Any) -> None:
        super().__init__(*values, **named)
        for field in self.fields.values():
            field.widget.attrs["class"] = "vTextField"
        self.fields["location"].widget.attrs["list"] = "stock-places"

    def clean_sku(self) -> str:
        sku: str = self.cleaned_data["sku"]
        if not cleaning.is_key(sku):
            raise forms.ValidationError("No item can have such a SKU.")
        return sku

    def clean_location(self) -> str:
        location: str = self.cleaned_data["location"]
        if location not in places.by_ids([location]):
            raise forms.ValidationError(UNKNOWN, params={"location": location})
        return location
