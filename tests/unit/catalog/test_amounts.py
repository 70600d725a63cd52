"""Amounts of money are read exactly or refused with a reason."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.loading import amounts

CENTS = st.decimals(min_value=0, max_value=Decimal("999999999.99"), places=2, allow_nan=False, allow_infinity=False)


@settings(deadline=None)
@given(CENTS)
def test_an_amount_survives_every_way_of_writing_it(amount: Decimal) -> None:
    for written in (str(amount), float(amount), amount, f" {amount} "):
        assert amounts.in_currency(amounts.exact(written), "USD") == amount


@settings(deadline=None)
@given(st.text() | st.floats() | st.integers() | st.booleans() | st.decimals() | st.none() | st.lists(st.integers()))
def test_anything_at_all_is_an_amount_or_refused(value: object) -> None:
    try:
        amount = amounts.in_currency(amounts.exact(value), "EUR")
    except ValueError:
        return
    assert amount.is_finite()
    assert 0 <= amount < 10**12
    assert amount.as_tuple().exponent == -2
    assert not amount.is_signed()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("-1", "is negative"),
        (-0.01, "is negative"),
        ("NaN", "is not a number"),
        (float("nan"), "is not a number"),
        (float("inf"), "is not a number"),
        ("Infinity", "is not a number"),
        ("1,299.00", "is not a number"),
        ("$12", "is not a number"),
        ("1_000", "is not a number"),
        ("\uff11\uff12", "is not a number"),
        ("٣", "is not a number"),
        ("", "is not a number"),
        (True, "is not a number"),
        ("1e12", "is too large"),
        (1e300, "is too large"),
        ("9" * 49, "is too large"),
        ("9" * 60, "is not a number"),
    ],
)
def test_a_wrong_amount_is_refused_with_its_reason(value: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        amounts.exact(value)


@pytest.mark.parametrize(
    ("written", "currency", "expected"),
    [
        ("5", "USD", "5.00"),
        ("5.1", "USD", "5.10"),
        ("9950.0", "INR", "9950.00"),
        ("1200", "JPY", "1200"),
        ("1.234", "KWD", "1.234"),
    ],
)
def test_an_amount_gets_the_digits_of_its_currency(written: str, currency: str, expected: str) -> None:
    assert str(amounts.in_currency(amounts.exact(written), currency)) == expected


@pytest.mark.parametrize(
    ("written", "currency"), [("1.005", "USD"), ("1.5", "JPY"), ("1e-9999", "USD"), ("0.1e-48", "EUR")]
)
def test_more_digits_than_the_currency_has_are_refused_not_rounded(written: str, currency: str) -> None:
    with pytest.raises(ValueError, match=r"decimal places|too small"):
        amounts.in_currency(amounts.exact(written), currency)


@pytest.mark.parametrize("code", ["", "usd", "US", "XQQ", "$", "USDD"])
def test_an_unknown_currency_has_no_digits(code: str) -> None:
    assert amounts.currency_digits(code) is None
