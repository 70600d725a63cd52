"""How many units of which line come back."""

from typing import Any

from django import forms

from purchasing import refunds, returning
from purchasing.models import Order


class ReturnForm(forms.Form):
    """A count for each line of the order, and the return that they are chosen for."""

    step = forms.RegexField(regex=r"\Areturn-[0-9]{1,4}\Z", widget=forms.HiddenInput)

    def __init__(self, *args: Any, order: Order, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("step", returning.next_step(order))
        self.lines: dict[str, str] = {}
        bought, left = refunds.bought(order), refunds.returnable(order)
        for place, (sku, units) in enumerate(bought.items()):
            # Named by their place: a SKU may be any text. As many as were bought: a form sent again must be understood.
            self.lines[f"line-{place}"] = sku
            self.fields[f"line-{place}"] = forms.IntegerField(
                min_value=0,
                max_value=units,
                required=False,
                label=next(item.name for item in order.items if item.sku == sku),
                help_text=f"{left[sku]} of {units} can come back",
            )

    def quantities(self) -> dict[str, int]:
        """Units by SKU; for a form that is valid."""
        return {sku: self.cleaned_data.get(name) or 0 for name, sku in self.lines.items()}
