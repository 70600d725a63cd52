"""What managers ask of proposals, and what they make of them."""

from typing import Any

from django import forms
from django.http import QueryDict

from inventory import fence, places
from inventory.changes import MOST_UNITS
from inventory.forms import LOCATION, LONGEST_TEXT, page_of
from inventory.optimising import acting
from inventory.optimising.finding import Wanted
from inventory.optimising.kinds import Kind
from inventory.optimising.policy import CLASSES
from redismart import names
from redismart.loading import cleaning

PROPOSAL = r"\A[0-9a-f]{32}\Z"


def wanted(query: QueryDict) -> Wanted:
    """Which proposals the address asks for; what makes no sense is as good as not asked for."""
    kind, letter = query.get("kind", ""), query.get("class", "")
    text = query.get("q", "").strip()[:LONGEST_TEXT]
    return Wanted(
        kind=Kind(kind) if kind in set(Kind) else Kind.REORDER,
        text=text,
        named=names.skus(text),
        location=query.get("location", "").strip()[:LONGEST_TEXT],
        letter=letter if letter in CLASSES else "",
        sort=query.get("sort", "")[:LONGEST_TEXT],
        page=page_of(query),
    )


class Sku(forms.CharField):
    """Any SKU that an item can have."""

    def __init__(self) -> None:
        super().__init__(max_length=cleaning.LONGEST_KEY, strip=False)

    def clean(self, value: Any) -> str:
        sku = str(super().clean(value))
        if not cleaning.is_key(sku):
            raise forms.ValidationError("No item can have such a SKU.")
        return sku


class Transfer(forms.Form):
    """Make a proposed move."""

    sku = Sku()
    source = forms.CharField(max_length=64, validators=[LOCATION])
    target = forms.CharField(max_length=64, validators=[LOCATION])
    proposal = forms.RegexField(regex=PROPOSAL)

    def carry_out(self, *, who: str) -> str:
        """Do it; returns what to say about it. Raises ``StockError`` and ``StockUnavailableError``."""
        told, at = self.cleaned_data, places.names()
        units = acting.transfer(who=who, **told)
        return f"Moved {units:,} of {_called(told['sku'])} from {at[told['source']]} to {at[told['target']]}."


class Ordered(forms.Form):
    """Somebody ordered what was proposed."""

    sku = Sku()
    location = forms.CharField(max_length=64, validators=[LOCATION])
    proposal = forms.RegexField(regex=PROPOSAL)

    def carry_out(self, *, who: str) -> str:  # noqa: ARG002
        told = self.cleaned_data
        units = acting.ordered(**told)
        return f"{units:,} of {_called(told['sku'])} are on their way to {places.names()[told['location']]}."


class Point(forms.Form):
    """A manager knows better when to order, or leaves it to the optimiser again: each region for its own places."""

    sku = Sku()
    location = forms.CharField(max_length=64, validators=[LOCATION])
    units = forms.IntegerField(min_value=0, max_value=MOST_UNITS, required=False)

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        location = told.get("location")
        known = places.by_ids([location]) if location else {}
        if location and location not in known:
            self.add_error("location", f"There is no location {location}: take one from the list.")
        elif location and known[location].region != fence.here():
            self.add_error("location", f"{location} is of another region: set it there.")
        return told

    def carry_out(self, *, who: str) -> str:  # noqa: ARG002
        told = self.cleaned_data
        acting.set_point(**told)
        if told["units"] is None:
            return f"When to order {_called(told['sku'])} is worked out from its sales again."
        return f"{_called(told['sku'])} is to be ordered at {told['units']:,} units from now on."


def _called(sku: str) -> str:
    """What a product is called; its SKU where it has no name."""
    return names.of([sku]).get(sku, sku)


ACTIONS: dict[str, type[Transfer | Ordered | Point]] = {"transfer": Transfer, "ordered": Ordered, "point": Point}
