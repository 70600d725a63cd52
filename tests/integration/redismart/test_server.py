"""The embedded Redis nodes: start, stop, and whatever an earlier start left behind."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from redis import AuthenticationError, Redis, ResponseError
from redis import ConnectionError as RedisConnectionError

from redismart.redis import connections, leftovers
from redismart.redis.server import AlreadyRunningError, RedisServerError, Stack, exclusive
from redismart.redis.topology import Node
from tests.integration.redismart.conftest import COMMAND_SECONDS, Installation

DOCUMENTS = 50
SCHEMA = ("ON", "JSON", "PREFIX", "1", "catalog:p:", "SCHEMA", "$.n", "AS", "n", "TEXT")


@pytest.fixture
def stack(installation: Installation) -> Iterator[Stack]:
    started = installation.stack()
    started.start()
    yield started
    started.stop()


def node(stack: Stack, name: str) -> Node:
    return next(each for each in stack.topology.nodes() if each.name == name)


def operator(stack: Stack, name: str) -> Redis:
    return stack.operator(node(stack, name))


def fill(client: Redis) -> None:
    client.execute_command("FT.CREATE", "catalog:i", *SCHEMA)
    for number in range(DOCUMENTS):
        client.execute_command("JSON.SET", f"catalog:p:{number}", "$", '{"n":"green kettle"}')


def found(client: Redis) -> int:
    return int(client.execute_command("FT.SEARCH", "catalog:i", "kettles", "LIMIT", 0, 0)["total_results"])


def test_every_node_answers_and_stops_without_a_trace(installation: Installation) -> None:
    stack = installation.stack()
    stack.start()
    names = {each.name for each in stack.topology.nodes()}
    assert names == {"cache", "catalog", "imagesearch", "purchasing", "inventory-us", "inventory-eu", "inventory-ap"}
    assert all(stack.operator(each).ping() for each in stack.topology.nodes())
    assert len(installation.processes()) == len(names)
    stack.stop()
    assert installation.processes() == []


def test_data_and_index_survive_an_orderly_stop(stack: Stack) -> None:
    fill(operator(stack, "catalog"))
    stack.stop()
    stack.start()
    assert found(operator(stack, "catalog")) == DOCUMENTS


def test_data_and_index_survive_a_killed_node(stack: Stack) -> None:
    client = operator(stack, "catalog")
    fill(client)
    client.execute_command("WAITAOF", 1, 0, 2000)
    stack.processes[node(stack, "catalog")].kill()
    stack.processes[node(stack, "catalog")].wait()
    assert stack.ended() == node(stack, "catalog")
    stack.stop()
    stack.start()
    assert found(operator(stack, "catalog")) == DOCUMENTS


def test_the_cache_forgets_and_the_others_do_not(stack: Stack) -> None:
    settings = {
        each.name: stack.operator(each).config_get("appendonly", "maxmemory-policy") for each in stack.processes
    }
    assert settings.pop("cache") == {"appendonly": "no", "maxmemory-policy": "volatile-lru"}
    assert all(each == {"appendonly": "yes", "maxmemory-policy": "noeviction"} for each in settings.values())


def test_files_with_passwords_are_readable_by_their_owner_only(installation: Installation, stack: Stack) -> None:
    for path in (installation.var / "redis" / "secret", *(installation.var / "redis").glob("*/users.acl")):
        assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.parametrize("moved", [False, True], ids=["on the same port", "when the ports have moved since"])
def test_nodes_of_an_earlier_start_are_taken_over(installation: Installation, moved: bool) -> None:
    left_behind = installation.stack()
    left_behind.start()
    operator(left_behind, "catalog").set("kept", "yes")
    left_behind_ids = {process.pid for process in left_behind.processes.values()}
    if moved:
        object.__setattr__(installation.topology, "base_port", installation.ports.first + len(left_behind_ids))
    said: list[str] = []
    stack = installation.stack()
    stack.report = said.append
    stack.start()
    assert operator(stack, "catalog").get("kept") == "yes"
    assert len(said) == len(left_behind_ids)
    assert all("from an earlier start" in line for line in said)
    assert not left_behind_ids & {process.pid for process in installation.processes()}
    stack.stop()
    left_behind.stop()


def test_another_program_on_a_port_is_named_and_left_alone(installation: Installation) -> None:
    with (
        socket.create_server(("127.0.0.1", installation.ports.first + 1)),
        pytest.raises(
            RedisServerError, match=rf"which Redis node catalog needs, is used by .*{os.getpid()}.*BASE_PORT"
        ),
    ):
        installation.stack().start()
    assert installation.processes() == []


def test_a_process_that_took_over_a_recorded_id_is_left_alone(installation: Installation, tmp_path: Path) -> None:
    bystander = subprocess.Popen(["sleep", "60"], cwd=tmp_path)
    folder = tmp_path / "redis" / "catalog"
    folder.mkdir(parents=True)
    leftovers.record(folder, bystander.pid)
    assert leftovers.find(folder) is None
    stack = installation.stack()
    stack.start()
    stack.stop()
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_a_node_that_cannot_start_says_why_and_takes_the_others_along(installation: Installation) -> None:
    damaged = installation.var / "redis" / "purchasing" / "appendonlydir"
    damaged.mkdir(parents=True)
    (damaged / "appendonly.aof.manifest").write_text("not a manifest\n")
    with pytest.raises(RedisServerError, match=r"Redis node purchasing ended at start: .*AOF"):
        installation.stack().start()
    assert installation.processes() == []


def test_two_stacks_never_share_a_folder(tmp_path: Path) -> None:
    told = rf"already runs on .*process {os.getpid()}.*make stop"
    with exclusive(tmp_path), pytest.raises(AlreadyRunningError, match=told) as caught, exclusive(tmp_path):
        pass
    assert caught.value.pid == os.getpid()
    with exclusive(tmp_path):
        pass


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_run_redis_ends_in_order_when_told_to(installation: Installation, name: str) -> None:
    command = installation.start("run_redis")
    installation.wait_until(lambda: "Redis node inventory-ap is ready" in installation.output())
    command.send_signal(getattr(signal, name))
    assert command.wait(COMMAND_SECONDS) == 0
    assert installation.output().endswith("Redis nodes stopped.\n")
    assert installation.processes() == []


def _answers(installation: Installation) -> bool:
    try:
        with connections.connect(installation.topology.url("catalog")) as client:
            return bool(client.ping())
    except (RedisConnectionError, ResponseError):
        return False


def test_run_redis_starts_a_node_again_but_not_for_ever(installation: Installation) -> None:
    command = installation.start("run_redis")
    installation.wait_until(lambda: "Redis node inventory-ap is ready" in installation.output())
    for _revival in range(4):
        installation.wait_until(lambda: _answers(installation))
        catalog = leftovers.find(installation.var / "redis" / "catalog")
        assert catalog is not None
        catalog.kill()
        catalog.wait(COMMAND_SECONDS)
    assert command.wait(COMMAND_SECONDS) == 1
    assert "Redis node catalog ended by itself, once more: see" in installation.output()
    assert "Traceback" not in installation.output()
    assert installation.processes() == []


def test_a_node_that_ignores_the_polite_signal_is_ended_all_the_same(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("redismart.redis.server.STOP_SECONDS", 0.5)
    stack = installation.stack()
    stack.start()
    psutil.Process(stack.processes[node(stack, "cache")].pid).suspend()
    stack.stop()
    assert installation.processes() == []


def test_what_scripts_wrote_survives_a_restart(stack: Stack) -> None:
    """Redis loads its append-only file as the default user, and silently leaves out what that one may not run."""
    client = operator(stack, "inventory-us")
    client.eval("redis.call('SET', KEYS[1], 1) redis.call('SET', KEYS[2], 2)", 2, "inventory:a", "inventory:b")
    stack.stop()
    stack.start()
    assert operator(stack, "inventory-us").mget("inventory:a", "inventory:b") == ["1", "2"]


def test_nobody_can_be_the_default_user(stack: Stack) -> None:
    port = node(stack, "inventory-us").port
    with Redis(port=port) as nobody, pytest.raises(AuthenticationError):
        nobody.get("inventory:a")
    with Redis(port=port, username="default", password="") as nobody, pytest.raises(AuthenticationError):
        nobody.get("inventory:a")
