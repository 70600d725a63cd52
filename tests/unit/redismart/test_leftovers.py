"""What is running, whose it is, and what is known of a port."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from redismart.demo import leftovers as demo_leftovers
from redismart.demo.reset import reset
from redismart.redis import leftovers


@pytest.mark.parametrize("record", ["", "not a number", "-5", "4194305"])
def test_a_record_that_names_no_process_finds_none(tmp_path: Path, record: str) -> None:
    (tmp_path / leftovers.PID_FILE).write_text(record)
    assert leftovers.find(tmp_path) is None


def test_no_record_finds_none(tmp_path: Path) -> None:
    assert leftovers.find(tmp_path) is None


def test_the_user_of_a_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert leftovers.port_user(server.getsockname()[1]) == f"{psutil.Process().name()} (process {os.getpid()})"


def test_an_unknown_user_of_a_port_is_another_program() -> None:
    assert leftovers.port_user(1) == "another program"


def test_a_finished_process_that_nobody_collected_does_not_run() -> None:
    with subprocess.Popen(["true"]) as finished:
        deadline = time.monotonic() + 60
        while psutil.Process(finished.pid).status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not leftovers.runs(psutil.Process(finished.pid))
        assert leftovers.gone(psutil.Process(finished.pid), seconds=0)


def test_a_process_that_ignores_the_polite_signal_is_ended_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leftovers, "STOP_SECONDS", 0.3)
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", stubborn], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        leftovers.end(psutil.Process(process.pid))
        assert process.wait(60) == -9


def test_marked_processes_are_found_and_ended_with_their_children(tmp_path: Path) -> None:
    script = "sleep 60 & echo up; wait"
    environment = os.environ | {demo_leftovers.MARK: str(tmp_path)}
    with subprocess.Popen(["sh", "-c", script], env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        said: list[str] = []
        assert len(demo_leftovers.marked(tmp_path)) == 2
        assert demo_leftovers.marked(tmp_path / "other") == []
        demo_leftovers.end(tmp_path, report=said.append)
        assert demo_leftovers.marked(tmp_path) == []
        assert said[0].startswith("Ending 2 processes of an earlier start: ")


def test_ending_nothing_says_nothing(tmp_path: Path) -> None:
    said: list[str] = []
    demo_leftovers.end(tmp_path, report=said.append)
    assert said == []


def test_the_shop_is_known_by_its_command() -> None:
    assert not demo_leftovers.runs_shop(None)
    assert not demo_leftovers.runs_shop(4194305)
    assert not demo_leftovers.runs_shop(1)


def test_reset_leaves_what_is_not_the_shops(tmp_path: Path) -> None:
    (tmp_path / "redis" / "catalog").mkdir(parents=True)
    (tmp_path / "redis" / "catalog" / "appendonly.aof").touch()
    (tmp_path / "schedule.dat").touch()
    (tmp_path / "photos").mkdir()
    assert reset(tmp_path) == ["redis", "schedule.dat"]
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]
    assert reset(tmp_path) == []
