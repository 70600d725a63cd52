"""What staff say when they change an order. A form carries how the order stood, and a name of its own."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms

from purchasing import noting, refunds
from purchasing.bouncing import LONGEST_HOW
from purchasing.models import Order, Return
from purchasing.returning import LONGEST_REASON

MOST_DIGITS = 14
LONGEST_WHY = 300
WHOLE, LINES, AMOUNT = "whole", "lines", "amount"

Told = Iterator[tuple[str, str]]


class StepForm(forms.Form):
    """``since`` is ``noting.standing`` of the order that was looked at; ``operation`` names this press of a button."""

    since = forms.CharField(max_length=64, widget=forms.HiddenInput)
    operation = forms.RegexField(regex=r"\A[0-9a-f]{32}\Z", widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, order: Order, returned: Return | None = None) -> None:
        super().__init__(data, initial={"since": noting.standing(order), "operation": uuid4().hex}, label_suffix="")
        self.order = order
        self.returned = returned
        self.add_fields()

    def add_fields(self) -> None:
        """Those that depend on the order."""

    @property
    def mark(self) -> str:
        """The press's name, as sent; empty when it is none."""
        sent = str(self.data.get("operation", ""))
        return sent if self.fields["operation"].regex.match(sent) else ""  # type: ignore[attr-defined]

    @property
    def stood(self) -> str:
        """How the order stood when it was looked at; for a form that is valid."""
        return str(self.cleaned_data["since"])

    @property
    def reason(self) -> str:
        return str(self.cleaned_data.get("why", "")) if self.is_valid() else ""

    def amount(self) -> Decimal:
        """What is paid back by it; for a form that is valid."""
        return Decimal(0)

    def told(self) -> Told:
        """What it comes to, line by line; for a form that is valid."""
        yield from ()

    def names(self) -> dict[str, str]:
        return {item.sku: item.name for item in self.order.items}


class CancelForm(StepForm):
    why = forms.CharField(
        label="Why",
        max_length=LONGEST_WHY,
        help_text="The shopper gets to read it.",
        widget=forms.Textarea({"rows": 3}),
    )

    def amount(self) -> Decimal:
        return refunds.unpaid(self.order)


class RefundForm(StepForm):
    """Money without goods: all of it, what some units cost, or an amount of one's own."""

    what = forms.ChoiceField(
        label="What is paid back",
        choices=[
            (LINES, "What these units cost"),
            (AMOUNT, "Another amount"),
            (WHOLE, "All that is not paid back yet"),
        ],
        widget=forms.RadioSelect,
        initial=LINES,
    )
    sum = forms.DecimalField(label="Amount", required=False, min_value=0, max_digits=MOST_DIGITS)
    why = forms.CharField(
        label="Why",
        max_length=LONGEST_WHY,
        help_text="The shopper gets to read it.",
        widget=forms.Textarea({"rows": 3}),
    )

    def add_fields(self) -> None:
        self.lines = _add_counts(self, "line", refunds.bought(self.order), label=lambda name: f"Units of {name}")
        self.order_fields(["since", "operation", "what", *self.lines, "sum", "why"])
        self.fields["sum"].help_text = f"At most {refunds.unpaid(self.order)} {self.order.totals.currency}."

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and (problem := self._problem(self._sum())):
            self.add_error("sum" if cleaned["what"] == AMOUNT else None, problem)
        return cleaned

    def amount(self) -> Decimal:
        return self._sum()

    def told(self) -> Told:
        if self.cleaned_data["what"] == LINES:
            yield from _units_told(self, self._units())
        yield "Why", self.reason

    def _sum(self) -> Decimal:
        what = self.cleaned_data["what"]
        if what == LINES:
            return refunds.amount(self.order, self._units()) if self._units() else Decimal(0)
        return self.cleaned_data.get("sum") or Decimal(0) if what == AMOUNT else refunds.unpaid(self.order)

    def _units(self) -> dict[str, int]:
        return _counted(self, self.lines)

    def _problem(self, wanted: Decimal) -> str:
        most, coin, currency = refunds.unpaid(self.order), refunds.coin(self.order), self.order.totals.currency
        if not wanted:
            return "Say how much: choose units or name an amount."
        if wanted > most:
            return f"At most {most} {currency} can be paid back."
        return f"{wanted} {currency} cannot be paid back: name a multiple of {coin}." if wanted % coin else ""


class ReceiveForm(StepForm):
    """What has come of a return, and what of that nobody can be sold any more."""

    why = forms.CharField(
        label="Remark",
        required=False,
        max_length=LONGEST_WHY,
        help_text="For the staff: why less came, what is broken.",
    )

    def add_fields(self) -> None:
        asked = self.returned.quantities if self.returned else {}
        self.came_lines = _add_counts(self, "came", asked, label=lambda name: f"{name}: came back", full=True)
        self.spoilt_lines = _add_counts(self, "spoilt", asked, label=lambda name: f"{name}: of these, unsellable")
        self.order_fields(
            [
                "since",
                "operation",
                *(name for pair in zip(self.came_lines, self.spoilt_lines, strict=True) for name in pair),
            ]
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            self._judge(self.came(), self.spoilt())
        return cleaned

    def _judge(self, came: dict[str, int], spoilt: dict[str, int]) -> None:
        asked = self.returned.quantities if self.returned else {}
        if not came:
            self.add_error(None, "Say what has come, or refuse the return.")
        for name, sku in self.spoilt_lines.items():
            if spoilt.get(sku, 0) > came.get(sku, 0):
                self.add_error(name, "No more than came back.")
        if (spoilt or came != asked) and not self.cleaned_data.get("why"):
            self.add_error("why", "Not all came back as it went: say what is amiss.")

    def came(self) -> dict[str, int]:
        return _counted(self, self.came_lines)

    def spoilt(self) -> dict[str, int]:
        return _counted(self, self.spoilt_lines)

    def amount(self) -> Decimal:
        return refunds.amount(self.order, self.came())

    def told(self) -> Told:
        yield from _units_told(self, self.came())
        for sku, units in self.spoilt().items():
            yield self.names()[sku], f"{units} of these, unsellable"
        if self.reason:
            yield "Remark", self.reason


class PaidOtherwiseForm(StepForm):
    """What the bank did not take has reached the shopper in another way."""

    why = forms.CharField(
        label="How it was paid back",
        max_length=LONGEST_HOW,
        help_text="For the staff: by which transfer, when, to whom.",
        widget=forms.Textarea({"rows": 3}),
    )


class RefuseForm(StepForm):
    why = forms.CharField(
        label="Why",
        max_length=LONGEST_REASON,
        help_text="The shopper gets to read it.",
        widget=forms.Textarea({"rows": 3}),
    )


def _add_counts(
    form: StepForm, kind: str, units: dict[str, int], *, label: Callable[[str], str], full: bool = False
) -> dict[str, str]:
    """A count for each line; named by its place, since a SKU may be any text. Returns the SKUs by name."""
    named = {f"{kind}-{place}": sku for place, sku in enumerate(units)}
    names = form.names()
    for name, sku in named.items():
        form.fields[name] = forms.IntegerField(
            label=label(names.get(sku, sku)),
            min_value=0,
            max_value=units[sku],
            required=False,
            initial=units[sku] if full else 0,
            help_text=f"of {units[sku]}",
        )
    return named


def _counted(form: StepForm, lines: dict[str, str]) -> dict[str, int]:
    return {sku: units for name, sku in lines.items() if (units := form.cleaned_data.get(name) or 0)}


def _units_told(form: StepForm, units: dict[str, int]) -> Told:
    for sku, count in units.items():
        yield form.names()[sku], f"{count} unit{'s' if count > 1 else ''}"
