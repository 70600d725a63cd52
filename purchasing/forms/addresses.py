"""An address, as people write it; which parts are needed depends on the country."""

import re
from functools import lru_cache
from typing import Any

from babel import Locale
from django import forms
from pydantic import ValidationError

from purchasing.forms.accounts import PRINTABLE
from purchasing.models import Address
from purchasing.towns import countries_by_name
from redismart import standards

US_ZIP = re.compile(r"(?a:\d{5}(-\d{4})?)")
WITH_STATES = ("US", "CA", "AU", "BR", "MX", "IN")
WITHOUT_POSTCODES = ("IE", "HK", "AE", "QA", "PA", "AO", "BO", "JM")


def _line(label: str, length: int, autocomplete: str, *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=length,
        required=required,
        validators=[PRINTABLE],
        widget=forms.TextInput(attrs={"autocomplete": f"shipping {autocomplete}"}),
        error_messages={"required": f"{label} is needed."},
    )


class AddressForm(forms.Form):
    """Where to deliver."""

    name = _line("Name", 200, "name")
    street = _line("Street and number", 200, "address-line1")
    extra = _line("Flat, floor, company", 200, "address-line2", required=False)
    postcode = _line("Postcode", 20, "postal-code", required=False)
    city = _line("Town", 100, "address-level2")
    state = _line("State or province", 100, "address-level1", required=False)
    country = forms.CharField(max_length=60, validators=[PRINTABLE], error_messages={"required": "Country is needed."})
    phone = _line("Phone, for the carrier", 40, "tel", required=False)

    def clean_country(self) -> str:
        typed = str(self.cleaned_data["country"])
        code = countries_by_name().get(" ".join(typed.casefold().split()), "")
        if not code:
            raise forms.ValidationError("We do not know this country: choose one from the list.")
        return code

    def clean(self) -> dict[str, Any]:
        told = self.cleaned_data
        country = told.get("country", "")
        postcode = told.get("postcode", "")
        if country == "US" and "postcode" in told and not US_ZIP.fullmatch(postcode):
            self.add_error("postcode", "A ZIP code has five digits, such as 62701.")
        elif country and "postcode" in told and not postcode and country not in WITHOUT_POSTCODES:
            self.add_error("postcode", "Postcode is needed.")
        if country in WITH_STATES and "state" in told and not told["state"]:
            self.add_error("state", "State or province is needed.")
        return told

    def address(self) -> Address:
        """What was typed. The form must be valid; raises ``ValueError`` for what no address may hold."""
        try:
            return Address(**self.cleaned_data)
        except ValidationError as error:
            raise ValueError("This address cannot be used: look at each line again.") from error


class BookedAddress(AddressForm):
    """An address for the book. Give it the visitor's locale: countries are called, and sorted, as it has them."""

    def __init__(self, *args: Any, locale: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["country"].widget = forms.Select({"autocomplete": "country"}, choices=country_names(locale))
        self.initial.setdefault("country", Locale.parse(locale).territory)


@lru_cache(maxsize=64)
def country_names(locale: str) -> list[tuple[str, str]]:
    """Every country's code and name, by name, in the visitor's language."""
    names = Locale.parse(locale).territories
    return sorted(((code, str(names.get(code, code))) for code in standards.countries()), key=lambda each: each[1])
