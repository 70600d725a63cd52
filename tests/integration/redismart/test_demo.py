"""The whole shop by one command: it opens, it closes without a trace, and it survives rough treatment."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import httpx
import psutil
import pytest

from redismart.demo import leftovers
from redismart.redis import connections, indexes, searched
from redismart.redis import leftovers as node_leftovers
from redismart.revivals import MOST_REVIVALS
from tests.integration.redismart.conftest import Installation, give_towns
from tests.redis_nodes import ROOT, reserve_ports

STOP_SECONDS = 150.0
SKU = "kept-from-before"

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a shop with one product, whose demo was set up once: it opens at once."""
    var = tmp_path_factory.mktemp("prepared").resolve()
    ports = reserve_ports()
    installation = Installation(var=var, ports=ports)
    give_towns(var)
    installation.environment["REDISMART_REGIONS"] = "us"
    stack = installation.stack()
    stack.start()
    try:
        with connections.connect(installation.topology.url("catalog")) as client:
            for document in searched.documents():
                if document.app == "catalog" and document.search_index is not None:
                    indexes.ensure(client, document.search_index)
            client.execute_command("JSON.SET", f"catalog:product:{SKU}", "$", '{"name": "Kettle"}')
    finally:
        stack.stop()
    try:
        demo = installation.start_demo()
        demo.send_signal(signal.SIGTERM)
        demo.wait(STOP_SECONDS)
    finally:
        installation.end()
        ports.lock.close()
    (var / "output").unlink()
    return var


@pytest.fixture
def shop(installation: Installation, prepared: Path) -> Installation:
    """A shop of one region that has been set up, and is closed."""
    shutil.copytree(prepared, installation.var, dirs_exist_ok=True)
    installation.environment["REDISMART_REGIONS"] = "us"
    return installation


@pytest.fixture(scope="module")
def open_shop(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An open shop of one region, for tests that leave it open: what its parts say of each is what they say since."""
    ports = reserve_ports()
    shop = Installation(var=tmp_path_factory.mktemp("open").resolve(), ports=ports)
    shutil.copytree(prepared, shop.var, dirs_exist_ok=True)
    shop.environment["REDISMART_REGIONS"] = "us"
    try:
        shop.start_demo()
        yield shop
    finally:
        shop.end()
        ports.lock.close()


def products(shop: Installation) -> int:
    """How many products the running shop has."""
    with connections.connect(shop.topology.url("catalog")) as client:
        return int(client.exists(f"catalog:product:{SKU}"))


def stores(shop: Installation) -> int:
    """How many stores every region of the running shop has."""
    counts = set()
    for region in shop.environment["REDISMART_REGIONS"].split(","):
        with connections.connect(shop.topology.url("inventory", region=region)) as client:
            counts.add(len(list(client.scan_iter("inventory:location:*"))))
    (count,) = counts
    return count


def assert_one_clear_line(output: str, *words: str) -> None:
    """The last line says what happened and what to do, and nothing around it frightens."""
    assert "Traceback" not in output
    last = output.strip().splitlines()[-1]
    assert last.startswith("redismart: ")
    assert ".." not in last
    assert all(word in last for word in words), last


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_the_shop_closes_in_order_without_a_trace_and_keeps_its_data(shop: Installation, name: str) -> None:
    demo = shop.start_demo()
    shop.wait_until(lambda: f"RedisMart is open:  {shop.url}/" in shop.output())
    commands = [" ".join(process.cmdline()) for process in shop.processes()]
    for part in ("granian", "--queues default", "--queues counts", "beat", "redis-server"):
        assert any(part in command for command in commands), part
    assert products(shop) == 1
    assert stores(shop) > 0
    demo.send_signal(getattr(signal, name))
    assert demo.wait(STOP_SECONDS) == 0
    assert shop.processes() == []
    assert shop.output().strip().splitlines()[-1] == f"RedisMart is closed; its data stays under {shop.var}/."
    assert "SecurityWarning" not in shop.output()
    assert "ended by itself" not in shop.output()
    assert "Traceback" not in shop.output()
    stack = shop.stack()
    stack.start()
    assert products(shop) == 1
    stack.stop()


def test_a_second_start_does_nothing_again(open_shop: Installation) -> None:
    """That is what makes it quick: what was set up and loaded is left as it is."""
    said = open_shop.output()
    for done_once in ("Loading the demo", "Going on with", "Collecting static files", "Creating .venv"):
        assert done_once not in said


@pytest.mark.parametrize("url", ["sqlite:////nonexistent/folder/x.db", "sqlite:////tmp"])
def test_a_database_that_cannot_be_used_is_one_clear_line(shop: Installation, url: str) -> None:
    refused = shop.manage("demo", DATABASE_URL=url)
    assert refused.returncode == 1
    assert_one_clear_line(refused.stdout + refused.stderr, "DATABASE_URL", "Correct the setting")
    assert shop.processes() == []


def test_ports_that_the_shop_would_give_twice_are_one_clear_line(shop: Installation) -> None:
    refused = shop.manage("demo", REDISMART_PORT=str(shop.ports.first + 1))
    assert refused.returncode == 1
    assert_one_clear_line(refused.stdout + refused.stderr, "Redis node catalog", "REDISMART_REDIS_BASE_PORT")


@pytest.mark.parametrize("apart", [-1, 1])
def test_a_live_process_on_the_port_of_any_region_s_web_server_is_one_clear_line(
    shop: Installation, apart: int
) -> None:
    live = str(shop.ports.web + apart)
    refused = shop.manage("demo", REDISMART_REGIONS="us,eu", REDISMART_LIVE_PORT=live)
    assert refused.returncode == 1
    assert_one_clear_line(refused.stdout + refused.stderr, "live process of region", "set REDISMART_LIVE_PORT")
    assert shop.processes() == []


def test_every_region_is_open_reads_a_replica_of_its_own_and_closes_in_order(shop: Installation) -> None:
    shop.environment |= {"REDISMART_REGIONS": "us,eu", "REDISMART_CATALOG_REPLICAS": "true"}
    demo = shop.start_demo()
    there = f"http://127.0.0.1:{shop.ports.web + 1}"
    shop.wait_until(lambda: httpx.get(f"{there}/readyz").status_code == httpx.codes.OK)
    assert f"In region eu:      {there}/" in shop.output()
    demo.send_signal(signal.SIGINT)
    assert demo.wait(STOP_SECONDS) == 0
    assert shop.processes() == []


def test_a_killed_demo_takes_all_but_its_data_along(shop: Installation) -> None:
    killed = shop.start_demo()
    killed.kill()
    shop.wait_until(lambda: shop.names() == {"redis-server"})
    assert leftovers.marked(shop.var) == []
    assert products(shop) == 1


def test_what_no_one_could_end_is_cleaned_up_by_the_next_start(shop: Installation) -> None:
    killed = shop.start_demo()
    before = {process.pid for process in shop.processes()}
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    assert shop.open(), "the web server should have survived this, or the test shows nothing"
    demo = shop.start("demo")
    shop.wait_until(lambda: shop.output().count("RedisMart is open") == 2)
    assert "processes of an earlier start" in shop.output()
    assert "Redis node catalog was still running" in shop.output()
    assert not before & {process.pid for process in shop.processes()}
    assert products(shop) == 1
    demo.send_signal(signal.SIGINT)
    assert demo.wait(STOP_SECONDS) == 0
    assert shop.processes() == []


def test_what_no_one_could_end_is_cleaned_up_by_stop(shop: Installation) -> None:
    killed = shop.start_demo()
    os.killpg(killed.pid, signal.SIGKILL)
    stopped = shop.manage("stop_demo")
    assert stopped.returncode == 0, stopped.stderr
    assert "Ending Redis node catalog" in stopped.stdout
    assert shop.processes() == []


def test_only_one_demo_runs_and_its_data_is_safe_until_it_is_stopped(shop: Installation) -> None:
    demo = shop.start_demo()
    for command in ("demo", "demo_reset", "run_redis"):
        refused = shop.manage(command)
        assert refused.returncode == 1
        assert_one_clear_line(refused.stderr, "already runs", f"process {demo.pid}", "make stop")
    assert shop.open()
    assert products(shop) == 1
    stopped = shop.manage("stop_demo")
    assert stopped.returncode == 0
    assert demo.wait(STOP_SECONDS) == 0
    assert shop.processes() == []


def test_reset_deletes_what_the_shop_made_and_nothing_else(shop: Installation) -> None:
    (shop.var / "holiday.jpg").write_text("not ours")
    reset = shop.manage("demo_reset")
    assert reset.returncode == 0, reset.stderr
    assert "redis" in reset.stdout
    assert {path.name for path in shop.var.iterdir()} - {"output"} == {"holiday.jpg"}


@pytest.mark.parametrize(("offset", "words"), [(None, ["web server", "REDISMART_PORT"]), (2, ["BASE_PORT"])])
def test_a_busy_port_is_named_with_its_user(shop: Installation, offset: int | None, words: list[str]) -> None:
    port = shop.ports.web if offset is None else shop.ports.first + offset
    with socket.create_server(("127.0.0.1", port)):
        refused = shop.manage("demo")
    assert refused.returncode == 1
    assert_one_clear_line(refused.stderr, f"Port {port}", f"process {os.getpid()}", "stop that program", *words)
    assert shop.processes() == []


def part(shop: Installation, name: str) -> psutil.Process:
    """The process of one line of the Procfile; raises ``StopIteration`` while there is none."""
    running = [process for process in shop.processes() if name in process.cmdline()]
    return next(process for process in running if process.ppid() not in {other.pid for other in running})


def kill_and_see_again(shop: Installation, name: str) -> None:
    killed = part(shop, name)
    killed.kill()
    shop.wait_until(lambda: runs_anew(shop, name, killed))


def runs_anew(shop: Installation, name: str, killed: psutil.Process) -> bool:
    try:
        return part(shop, name) != killed and shop.open()
    except (StopIteration, psutil.NoSuchProcess):
        return False


def test_killed_parts_are_started_again_and_the_shop_closes_in_order(shop: Installation) -> None:
    demo = shop.start_demo()
    for name, line in (("redismart.wsgi:application", "web"), ("default@%h", "worker"), ("beat", "beat")):
        killed = part(shop, name)
        with_children = [killed, *killed.children(recursive=True)]
        killed.kill()
        shop.wait_until(lambda name=name, killed=killed: runs_anew(shop, name, killed))  # type: ignore[misc]
        assert f"The {line} process ended by itself; it is started again." in shop.output()
        assert not set(with_children) & set(shop.processes())
        assert demo.poll() is None
    demo.send_signal(signal.SIGTERM)
    assert demo.wait(STOP_SECONDS) == 0
    assert shop.processes() == []


def test_a_killed_worker_of_the_web_server_is_replaced(open_shop: Installation) -> None:
    shop, said = open_shop, len(open_shop.output())
    server = part(shop, "redismart.wsgi:application")
    before = set(server.children())
    victim = max(before, key=lambda child: child.memory_info().rss)
    victim.kill()
    shop.wait_until(lambda: victim not in server.children() and len(server.children()) == len(before))
    shop.wait_until(shop.open)
    assert "ended by itself" not in shop.output()[said:]


def test_a_part_that_keeps_ending_closes_the_shop_and_is_named(shop: Installation) -> None:
    demo = shop.start_demo()
    for _ in range(MOST_REVIVALS):
        kill_and_see_again(shop, "beat")
    part(shop, "beat").kill()
    assert demo.wait(STOP_SECONDS) == 1
    assert_one_clear_line(shop.output(), "The beat process ended by itself", "see")
    assert shop.processes() == []


def test_a_part_that_was_killed_with_its_keeper_closes_the_shop(shop: Installation) -> None:
    demo = shop.start_demo()
    beat = part(shop, "beat")
    keeper = beat.parent()
    assert keeper is not None
    assert keeper.ppid() == demo.pid
    keeper.kill()
    assert demo.wait(STOP_SECONDS) == 1
    assert_one_clear_line(shop.output(), "The beat process ended by itself")
    assert shop.processes() == []


def test_a_killed_node_comes_back_with_its_products(open_shop: Installation) -> None:
    shop, said = open_shop, len(open_shop.output())
    address = f"http://127.0.0.1:{shop.ports.web}/search/?q="
    node = node_leftovers.find(shop.var / "redis" / "catalog")
    assert node is not None
    with urllib.request.urlopen(address) as page:
        before = re.findall(rb'data-total="(\d+)"', page.read())
    node.kill()
    node.wait(STOP_SECONDS)
    shop.wait_until(lambda: _status(address) == HTTPStatus.OK)
    with urllib.request.urlopen(address) as page:
        assert re.findall(rb'data-total="(\d+)"', page.read()) == before
    assert "it is started again" in shop.output()[said:]


def _status(address: str) -> int:
    try:
        with urllib.request.urlopen(address) as page:
            return int(page.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_a_node_elsewhere_that_is_away_is_refused_with_its_setting(shop: Installation) -> None:
    refused = shop.manage("demo", REDISMART_REDIS_PURCHASING_URL=f"redis://127.0.0.1:{shop.ports.first + 12}/0")
    assert refused.returncode == 1
    assert_one_clear_line(refused.stderr, "purchasing", "REDISMART_REDIS_PURCHASING_URL", "Start that Redis")
    assert "make demo" not in refused.stderr
    assert shop.processes() == []


def test_a_start_that_is_interrupted_leaves_nothing_running(shop: Installation) -> None:
    demo = shop.start("demo")
    shop.wait_until(lambda: "Starting the Redis nodes" in shop.output())
    demo.send_signal(signal.SIGINT)
    assert demo.wait(STOP_SECONDS) == 0
    assert shop.processes() == []
    assert "Traceback" not in shop.output()
    assert shop.start_demo().poll() is None


def test_processes_of_other_installations_are_not_ours(open_shop: Installation, tmp_path: Path) -> None:
    assert leftovers.marked(tmp_path / "elsewhere") == []
    assert len(leftovers.marked(open_shop.var)) > 2


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_to_make_alone_closes_the_shop(shop: Installation, name: str) -> None:
    with (shop.var / "make").open("w") as output:
        make = subprocess.Popen(
            ["make", "--file", "-", "demo"],
            cwd=ROOT,
            env=shop.environment,
            stdin=subprocess.PIPE,
            stdout=output,
            start_new_session=True,
        )
    shop.started.append(make)
    assert make.stdin is not None
    make.stdin.write(f"demo:\n\t@exec {sys.executable} manage.py demo\n".encode())
    make.stdin.close()
    shop.wait_until(shop.open)
    make.send_signal(getattr(signal, name))
    assert make.wait(STOP_SECONDS) == -getattr(signal, name)
    assert shop.processes() == []
