import pytest

from redismart.redis import connections
from redismart.redis.topology import APPS
from tests.redis_nodes import RedisNodes


@pytest.mark.parametrize("app", APPS)
@pytest.mark.parametrize("region", ["us", "eu", "ap"])
def test_every_app_finds_its_node_in_every_region(app: str, region: str) -> None:
    client = connections.client(app, region=region)
    assert client.set(f"{app}:probe", "1")
    assert client.get(f"{app}:probe") == "1"


def test_a_test_finds_the_nodes_empty_whatever_came_before(redis_nodes: RedisNodes) -> None:
    for node in redis_nodes.topology.nodes():
        with redis_nodes.operator(node) as operator:
            assert operator.dbsize() == 0
            operator.set("left-behind", "1")


test_the_next_test_finds_them_empty_too = test_a_test_finds_the_nodes_empty_whatever_came_before
