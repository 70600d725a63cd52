"""The building blocks of queries keep input out of the query's text."""

from hypothesis import given
from hypothesis import strategies as st

from redismart.redis.clauses import DIALECT, EVERYTHING, Params, all_of, any_of, number_between, tag_any

VALUES = st.lists(st.text(), min_size=1, max_size=8)


@given(values=VALUES)
def test_no_value_reaches_the_text_of_a_query(values: list[str]) -> None:
    params = Params()
    clause = tag_any("brand", values, params)
    names = [f"$p{index}" for index in range(len(values))]
    assert clause == "@brand:{" + "|".join(names) + "}"


@given(values=VALUES)
def test_parameters_come_in_pairs_in_the_order_of_their_names(values: list[str]) -> None:
    params = Params()
    references = [params.add(value) for value in values]
    arguments = params.arguments()
    assert arguments[:2] == ["PARAMS", str(2 * len(values))]
    assert arguments[2:-2] == [
        part for name, value in zip(references, values, strict=True) for part in (name[1:], value)
    ]
    assert arguments[-2:] == ["DIALECT", str(DIALECT)]


def test_no_parameters_leave_only_the_dialect() -> None:
    assert Params().arguments() == ["DIALECT", str(DIALECT)]


def test_ranges_include_their_lower_bound_only() -> None:
    assert number_between("price", 10, 25.5) == "@price:[10 (25.5]"
    assert number_between("price", None, 25) == "@price:[-inf (25]"
    assert number_between("price", 10, None) == "@price:[10 +inf]"


@given(low=st.floats(allow_nan=False, allow_infinity=False), high=st.floats(allow_nan=False, allow_infinity=False))
def test_bounds_are_written_exactly(low: float, high: float) -> None:
    written = number_between("price", low, high).removeprefix("@price:[").removesuffix("]")
    first, second = written.split(" (")
    assert (float(first), float(second)) == (low, high)


def test_alternatives_are_grouped_only_where_there_are_several() -> None:
    assert any_of(["@a:{$p0}"]) == "@a:{$p0}"
    assert any_of(["a", "b"]) == "(a|b)"


def test_conditions_hold_together_and_none_means_everything() -> None:
    assert all_of(["a", EVERYTHING, "", "b"]) == "a b"
    assert all_of([]) == all_of([EVERYTHING]) == EVERYTHING
