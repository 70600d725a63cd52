"""A JSON array is read item by item, and one made to exhaust its reader is refused."""

from decimal import Decimal
from io import BytesIO
from typing import Any

import ijson
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redismart.loading.json_items import MOST_DIGITS, MOST_LEVELS, json_items
from redismart.loading.lines import LONGEST_LINE

PLAIN = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text()
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


def items(content: bytes) -> list[Any]:
    return list(json_items(BytesIO(content)))


@given(st.lists(VALUES))
def test_every_item_comes_back_as_it_was_written(values: list[Any]) -> None:
    assert items(orjson.dumps(values)) == values


def test_fractions_stay_exact() -> None:
    assert items(b'[0.1, {"a": 19.90}]') == [Decimal("0.1"), {"a": Decimal("19.90")}]


def test_what_is_nested_too_deep_is_refused_after_the_items_before_it() -> None:
    read = json_items(BytesIO(b"[1, " + b"[" * 20_000 + b"]" * 20_000 + b"]"))
    assert next(read) == 1
    with pytest.raises(ijson.JSONError, match=f"more than {MOST_LEVELS} levels"):
        next(read)


@pytest.mark.parametrize("digits", [4_301, 200_000])
def test_a_number_that_is_too_long_is_refused(digits: int) -> None:
    with pytest.raises(ijson.JSONError, match=f"more than {MOST_DIGITS:,} digits"):
        items(b'[{"a": ' + b"9" * digits + b"}]")


class Endless(BytesIO):
    """A file that tells how much of it was read."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        assert size is not None
        self.taken += size
        return b"a" * size if self.taken > size else b'[1, {"a": "'


def test_an_item_without_end_is_refused_before_much_of_it_is_read() -> None:
    file = Endless()
    read = json_items(file)
    assert next(read) == 1
    with pytest.raises(ijson.JSONError, match="more than 4 MB"):
        next(read)
    assert file.taken < LONGEST_LINE * 1.1


def test_an_array_may_be_longer_than_any_of_its_items() -> None:
    almost = "a" * (LONGEST_LINE - 10)
    assert items(orjson.dumps([almost] * 3)) == [almost] * 3


@pytest.mark.parametrize("content", [b"[1, 2", b"[1,,2]", b"[}", b'["\xff"]'])
def test_broken_json_is_refused(content: bytes) -> None:
    with pytest.raises((ijson.JSONError, UnicodeDecodeError)):
        items(content)
