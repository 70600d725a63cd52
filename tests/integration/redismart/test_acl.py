"""Every app keeps to its own keys: what it must not touch, Redis refuses."""

import pytest
from django.core.cache import caches
from redis.exceptions import AuthenticationError, NoPermissionError, ResponseError

from redismart.celery import app as celery_app
from redismart.redis import connections
from redismart.redis.connections import ShopRedis
from redismart.redis.topology import APPS, LOOPBACK
from tests.redis_nodes import RedisNodes

SCHEMA = ("ON", "JSON", "PREFIX", "1", "other:", "SCHEMA", "$.n", "AS", "n", "TEXT")
DATA_APPS = [app for app in APPS if app != "cache"]


@pytest.fixture
def _foreign_data(redis_nodes: RedisNodes, app: str) -> None:
    """On the app's nodes: a document, a stream and an index that belong to an app called ``other``."""
    for node in (node for node in redis_nodes.topology.nodes() if node.app == app):
        with redis_nodes.operator(node) as operator:
            operator.execute_command("FT.CREATE", "other:i", *SCHEMA)
            operator.execute_command("JSON.SET", "other:1", "$", '{"n":"kettle"}')
            operator.xadd("other:stream", {"n": "kettle"})


@pytest.mark.parametrize("app", DATA_APPS)
@pytest.mark.parametrize(
    "command",
    [
        "GET other:1",
        "JSON.GET other:1 $",
        "JSON.MGET other:1 {app}:1 $",
        pytest.param(
            "JSON.MGET {app}:1 other:1 $",
            marks=pytest.mark.xfail(reason="RedisJSON 2.8 asks for the right to the first key only"),
        ),
        'JSON.SET other:2 $ "1"',
        "DEL other:1",
        "RENAME {app}:1 other:1",
        "COPY other:1 {app}:1",
        "XREAD STREAMS other:stream 0",
        "XADD other:stream * a b",
        "SUBSCRIBE other:events",
        "PUBLISH other:events hello",
        "FT.SEARCH other:i *",
        "FT.AGGREGATE other:i *",
        "FT.DROPINDEX other:i",
        "FT.CREATE mine ON JSON PREFIX 1 other: SCHEMA $.n AS n TEXT",
        "FT.INFO other:i",
        "FT.PROFILE other:i SEARCH QUERY *",
        "FT.ALIASADD {app}:stolen other:i",
        "FT.ALTER other:i SCHEMA ADD $.z AS z TEXT",
        "EVAL return(redis.call('get',KEYS[1])) 1 other:1",
        "EVAL return(redis.call('get','other:1')) 0",
    ],
)
@pytest.mark.usefixtures("_foreign_data")
def test_an_app_cannot_reach_another_apps_data(app: str, command: str) -> None:
    with pytest.raises(ResponseError, match=r"(?i)no permission|can't access"):
        client_of(app).execute_command(*command.format(app=app).split(" "))


@pytest.mark.parametrize("app", DATA_APPS)
@pytest.mark.parametrize(
    "command",
    [
        "FLUSHALL",
        "FLUSHDB",
        "KEYS *",
        "CONFIG GET dir",
        "CONFIG SET dir /tmp",
        "SHUTDOWN",
        "ACL LIST",
        "ACL SETUSER intruder on nopass ~* +@all",
        "FUNCTION FLUSH",
        "SCRIPT FLUSH",
        "MONITOR",
        "MODULE LIST",
        "SAVE",
        "REPLICAOF NO ONE",
        "CLIENT LIST",
        "CLIENT KILL TYPE normal",
        "SWAPDB 0 1",
        "MIGRATE 127.0.0.1 1 k 0 1",
        "FT.CONFIG SET TIMEOUT 1",
        "FT.DEBUG DUMP_TERMS other:i",
        "FT.DICTADD words kettle",
    ],
)
def test_an_app_cannot_run_the_servers_own_commands(app: str, command: str) -> None:
    with pytest.raises(NoPermissionError):
        client_of(app).execute_command(*command.split(" "))


@pytest.mark.parametrize("app", DATA_APPS)
def test_an_app_can_do_its_work(app: str) -> None:
    client = client_of(app)
    client.execute_command(
        "FT.CREATE", f"{app}:i", "ON", "JSON", "PREFIX", 1, f"{app}:d:", "SCHEMA", "$.n", "AS", "n", "TEXT"
    )
    client.execute_command("FT.ALIASUPDATE", f"{app}:alias", f"{app}:i")
    client.execute_command("JSON.SET", f"{app}:d:1", "$", '{"n":"kettles"}')
    client.xadd(f"{app}:stream", {"a": "b"})
    client.publish(f"{app}:events", "hello")
    assert client.eval("return redis.call('incr', KEYS[1])", 1, f"{app}:counter") == 1
    assert client.execute_command("FT.SEARCH", f"{app}:alias", "kettle", "LIMIT", 0, 0)[0] == 1
    assert f"{app}:i" in client.execute_command("FT._LIST")
    assert client.info("server")["redis_version"]
    assert client.unlink(f"{app}:d:1", f"{app}:counter") == 2


def test_the_cache_node_serves_cache_sessions_and_queues() -> None:
    caches["default"].set("page", "x", timeout=5)
    assert caches["default"].get("page") == "x"
    with celery_app.connection() as broker:
        queue = broker.SimpleQueue("trial")
        queue.put({"task": 1})
        message = queue.get(timeout=5)
        assert message.payload == {"task": 1}
        message.ack()
        queue.close()
    client = connections.client("cache")
    with pytest.raises(NoPermissionError):
        client.set("page", "x")
    with pytest.raises(NoPermissionError):
        client.flushall()


@pytest.mark.parametrize("credentials", ["", ":wrong@", "catalog:@", "operator:catalog@"])
def test_nobody_gets_in_without_a_password(redis_nodes: RedisNodes, credentials: str) -> None:
    for node in redis_nodes.topology.nodes():
        url = f"redis://{credentials}{LOOPBACK}:{node.port}/0"
        with connections.connect(url) as stranger, pytest.raises((AuthenticationError, ResponseError)):
            stranger.ping()


def test_the_password_of_one_app_does_not_open_the_node_of_another(redis_nodes: RedisNodes) -> None:
    inventory = next(node for node in redis_nodes.topology.nodes() if node.app == "inventory")
    url = redis_nodes.topology.embedded_url(inventory, user="catalog")
    with connections.connect(url) as client, pytest.raises(AuthenticationError):
        client.ping()


def client_of(app: str) -> ShopRedis:
    return connections.client(app)
