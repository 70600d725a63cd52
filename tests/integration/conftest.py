"""Every integration test finds empty Redis nodes, of which none was silent lately."""

import pytest

from inventory import templating as stock_badges
from purchasing import templating as cart_badges
from redismart import orders
from tests.redis_nodes import RedisNodes


@pytest.fixture(autouse=True)
def _empty_redis(redis_nodes: RedisNodes) -> None:
    """Each test leaves its nodes empty for the next."""


@pytest.fixture(autouse=True)
def _nobody_was_silent() -> None:
    """After a node that is away pages do without it for seconds, which are no business of the next test."""
    for rests in (stock_badges._rests, cart_badges._rests):
        rests["until"] = 0.0
    orders.try_again()
