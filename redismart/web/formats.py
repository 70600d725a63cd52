"""Money, numbers and dates as a shopper of a locale writes them. Source: CLDR, by Babel."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError, negotiate_locale
from babel.dates import format_date, format_skeleton, format_time, format_timedelta
from babel.localedata import locale_identifiers
from babel.numbers import format_compact_decimal, format_currency, format_decimal, get_currency_precision
from babel.units import format_unit

REMEMBERED = 8_192
MILES = ("US", "GB", "LR")
KM_IN_A_MILE = 1.609344
TEN = 10
LONGEST_HEADER = 200
"""Characters of an Accept-Language that are looked at, and remembered: a stranger may send any number."""


@lru_cache(maxsize=REMEMBERED)
def money(amount: Decimal, currency: str, locale: str) -> str:
    """An exact amount with its currency: ``$1,299.00``."""
    return str(format_currency(amount, currency, locale=locale))


@lru_cache(maxsize=REMEMBERED)
def round_money(amount: Decimal, currency: str, locale: str) -> str:
    """An amount without empty decimals, for ranges: ``$50``."""
    if amount != amount.to_integral_value():
        return money(amount, currency, locale)
    return str(format_currency(amount, currency, format=_whole(locale), currency_digits=False, locale=locale))


@lru_cache(maxsize=REMEMBERED)
def number(value: int | float | Decimal, locale: str) -> str:
    """A number with the locale's separators: ``12,830``."""
    return str(format_decimal(value, locale=locale))


@lru_cache(maxsize=REMEMBERED)
def compact(value: int, locale: str) -> str:
    """A large number in short: ``13K``."""
    return str(format_compact_decimal(value, locale=locale))


@lru_cache(maxsize=REMEMBERED)
def date(value: datetime, locale: str) -> str:
    """A day: ``Nov 23, 2026``."""
    return str(format_date(value, "medium", locale=locale))


def weekday(value: datetime, locale: str) -> str:
    """A day of the coming weeks, where it is: ``Fri, Nov 27``."""
    return str(format_skeleton("MMMEd", value, locale=locale))


def short_day(value: datetime, locale: str) -> str:
    """A day of this year: ``Nov 23``."""
    return str(format_skeleton("MMMd", value, locale=locale))


def clock(value: datetime, locale: str) -> str:
    """A time of day, where it is: ``6:00 PM``."""
    return str(format_time(value, "short", tzinfo=value.tzinfo, locale=locale))


def clock_of(value: time, locale: str) -> str:
    """A time of any day: ``9:00 AM``."""
    return str(format_time(value, "short", locale=locale))


def uses_miles(locale: str) -> bool:
    """Whether people there measure ways in miles."""
    return Locale.parse(locale).territory in MILES


def distance(km: float, locale: str) -> str:
    """A way for people, in the locale's unit: ``1.2 mi``, ``35 km``."""
    length, unit = (km / KM_IN_A_MILE, "length-mile") if uses_miles(locale) else (km, "length-kilometer")
    rounded = round(length, 1) if length < TEN else round(length)
    return str(format_unit(rounded, unit, length="short", locale=locale))


def language(locale: str) -> str:
    """What a locale's language is called in English: ``German (Germany)``; the locale itself when nobody knows it."""
    try:
        return str(Locale.parse(locale).get_display_name("en") or locale)
    except (UnknownLocaleError, ValueError, TypeError):
        return locale


def ago(seconds: float, locale: str) -> str:
    """How long ago something was: ``25 minutes ago``. Clocks that disagree never put it into the future."""
    return str(format_timedelta(-timedelta(seconds=max(seconds, 1.0)), add_direction=True, locale=locale))


def currency_digits(currency: str) -> int:
    """How many decimal digits a currency has: 2 for USD, 0 for JPY."""
    return int(get_currency_precision(currency))


def locale_for(accept_language: str, default: str) -> str:
    """The locale to format in, from an Accept-Language header; ``default`` when none is known."""
    return _negotiated(accept_language[:LONGEST_HEADER], default)


@lru_cache(maxsize=1_024)
def _negotiated(accept_language: str, default: str) -> str:
    wanted = list(_accepted(accept_language))
    found = negotiate_locale(wanted, _known_locales(), sep="_")
    return found or default


def _accepted(header: str) -> Iterable[str]:
    for entry in header.split(",")[:10]:
        tag = entry.partition(";")[0].strip().replace("-", "_")
        try:
            yield str(Locale.parse(tag))
        except (UnknownLocaleError, ValueError, TypeError):
            continue


@lru_cache(maxsize=1)
def _known_locales() -> list[str]:
    return list(locale_identifiers())


@lru_cache(maxsize=64)
def _whole(locale: str) -> str:
    """The locale's pattern for money, without its decimals."""
    pattern = str(Locale.parse(locale).currency_formats["standard"].pattern)
    return pattern.replace(".00", "")
