"""Codes that the world has agreed on: countries and time zones."""

from functools import cache
from zoneinfo import available_timezones

from babel import Locale

# What CLDR names beside the countries of ISO 3166: codes of unions, islands and tests.
NO_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"})
CODE_LETTERS = 2


@cache
def countries() -> frozenset[str]:
    """The two-letter country codes of ISO 3166-1."""
    codes = map(str, Locale("en").territories)
    return frozenset(code for code in codes if len(code) == CODE_LETTERS and code.isalpha()) - NO_COUNTRIES


@cache
def time_zones() -> frozenset[str]:
    """The names of the IANA time zones."""
    return frozenset(available_timezones())
