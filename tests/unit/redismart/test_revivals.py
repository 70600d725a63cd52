"""What ends by itself is started again a few times, then no more."""

from redismart.revivals import MOST_REVIVALS, REVIVAL_SECONDS, Revivals


def test_a_few_starts_within_a_minute_are_allowed() -> None:
    revivals = Revivals()
    assert all(revivals.allowed(now=float(second)) for second in range(MOST_REVIVALS))
    assert not revivals.allowed(now=float(MOST_REVIVALS))


def test_what_is_long_ago_does_not_count() -> None:
    revivals = Revivals()
    for second in range(MOST_REVIVALS):
        revivals.allowed(now=float(second))
    assert revivals.allowed(now=REVIVAL_SECONDS + 0.5)
    assert not revivals.allowed(now=REVIVAL_SECONDS + 0.6)
