"""Money as shoppers of a locale write it."""

from decimal import Decimal

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
