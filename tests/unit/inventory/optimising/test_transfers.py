"""Moves keep every unit, leave no giver short and go where the next sale would be lost."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inventory.optimising import transfers
from inventory.optimising.levels import Levels
from inventory.optimising.transfers import Move, Shelves

ROWS = st.lists(
    st.tuples(
        st.integers(0, 200),  # on hand
        st.integers(0, 40),  # held
        st.integers(0, 30),  # on its way
        st.floats(0, 40),  # expected
        st.integers(0, 60),  # reorder point
        st.integers(1, 60),  # order quantity
    ),
    min_size=2,
    max_size=8,
)


def shelves(rows: list[tuple[int, int, int, float, int, int]]) -> Shelves:
    on_hand, held, coming, mean, point, quantity = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    cover = on_hand / np.maximum(mean / 8, 0.01)
    wanted = Levels(mean, mean * 2, np.maximum(point - mean, 0), point, point + quantity)
    return Shelves(on_hand, np.maximum(on_hand - held, 0), on_hand + coming, cover, wanted)


def proposed(shelf: Shelves, km: np.ndarray | None = None) -> list[Move]:
    count = len(shelf.on_hand)
    return transfers.moves(shelf, np.zeros((count, count)) if km is None else km)


@given(ROWS)
def test_no_giver_is_left_short_nor_gives_what_it_has_not(rows: list[tuple[int, int, int, float, int, int]]) -> None:
    shelf = shelves(rows)
    given_away = np.zeros(len(rows))
    for move in proposed(shelf):
        given_away[move.source] += move.units
    givers = given_away > 0
    assert (given_away <= shelf.free).all()
    assert (shelf.on_hand - given_away >= shelf.wanted.target)[givers].all()
    assert (shelf.on_hand - given_away > shelf.wanted.point)[givers].all()


@given(ROWS)
def test_units_are_kept_and_no_getter_gets_more_than_it_needs(
    rows: list[tuple[int, int, int, float, int, int]],
) -> None:
    shelf = shelves(rows)
    change = np.zeros(len(rows))
    for move in proposed(shelf):
        assert move.units >= 1
        assert move.source != move.target
        assert move.gain >= transfers.SMALLEST_GAIN
        change[move.source] -= move.units
        change[move.target] += move.units
    assert change.sum() == 0
    getters = change > 0
    assert (shelf.position <= shelf.wanted.point)[getters].all()
    assert (shelf.position + change <= shelf.wanted.target)[getters].all()


@given(ROWS)
def test_only_candidates_have_moves(rows: list[tuple[int, int, int, float, int, int]]) -> None:
    shelf = shelves(rows)
    if proposed(shelf):
        assert transfers.candidates(np.zeros(len(rows), dtype=int), shelf) == [0]


PLENTY, EMPTY = (100, 0, 0, 8.0, 10, 10), (0, 0, 0, 8.0, 10, 10)


def test_the_nearest_that_has_enough_gives() -> None:
    km = np.array([[0, 9, 5, 2], [9, 0, 9, 9], [5, 9, 0, 9], [2, 9, 9, 0]], dtype=float)
    few = (25, 0, 0, 8.0, 10, 10)
    assert [(move.source, move.units) for move in proposed(shelves([EMPTY, PLENTY, PLENTY, few]), km)] == [(2, 20)]


def test_who_runs_out_first_gets_first() -> None:
    soon, sooner = (6, 0, 0, 8.0, 10, 10), (2, 0, 0, 8.0, 10, 10)
    found = proposed(shelves([soon, sooner, (40, 0, 0, 8.0, 10, 10)]))
    assert [(move.target, move.units) for move in found] == [(1, 18), (0, 2)]


def test_what_would_not_be_sold_stays_where_it_is() -> None:
    hardly = (0, 0, 0, 0.001, 1, 10)
    assert proposed(shelves([PLENTY, hardly])) == []
