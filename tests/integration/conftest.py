"""Every integration test finds empty Redis nodes."""

import pytest

from tests.redis_nodes import RedisNodes


@pytest.fixture(autouse=True)
def _empty_redis(redis_nodes: RedisNodes) -> None:
    """Each test leaves its nodes empty for the next."""
