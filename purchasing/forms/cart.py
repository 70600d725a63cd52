"""What visitors send to change a cart."""

from typing import Any

from django import forms
from django.http import QueryDict

from purchasing.carts import CartError
from purchasing.models import MOST_OF_ONE

LONGEST_SKU = 200
COUNT = {"invalid": "Write the quantity as a whole number.", "required": "Say how many."}


def _count(*, least: int, **options: Any) -> forms.IntegerField:
    between = f"Choose a quantity from {least} to {MOST_OF_ONE}."
    messages = COUNT | {"min_value": between, "max_value": between}
    return forms.IntegerField(min_value=least, max_value=MOST_OF_ONE, error_messages=messages, **options)


class Line(forms.Form):
    """A SKU; kept as it is, since it may begin or end with a space."""

    sku = forms.CharField(
        max_length=LONGEST_SKU,
        strip=False,
        error_messages={"required": "Say which product.", "max_length": "There is no product with so long a number."},
    )


class Put(Line):
    quantity = _count(least=1)


class Change(Line):
    """``seen`` is the quantity that the page showed."""

    quantity = _count(least=0)
    seen = _count(least=0, required=False)


def told(form: type[Line], sent: QueryDict) -> dict[str, Any]:
    """What was sent, checked. Raises ``CartError``, which says what is wrong with it."""
    filled = form(sent)
    if not filled.is_valid():
        raise CartError(" ".join(str(problem) for problems in filled.errors.values() for problem in problems))
    return filled.cleaned_data
