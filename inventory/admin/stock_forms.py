"""The forms of one item's page: those of the manager's own pages, at the place whose page it is."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.http import QueryDict

from inventory import places
from inventory.admin.stock_rows import StockRow
from inventory.forms import KINDS, LOCATION, UNKNOWN, StockForm
from redismart.backoffice.standins import StandIn
from redismart.loading import cleaning

NUMBERS = ("quantity", "counted", "by")


def blank(row: StandIn) -> dict[str, StockForm]:
    """Every form, of the item that a page shows."""
    stock = cast(StockRow, row.document)
    initial = {"location": stock.location, "observed": stock.on_hand, "observed_at": stock.location}
    return {action: _here(kind(sku=stock.sku, initial=initial)) for action, kind in KINDS.items()}


def bound(sent: QueryDict, row: StandIn) -> StockForm | None:
    """The form that was sent, of the place whose page it was sent to; None for what is none."""
    kind, stock = KINDS.get(sent.get("action", "")), cast(StockRow, row.document)
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
    location = forms.CharField(max_length=64, validators=[LOCATION], label="Location")

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
