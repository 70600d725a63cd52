"""Codes that the world has agreed on: countries, their states and time zones."""

from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from babel import Locale
from pydantic import AfterValidator

# What CLDR names beside the countries of ISO 3166: codes of unions, islands and tests.
NO_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"})
CODE_LETTERS = 2

STATES = {
    "US": (
        "AL=Alabama,AK=Alaska,AZ=Arizona,AR=Arkansas,CA=California,CO=Colorado,CT=Connecticut,DE=Delaware,"
        "DC=District of Columbia,FL=Florida,GA=Georgia,HI=Hawaii,ID=Idaho,IL=Illinois,IN=Indiana,IA=Iowa,KS=Kansas,"
        "KY=Kentucky,LA=Louisiana,ME=Maine,MD=Maryland,MA=Massachusetts,MI=Michigan,MN=Minnesota,MS=Mississippi,"
        "MO=Missouri,MT=Montana,NE=Nebraska,NV=Nevada,NH=New Hampshire,NJ=New Jersey,NM=New Mexico,NY=New York,"
        "NC=North Carolina,ND=North Dakota,OH=Ohio,OK=Oklahoma,OR=Oregon,PA=Pennsylvania,RI=Rhode Island,"
        "SC=South Carolina,SD=South Dakota,TN=Tennessee,TX=Texas,UT=Utah,VT=Vermont,VA=Virginia,WA=Washington,"
        "WV=West Virginia,WI=Wisconsin,WY=Wyoming"
    ),
    "CA": (
        "AB=Alberta,BC=British Columbia,MB=Manitoba,NB=New Brunswick,NL=Newfoundland and Labrador,NS=Nova Scotia,"
        "NT=Northwest Territories,NU=Nunavut,ON=Ontario,PE=Prince Edward Island,QC=Quebec,SK=Saskatchewan,YT=Yukon"
    ),
}


@cache
def countries() -> frozenset[str]:
    """The two-letter country codes of ISO 3166-1."""
    codes = map(str, Locale("en").territories)
    return frozenset(code for code in codes if len(code) == CODE_LETTERS and code.isalpha()) - NO_COUNTRIES


@cache
def time_zones() -> frozenset[str]:
    """The names of the IANA time zones."""
    return frozenset(available_timezones())


@cache
def states(country: str) -> dict[str, str]:
    """The states of a country by their codes of ISO 3166-2, where addresses write them so; of others none."""
    return dict(entry.split("=") for entry in STATES.get(country, "").split(",") if entry)


def state_code(*, country: str, written: str) -> str:
    """The code of a state that somebody wrote by its code or name; what is no known state is returned as a code."""
    plain = " ".join(written.split()).casefold()
    named = {name.casefold(): code for code, name in states(country).items()}
    return named.get(plain, plain.upper())


def _country(code: str) -> str:
    if code not in countries():
        raise ValueError("is not an ISO 3166 country code such as US or DE")
    return code


Country = Annotated[str, AfterValidator(_country)]
"""A field of a document that is a country's code."""
