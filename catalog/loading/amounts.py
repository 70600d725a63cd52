"""Reads amounts of money exactly. Pure.

A number in a JSON file arrives as a binary float; its shortest decimal form (Python's ``repr``, David
Gay's algorithm) is the number that was written, so amounts go through it and never through arithmetic.
"""

import re
from decimal import Decimal
from functools import lru_cache

from babel.numbers import get_currency_precision, is_currency

NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
WHOLE_DIGITS = 12
LONGEST_NUMBER = 50


def exact(value: object) -> Decimal:
    """An amount as it was written. Raises ``ValueError`` with the reason in words."""
    written = value.strip() if isinstance(value, str) else value
    if isinstance(written, bool) or not isinstance(written, str | int | float | Decimal):
        raise ValueError("is not a number")  # noqa: TRY004
    text = written if isinstance(written, str) else str(written)
    if len(text) > LONGEST_NUMBER or not NUMBER.fullmatch(text):
        raise ValueError("is not a number: write 1299.00, without currency sign or thousands separator")
    amount = Decimal(text)
    if amount < 0:
        raise ValueError("is negative")
    if amount and amount.adjusted() >= WHOLE_DIGITS:
        raise ValueError("is too large")
    return abs(amount)


def in_currency(amount: Decimal, currency: str) -> Decimal:
    """The amount with exactly the digits its currency has.

    Raises ``ValueError`` when that would lose some.
    """
    digits = currency_digits(currency)
    if digits is None:
        return amount
    exponent = Decimal(1).scaleb(-digits)
    if amount and amount.as_tuple().exponent < -LONGEST_NUMBER:  # type: ignore[operator]
        raise ValueError("is too small")
    fitted = amount.quantize(exponent)
    if fitted != amount:
        raise ValueError(f"has more than the {digits} decimal places that {currency} has")
    return fitted


@lru_cache(maxsize=512)
def currency_digits(currency: str) -> int | None:
    """Decimal digits of a currency (ISO 4217, by Babel's CLDR data): 2 for USD, 0 for JPY; None if unknown."""
    return int(get_currency_precision(currency)) if is_currency(currency) else None
