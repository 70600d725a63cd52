"""Who wants to be told when something is back, and where."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms

from purchasing.forms.accounts import PRINTABLE

ANYWHERE = "any store, or by delivery"
MOST_PLACES = 2_000


class WatchForm(forms.Form):
    """An e-mail address, and a store or none. ``places`` are ids and names."""

    email = forms.EmailField(max_length=254, label="E-mail address", validators=[PRINTABLE])
    location = forms.ChoiceField(required=False, label="Where")
    email.widget.attrs.update(autocomplete="email", inputmode="email")

    def __init__(self, *args: Any, places: Sequence[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        location = cast("forms.ChoiceField", self.fields["location"])
        location.choices = [("", ANYWHERE), *places[:MOST_PLACES]]
