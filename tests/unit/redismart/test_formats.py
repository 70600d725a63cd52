"""Money as shoppers of a locale write it."""

from datetime import datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from redismart.web import formats


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "shown"),
    [
        ("50", "USD", "en_US", "$50"),
        ("50.00", "USD", "en_US", "$50"),
        ("49.5", "USD", "en_US", "$49.50"),
        ("2000", "EUR", "de_DE", "2.000\xa0€"),
        ("49.5", "EUR", "de_DE", "49,50\xa0€"),
        ("5000", "JPY", "ja_JP", "￥5,000"),
        ("5000", "JPY", "de_DE", "5.000\xa0¥"),
    ],
)
def test_round_money_drops_empty_decimals_only(amount: str, currency: str, locale: str, shown: str) -> None:
    assert formats.round_money(Decimal(amount), currency, locale) == shown


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "shown"),
    [
        ("1299", "USD", "en_US", "$1,299.00"),
        ("0.1", "EUR", "de_DE", "0,10\xa0€"),
        ("12345678901.99", "USD", "en_US", "$12,345,678,901.99"),
    ],
)
def test_money_is_exact(amount: str, currency: str, locale: str, shown: str) -> None:
    assert formats.money(Decimal(amount), currency, locale) == shown


@pytest.mark.parametrize(
    ("seconds", "locale", "shown"),
    [
        (2, "en_US", "2 seconds ago"),
        (1_500, "en_US", "25 minutes ago"),
        (5 * 3_600, "en_US", "5 hours ago"),
        (1_500, "de_DE", "vor 25 Minuten"),
        (23 * 3_600, "fr", "il y a 1 jour"),
        (-5, "en_US", "1 second ago"),
    ],
)
def test_an_age_is_told_in_words(seconds: float, locale: str, shown: str) -> None:
    assert formats.ago(seconds, locale) == shown


@pytest.mark.parametrize(
    ("header", "locale"),
    [("de-DE,de;q=0.9", "de_DE"), ("xx-YY", "en_US"), ("", "en_US"), ("\0;;,,", "en_US"), ("fr;q=1", "fr")],
)
def test_the_locale_is_the_first_that_is_known(header: str, locale: str) -> None:
    assert formats.locale_for(header, "en_US") == locale


def test_only_the_beginning_of_a_long_header_is_looked_at_and_remembered() -> None:
    formats._negotiated.cache_clear()
    for length in range(10):
        assert formats.locale_for("de," + "x" * (formats.LONGEST_HEADER + length), "en_US") == "de"
    assert formats._negotiated.cache_info().currsize == 1


@pytest.mark.parametrize(
    ("km", "locale", "shown"),
    [
        (1.609344, "en_US", "1 mi"),
        (3, "en_GB", "1.9 mi"),
        (35.4, "de_DE", "35 km"),
        (1.26, "fr_FR", "1,3 km"),
        (0, "sv", "0 km"),
    ],
)
def test_a_distance_is_in_the_unit_of_the_locale(km: float, locale: str, shown: str) -> None:
    assert formats.distance(km, locale).replace("\N{NO-BREAK SPACE}", " ").replace("\u202f", " ") == shown


def test_days_and_times_are_told_where_they_are() -> None:
    evening = datetime(2026, 11, 27, 18, tzinfo=ZoneInfo("America/Los_Angeles"))
    assert formats.weekday(evening, "en_US") == "Fri, Nov 27"
    assert formats.weekday(evening, "en_GB") == "Fri 27 Nov"
    assert formats.clock(evening, "de_DE") == "18:00"
    assert formats.clock_of(time(9, 30), "de_DE") == "09:30"


@pytest.mark.parametrize(
    ("locale", "called"), [("en_US", "English (United States)"), ("de", "German"), ("", ""), ("x!", "x!")]
)
def test_a_language_is_called_by_its_name(locale: str, called: str) -> None:
    assert formats.language(locale) == called
