"""What counts as reached."""

from dataclasses import replace

import pytest

from bench.results import Mixed, Row
from bench.targets import Verdict, verdicts
from bench.timings import Summary

FAST = Summary(p50=5.0, p95=8.0, p99=9.0, count=100, per_second=200.0)
BARE = Summary(p50=1.0, p95=2.0, p99=3.0, count=100, per_second=900.0)
ROW = Row(products=10_000, clients=1, kind="search", page=FAST, bare=BARE, page_bytes=40_000, trips=(6, 2))
MIXED = Mixed(products=10_000, clients=16, visits=FAST, pages_per_second=200.0, cpu={})


def verdict(row: Row, part: str) -> Verdict:
    (found,) = [each for each in verdicts(rows=[row], mixed=[]) if part in each.target]
    return found


@pytest.mark.parametrize(
    ("kind", "page_p50", "met"),
    [("search", 9.0, True), ("search", 9.01, False), ("product", 6.0, True), ("product", 6.01, False)],
)
def test_a_page_may_add_so_many_milliseconds_to_bare_redis(kind: str, page_p50: float, met: bool) -> None:
    row = replace(ROW, kind=kind, page=replace(FAST, p50=page_p50))
    assert verdict(row, "bare Redis").met is met


@pytest.mark.parametrize(("p99", "met"), [(99.9, True), (100.0, False)])
def test_every_page_of_a_large_catalogue_has_a_slowest_time(p99: float, met: bool) -> None:
    row = replace(ROW, products=100_000, kind="wide", page=replace(FAST, p99=p99))
    assert verdict(row, "p99").met is met


@pytest.mark.parametrize(("trips", "met"), [((6,), True), ((6, 2), True), ((6, 2, 1), False)])
def test_a_page_makes_at_most_two_round_trips(trips: tuple[int, ...], met: bool) -> None:
    assert verdict(replace(ROW, trips=trips), "round trips").met is met


@pytest.mark.parametrize(("p99", "met"), [(9.9, True), (10.0, False)])
def test_completions_have_a_slowest_redis_time(p99: float, met: bool) -> None:
    row = replace(ROW, kind="suggest", bare=replace(BARE, p99=p99))
    assert verdict(row, "Redis time").met is met


@pytest.mark.parametrize(("pages_per_second", "met"), [(200.0, True), (199.9, False)])
def test_sixteen_clients_get_so_many_mixed_pages_a_second(pages_per_second: float, met: bool) -> None:
    (found,) = verdicts(rows=[], mixed=[replace(MIXED, pages_per_second=pages_per_second)])
    assert found.met is met


def test_times_of_many_clients_are_judged_by_their_mixed_visit_only() -> None:
    row = replace(ROW, clients=16, page=replace(FAST, p50=900.0, p99=900.0))
    assert [each.target for each in verdicts(rows=[row], mixed=[])] == ["search at 10,000 products, round trips ≤ 2"]


def test_another_number_of_clients_has_no_target() -> None:
    assert verdicts(rows=[], mixed=[replace(MIXED, clients=4)]) == []


def test_what_was_missed_stands_out() -> None:
    assert str(Verdict("home, p99 < 100 ms", "140 ms", met=False)) == "MISSED  home, p99 < 100 ms: 140 ms"
