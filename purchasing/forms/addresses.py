"""An address for the book: as at checkout, with the countries to choose from."""

from typing import Any

from babel import Locale
from django import forms

from purchasing.address_form import AddressForm, country_names
from purchasing.forms.accounts import PRINTABLE


class BookedAddress(AddressForm):
    """Give it the visitor's locale: countries are called, and sorted, as it has them."""

    def __init__(self, *args: Any, locale: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["country"].widget = forms.Select({"autocomplete": "country"}, choices=country_names(locale))
        self.initial.setdefault("country", Locale.parse(locale).territory)
        for field in self.fields.values():
            field.validators.append(PRINTABLE)
