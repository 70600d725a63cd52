"""Which numbers may be those of cards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchasing.payments.testing import CARDS, digits


@pytest.mark.parametrize("number", sorted(CARDS))
def test_the_documented_cards_have_right_digits(number: str) -> None:
    assert digits(number) == number


@pytest.mark.parametrize("written", ["4242 4242 4242 4242", "4242-4242-4242-4242", "4242424242424242"])
def test_spaces_and_dashes_do_not_matter(written: str) -> None:
    assert digits(written) == "4242424242424242"


@given(st.sampled_from(sorted(CARDS)), st.integers(0, 15), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(number: str, place: int, by: int) -> None:
    wrong = f"{number[:place]}{(int(number[place]) + by) % 10}{number[place + 1 :]}"
    assert digits(wrong) == ""


@given(st.text(alphabet="0123456789", min_size=11, max_size=18))
def test_of_ten_last_digits_one_is_right(start: str) -> None:
    assert sum(bool(digits(f"{start}{last}")) for last in range(10)) == 1


@given(st.text(max_size=40))
def test_whatever_is_typed_makes_digits_or_nothing(written: str) -> None:
    number = digits(written)
    assert number == "" or (number.isascii() and number.isdigit() and 12 <= len(number) <= 19)


@pytest.mark.parametrize("short_or_long", ["0" * 11, "0" * 20, "", " - "])
def test_cards_have_twelve_to_nineteen_digits(short_or_long: str) -> None:
    assert digits(short_or_long) == ""
