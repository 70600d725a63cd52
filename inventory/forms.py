"""What staff type: which items to look at, and changes of stock. A form carries its operation's id, so that sending it
twice counts once.
"""

import hashlib
import re
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.http import QueryDict

from inventory import operations, places, queries
from inventory.board import LAST_PAGE, Wanted
from inventory.changes import MOST_UNITS
from inventory.results import Counted, Operation
from redismart import names

LONGEST_TEXT = 100
LONGEST_NUMBER = 18
LONGEST_PLACE = 300
"""A name and an id; see ``inventory.models.Location``."""

DAMAGED = dict.fromkeys(
    ("required", "invalid", "max_length", "null_characters_not_allowed"), "This form is damaged: load the page again."
)
"""What inputs say that nobody sees or fills."""

UNKNOWN = "There is no location %(location)s: take one from the list, or add it first, in the admin or by load_stores."
SHARED = "Several locations are called %(location)s: write the one that you mean, %(ids)s."
LOCATION = RegexValidator(
    re.compile(r"\A[A-Za-z0-9][A-Za-z0-9._-]*\Z"), "A location is written with letters, digits, dots and dashes."
)


class PlaceField(forms.CharField):
    """A location, by its id or the name that pages show of it. It becomes the id, also of one that is no more there."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LONGEST_PLACE, validators=[LOCATION], **options)

    def to_python(self, value: Any) -> str:
        typed = str(super().to_python(value) or "")
        ids = places.names().ids(typed) if typed else []
        if len(ids) > 1:
            raise ValidationError(SHARED, params={"location": typed, "ids": " or ".join(sorted(ids))})
        if not ids and " " in typed:
            raise ValidationError(UNKNOWN, params={"location": typed})
        return ids[0] if ids else typed

    def prepare_value(self, value: Any) -> Any:
        shown = isinstance(value, str) and value and not self.widget.is_hidden
        return places.recently().names[value] if shown else value


def wanted(query: QueryDict) -> Wanted:
    """Which items the address asks for; what makes no sense is as good as not asked for."""
    text = query.get("q", "").strip()[:LONGEST_TEXT]
    location = query.get("location", "").strip()[:LONGEST_TEXT]
    return Wanted(text, location, bool(query.get("low")), page_of(query), names.skus(text))


def page_of(query: QueryDict) -> int:
    """The page that an address asks for; the first for what is none, the last that can be reached for one beyond."""
    page = query.get("page", "")
    number = int(page) if page.isascii() and page.isdecimal() and len(page) <= LONGEST_NUMBER else 1
    return min(max(number, 1), LAST_PAGE)


class StockForm(forms.Form):
    """A change at one location, with its reason.

    ``bringing`` is the field of the location to which units come: the shop must know it. Others may also name what is
    no location any more, as long as stock of the item is left there.
    """

    action = ""
    title = ""
    button = ""
    bringing = ""

    operation = forms.RegexField(regex=r"\A[0-9a-f]{32}\Z", widget=forms.HiddenInput, error_messages=DAMAGED)
    location = PlaceField()
    why = forms.CharField(label="Reason", max_length=200, error_messages={"required": "Say why."})

    def __init__(self, *args: Any, sku: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.sku = sku
        self.auto_id = f"{self.action}-%s"
        self.initial.setdefault("operation", uuid4().hex)

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        named = {field: told[field] for field in ("location", "target") if field in told}
        known = places.by_ids(named.values())
        for field, location in named.items():
            if location not in known and (field == self.bringing or not self._has_stock(location)):
                self.add_error(field, ValidationError(UNKNOWN, params={"location": location}))
        return told

    def unseen(self) -> list[str]:
        """What is wrong with inputs that nobody sees: it is told above the others."""
        found = (str(each) for field in self.hidden_fields() for each in field.errors)
        return list(dict.fromkeys(found))

    def _has_stock(self, location: str) -> bool:
        return location in queries.levels(skus=[self.sku])[self.sku].locations

    def _named(self, field: str) -> str:
        return places.names()[self.cleaned_data[field]]

    def carry_out(self, *, who: str) -> str:
        """Make the change; returns what to say about it. Raises ``StockError`` and ``StockUnavailableError``."""
        raise NotImplementedError

    def as_operation(self, who: str) -> Operation:
        """The same form with other figures, sent from the browser's history, is another operation."""
        asked = "|".join(f"{name}={value}" for name, value in sorted(self.cleaned_data.items()))
        digest = hashlib.sha256(f"{self.action}|{asked}".encode()).hexdigest()[:16]
        return Operation(f"{self.cleaned_data['operation']}:{digest}", who=who, why=self.cleaned_data["why"])


class Receive(StockForm):
    """Units have arrived."""

    action = "receive"
    title = "Receive"
    button = "Receive the units"
    bringing = "location"

    quantity = forms.IntegerField(label="Units", min_value=1, max_value=MOST_UNITS)
    field_order = ("location", "quantity", "why")

    def carry_out(self, *, who: str) -> str:
        location, quantity = self.cleaned_data["location"], self.cleaned_data["quantity"]
        on_hand = operations.receive(
            sku=self.sku, location=location, quantity=quantity, operation=self.as_operation(who)
        )
        return f"Received {quantity:,} at {self._named('location')}: {on_hand:,} on hand now."


class Count(StockForm):
    """Somebody has counted."""

    action = "count"
    title = "Count"
    button = "Record the count"

    counted = forms.IntegerField(label="Units counted", min_value=0, max_value=MOST_UNITS)
    # What nobody can have seen is refused by the operation, which says so where it is read.
    observed = forms.IntegerField(required=False, widget=forms.HiddenInput, error_messages=DAMAGED)
    observed_at = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput, error_messages=DAMAGED)
    field_order = ("location", "counted", "why")

    def carry_out(self, *, who: str) -> str:
        told = self.cleaned_data
        counted = operations.count(
            sku=self.sku,
            location=told["location"],
            counted=told["counted"],
            # The page showed the units of one location; who then names another has seen nothing of that one.
            observed=told["observed"] if told["observed_at"] == told["location"] else None,
            operation=self.as_operation(who),
        )
        return f"Counted at {self._named('location')}: {changed(counted)}"


class Adjust(StockForm):
    """Units were lost, broken or found, without a count."""

    action = "adjust"
    title = "Adjust"
    button = "Adjust the stock"

    by = forms.IntegerField(
        label="More or less",
        min_value=-MOST_UNITS,
        max_value=MOST_UNITS,
        error_messages={"invalid": "Enter how many more or less there are, such as -2."},
    )
    field_order = ("location", "by", "why")

    def clean_by(self) -> int:
        by: int = self.cleaned_data["by"]
        if not by:
            raise ValidationError("That changes nothing: enter how many more or less there are, such as -2.")
        return by

    def carry_out(self, *, who: str) -> str:
        told = self.cleaned_data
        adjusted = operations.adjust(
            sku=self.sku, location=told["location"], by=told["by"], operation=self.as_operation(who)
        )
        return f"Adjusted at {self._named('location')}: {changed(adjusted)}"


def changed(counted: Counted) -> str:
    """What a count or an adjustment came to."""
    owed = f" {counted.owed:,} of them are sold elsewhere and will be settled." if counted.owed else ""
    return f"{counted.difference:+,} units, {counted.on_hand:,} on hand now.{owed}"


class Move(StockForm):
    """Units go to another location."""

    action = "move"
    title = "Move"
    button = "Move the units"
    bringing = "target"

    target = PlaceField(label="To")
    quantity = forms.IntegerField(label="Units", min_value=1, max_value=MOST_UNITS)
    field_order = ("location", "target", "quantity", "why")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["location"].label = "From"

    def carry_out(self, *, who: str) -> str:
        told = self.cleaned_data
        operations.move(
            sku=self.sku,
            source=told["location"],
            target=told["target"],
            quantity=told["quantity"],
            operation=self.as_operation(who),
        )
        return f"Moved {told['quantity']:,} from {self._named('location')} to {self._named('target')}."


KINDS: dict[str, type[StockForm]] = {form.action: form for form in (Receive, Count, Adjust, Move)}


class Drill(forms.Form):
    """Cut a link, or heal it."""

    action = forms.ChoiceField(choices=[("cut", "cut"), ("heal", "heal")])
    peer = forms.CharField(max_length=16)
