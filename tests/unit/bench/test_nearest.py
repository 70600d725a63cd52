"""What more vectors would take, by the curve of those that were measured."""

import numpy as np
import pytest

from bench import nearest
from bench.results import Nearest


def flat(vectors: int) -> Nearest:
    return Nearest(
        vectors, "FLAT", p50=0.5 + vectors / 10_000, p95=1 + vectors / 5_000, find=3.0, megabytes=vectors / 500
    )


def hnsw(vectors: int) -> Nearest:
    took = float(np.log(vectors))
    return Nearest(vectors, "HNSW", p50=took, p95=2 * took, find=3.0, megabytes=vectors / 400)


MEASURED = [row(vectors) for vectors in (20_000, 50_000, 100_000) for row in (flat, hnsw)]


def test_an_exact_index_looks_at_each() -> None:
    found = nearest.reckoned(MEASURED, "FLAT", 1_000_000)
    assert (found.vectors, found.index, found.measured, found.recall) == (1_000_000, "FLAT", False, None)
    assert (found.p50, found.p95, found.find) == pytest.approx((100.5, 201.0, 3.0))
    assert found.megabytes == pytest.approx(2_000)


def test_an_approximate_one_does_not() -> None:
    found = nearest.reckoned(MEASURED, "HNSW", 1_000_000)
    assert (found.p50, found.p95) == pytest.approx((np.log(1_000_000), 2 * np.log(1_000_000)))
    assert found.megabytes == pytest.approx(2_500)


def test_recall_counts_what_is_found_of_the_nearest() -> None:
    assert nearest.recall([{"a", "b"}, {"c", "d"}], [{"a", "x"}, {"c", "d"}]) == 0.75


def test_vectors_are_always_the_same_of_unit_length_and_around_middles() -> None:
    rows = nearest.Cloud(64).take(500)
    assert np.array_equal(rows, nearest.Cloud(64).take(500))
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(500), abs=1e-5)
    likeness = rows @ rows.T
    assert np.sort(likeness, axis=1)[:, -2].mean() > 0.5
