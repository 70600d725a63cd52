"""Durations and what is told of them. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Summary:
    """Milliseconds by percentile, how many there were, and how many finished a second."""

    p50: float
    p95: float
    p99: float
    count: int
    per_second: float


def summary(milliseconds: Sequence[float], *, seconds: float | None = None) -> Summary:
    """The summary of durations that took ``seconds`` in all; by default they ran one after the other.

    Raises ``ValueError`` without any.
    """
    if not milliseconds:
        raise ValueError("There is no duration to sum up.")
    ordered = sorted(milliseconds)
    took = sum(ordered) / 1000 if seconds is None else seconds
    p50, p95, p99 = (percentile(ordered, share) for share in (0.50, 0.95, 0.99))
    return Summary(p50, p95, p99, len(ordered), len(ordered) / took)


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest duration that at least ``share`` of them do not exceed (nearest rank); ``ordered`` is sorted."""
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1]
