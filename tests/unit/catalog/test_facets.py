"""Facet values and count queries."""

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import facets
from catalog.facets import Facet, PriceBands, TextClause
from redismart.redis.clauses import Params
from tests import nasty

DOLLARS = PriceBands.of(digits=2)
LAMPS = TextClause("@name:($p0)", ("lamp",))
amounts = st.decimals(min_value=0, max_value=10**9, places=2)


@pytest.mark.parametrize(
    ("price", "band"),
    [
        ("0", "0-10"),
        ("9.99", "0-10"),
        ("10", "10-25"),
        ("10.00", "10-25"),
        ("1999.99", "1000-2000"),
        ("2000", "2000-"),
        ("1e12", "2000-"),
    ],
)
def test_a_price_is_in_the_range_that_begins_with_it(price: str, band: str) -> None:
    assert DOLLARS.key_for(Decimal(price)) == band


def test_a_product_without_a_price_has_a_range_of_its_own() -> None:
    assert DOLLARS.key_for(None) == facets.NO_PRICE


def test_currencies_without_cents_have_ranges_of_hundreds() -> None:
    assert PriceBands.of(digits=0).keys()[:2] == ("0-1000", "1000-2500")


@given(amounts)
def test_the_range_of_a_price_holds_it(price: Decimal) -> None:
    bounds = facets.price_range(DOLLARS.key_for(price))
    assert bounds is not None
    low, high = bounds
    assert low is not None
    assert low <= price
    assert high is None or price < high


@pytest.mark.parametrize(
    ("rating", "key"), [(None, "none"), (0.0, "0"), (0.99, "0"), (1.0, "1"), (3.99, "3"), (4.0, "4"), (5.0, "4")]
)
def test_a_rating_is_in_the_band_of_its_whole_stars(rating: float | None, key: str) -> None:
    assert facets.rating_key(rating) == key


@pytest.mark.parametrize(
    ("value", "bounds"),
    [
        ("25-50", (Decimal(25), Decimal(50))),
        ("25-", (Decimal(25), None)),
        ("-50", (None, Decimal(50))),
        ("9.99-10.01", (Decimal("9.99"), Decimal("10.01"))),
        ("0-0", (Decimal(0), Decimal(0))),
    ],
)
def test_a_range_has_two_bounds(value: str, bounds: tuple[Decimal | None, Decimal | None]) -> None:
    assert facets.price_range(value) == bounds


@pytest.mark.parametrize(
    "value", ["", "-", "25", "a-b", "nan-", "-inf", "--5", "5--10", "1e400-", "-1e10", "1-2-3", "sNaN-1", "\x00-1"]
)
def test_what_is_no_range_is_none(value: str) -> None:
    assert facets.price_range(value) is None


@given(st.text(max_size=40) | st.sampled_from(nasty.TEXTS))
def test_any_text_is_a_sound_range_or_none(value: str) -> None:
    for bound in facets.price_range(value) or ():
        assert bound is None or (bound.is_finite() and 0 <= bound <= 10**9)


slugs = st.from_regex(r"[a-zé0-9-]{1,10}/([a-z0-9-]{1,10}|~)", fullmatch=True)


@given(sub=slugs, price=st.sampled_from([*DOLLARS.keys(), facets.NO_PRICE]), rating=st.sampled_from(["0", "4", "none"]))
def test_a_joint_key_comes_apart_again(sub: str, price: str, rating: str) -> None:
    joint = facets.joint_key(sub=sub, price=price, rating=rating)
    category = sub.split("/", maxsplit=1)[0]
    expected = {Facet.CATEGORY: category, Facet.SUB: sub, Facet.PRICE: price, Facet.RATING: rating}
    assert facets.split_joint(joint) == expected


def test_products_are_spread_evenly_over_the_sample_buckets() -> None:
    sizes = Counter(facets.sample_key(f"SKU-{number}") for number in range(64_000))
    assert set(sizes) == {f"{bucket:02d}" for bucket in range(facets.SAMPLE_BUCKETS)}
    assert min(sizes.values()) > 850
    assert max(sizes.values()) < 1_150


def test_without_a_selection_two_queries_count_everything() -> None:
    joint, brand = facets.count_queries(LAMPS, {})
    assert (joint.group_by, joint.answers) == (facets.JOINT_FIELD, facets.JOINT_FACETS)
    assert (brand.group_by, brand.answers) == (Facet.BRAND, (Facet.BRAND,))
    assert joint.query == brand.query == LAMPS.query


def test_a_facet_with_a_selection_is_counted_without_its_own_filter() -> None:
    selection = {Facet.BRAND: ("A|B",), Facet.RATING: ("4",)}
    rating, joint, brand = facets.count_queries(LAMPS, selection)
    assert (rating.query, rating.params) == ("@name:($p0) @brand:{$p1}", ("lamp", "A|B"))
    assert (brand.query, brand.params) == ("@name:($p0) @rating:{$p1}", ("lamp", "4"))
    assert joint.params == ("lamp", "A|B", "4")
    assert joint.answers == (Facet.CATEGORY, Facet.SUB, Facet.PRICE)


def test_with_every_facet_selected_each_is_counted_apart() -> None:
    selection = {facet: ("4",) if facet is not Facet.PRICE else ("1-2",) for facet in Facet}
    assert [query.answers for query in facets.count_queries(LAMPS, selection)] == [
        (Facet.CATEGORY,),
        (Facet.SUB,),
        (Facet.PRICE,),
        (Facet.RATING,),
        (Facet.BRAND,),
    ]


def test_a_digest_tells_queries_apart() -> None:
    queries = [
        query
        for text in (LAMPS, TextClause("*"), TextClause("@name:($p0)", ("rug",)))
        for selection in ({}, {Facet.BRAND: ("A",)}, {Facet.BRAND: ("A", "B")}, {Facet.PRICE: ("1-2",)})
        for query in facets.count_queries(text, selection)
    ]
    distinct = {(query.query, query.params, query.group_by) for query in queries}
    assert len({query.digest for query in queries}) == len(distinct)


def test_joint_counts_are_summed_up_by_facet() -> None:
    (joint, _brand) = facets.count_queries(LAMPS, {})
    tally = joint.tally({"a/x|0-10|4": 3, "a/y|0-10|none": 2, "b/~|other|4": 1})
    assert tally[Facet.CATEGORY] == {"a": 5, "b": 1}
    assert tally[Facet.SUB] == {"a/x": 3, "a/y": 2, "b/~": 1}
    assert tally[Facet.PRICE] == {"0-10": 5, "other": 1}
    assert tally[Facet.RATING] == {"4": 4, "none": 2}
    assert all(counts.total() == 6 for counts in tally.values())


@given(st.lists(st.text(max_size=20), min_size=1, max_size=5))
def test_values_travel_as_parameters_only(values: list[str]) -> None:
    params = Params()
    (clause,) = facets.selection_clauses({Facet.BRAND: tuple(values)}, params)
    assert clause == f"@brand:{{{'|'.join(f'$p{number}' for number in range(len(values)))}}}"
    assert [value.replace("\\\\", "\\") for value in params.values] == values


def test_ranges_are_a_union_and_the_upper_bound_is_left_out() -> None:
    params = Params()
    clauses = facets.selection_clauses({Facet.PRICE: ("10-25", "-5.5", "100-", "other")}, params)
    assert clauses == ["(@price:{$p0}|@cost:[-inf (5.5]|@cost:[10.0 (25.0]|@cost:[100.0 +inf])"]


@pytest.mark.parametrize(
    ("chosen", "clause"),
    [
        (("0-10", "10-25"), "@cost:[0.0 (25.0]"),
        (("25-50", "0-10", "30-100"), "(@cost:[0.0 (10.0]|@cost:[25.0 (100.0])"),
        (tuple(f"0-{high}" for high in range(100, 140)), "@cost:[0.0 (139.0]"),
        (("-10", "5-"), "@cost:[-inf +inf]"),
    ],
)
def test_ranges_that_overlap_or_touch_are_read_once(chosen: tuple[str, ...], clause: str) -> None:
    assert facets.selection_clauses({Facet.PRICE: chosen}, Params()) == [clause]


def test_a_narrowed_query_counts_only_the_values_named() -> None:
    narrowed = facets.count_queries(LAMPS, {})[1].narrowed(Facet.BRAND, ["A", "B"])
    assert narrowed.query == "@name:($p0) @brand:{$p1|$p2}"
    assert narrowed.params == ("lamp", "A", "B")
