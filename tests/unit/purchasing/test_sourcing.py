"""A basket comes from where it is, in as few parcels as can be, from near by."""

from collections.abc import Mapping
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchasing import sourcing
from purchasing.sourcing import NotEnoughError, Source, split

SKUS = ("A", "B", "C")
baskets = st.dictionaries(st.sampled_from(SKUS), st.integers(1, 5), min_size=1)
stocks = st.dictionaries(st.sampled_from(SKUS), st.integers(-2, 6))
distances = st.floats(0, 9_000)


def located(most: int) -> st.SearchStrategy[list[Source]]:
    found = st.lists(st.tuples(distances, stocks), max_size=most)
    return found.map(lambda rows: [Source(f"l{number}", *row) for number, row in enumerate(rows)])


def has(source: Source, sku: str) -> int:
    return max(source.has.get(sku, 0), 0)


def fewest(wanted: Mapping[str, int], sources: list[Source]) -> int | None:
    """How many parcels it takes, by trying everything."""
    for size in range(1, len(sources) + 1):
        for some in combinations(sources, size):
            if all(sum(has(source, sku) for source in some) >= units for sku, units in wanted.items()):
                return size
    return None


def check(wanted: Mapping[str, int], shares: list[tuple[Source, dict[str, int]]]) -> None:
    """All that is wanted, no more, and nothing that is not there."""
    for source, units in shares:
        assert units
        assert all(0 < count <= has(source, sku) for sku, count in units.items())
    for sku in wanted:
        assert sum(share.get(sku, 0) for _source, share in shares) == wanted[sku]
    away = [source.distance_km for source, _share in shares]
    assert away == sorted(away)
    assert len({source.location for source, _share in shares}) == len(shares)


@given(baskets, located(4))
def test_a_basket_never_takes_more_parcels_than_it_must(wanted: dict[str, int], sources: list[Source]) -> None:
    needed = fewest(wanted, sources)
    if needed is None:
        with pytest.raises(NotEnoughError):
            split(wanted=wanted, sources=sources)
        return
    shares = split(wanted=wanted, sources=sources)
    check(wanted, shares)
    assert len(shares) == needed


@given(baskets, located(4))
def test_of_those_that_have_all_the_nearest_sends(wanted: dict[str, int], sources: list[Source]) -> None:
    whole = [source for source in sources if all(has(source, sku) >= units for sku, units in wanted.items())]
    if whole:
        [(source, _units)] = split(wanted=wanted, sources=sources)
        assert source.distance_km == min(each.distance_km for each in whole)


@given(baskets, located(12))
def test_it_is_sent_whole_where_there_are_too_many_ways_to_try(wanted: dict[str, int], sources: list[Source]) -> None:
    tried, sourcing.MOST_TRIED = sourcing.MOST_TRIED, 0
    try:
        if fewest(wanted, sources) is not None:
            check(wanted, split(wanted=wanted, sources=sources))
    finally:
        sourcing.MOST_TRIED = tried


@given(baskets, located(4))
def test_what_is_missing_is_said_to_the_unit(wanted: dict[str, int], sources: list[Source]) -> None:
    there = {sku: sum(has(source, sku) for source in sources) for sku in wanted}
    missing = {sku: units - there[sku] for sku, units in wanted.items() if there[sku] < units}
    if missing:
        with pytest.raises(NotEnoughError) as short:
            split(wanted=wanted, sources=sources)
        assert short.value.missing == missing
        assert short.value.has == {sku: min(there[sku], units) for sku, units in wanted.items()}


def test_two_near_by_are_better_than_two_of_which_one_is_far() -> None:
    near, next_door, far = Source("a", 1, {"A": 1}), Source("b", 2, {"B": 1}), Source("c", 900, {"B": 9})
    shares = split(wanted={"A": 1, "B": 1}, sources=[far, near, next_door])
    assert [source.location for source, _units in shares] == ["a", "b"]


def test_one_far_away_is_better_than_two_near_by() -> None:
    sources = [Source("a", 1, {"A": 1}), Source("b", 2, {"B": 1}), Source("c", 900, {"A": 1, "B": 1})]
    [(source, units)] = split(wanted={"A": 1, "B": 1}, sources=sources)
    assert (source.location, units) == ("c", {"A": 1, "B": 1})


def test_units_of_one_product_may_come_from_two() -> None:
    shares = split(wanted={"A": 5}, sources=[Source("a", 1, {"A": 3}), Source("b", 2, {"A": 4})])
    assert [(source.location, units) for source, units in shares] == [("a", {"A": 3}), ("b", {"A": 2})]


def test_a_thousand_locations_are_no_trouble() -> None:
    skus = [f"s{number}" for number in range(20)]
    sources = [Source(f"l{number}", number, {skus[number % 20]: 1}) for number in range(1_000)]
    shares = split(wanted=dict.fromkeys(skus, 3), sources=sources)
    check(dict.fromkeys(skus, 3), shares)
    assert len(shares) == 60
