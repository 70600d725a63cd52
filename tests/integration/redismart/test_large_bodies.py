"""A real web server is sent more than it takes, by many at once: it says so, and its memory stays flat."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from redismart.web.bodies import MOST_BYTES
from tests.redis_nodes import ROOT, RedisNodes, foreign, unused_port

START_SECONDS, REPLY_SECONDS = 120, 120
LARGE = 100 * 1024 * 1024
PIECE = bytes(64 * 1024)
MOST_GROWTH_KB = 64 * 1024
"""Less than a single one of the bodies."""


@dataclass(frozen=True, slots=True)
class Server:
    """A web server: its address, and the processes that it consists of."""

    address: str
    pid: int

    def peak_kb(self) -> int:
        """The most memory that any of its processes has had so far."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return max(map(_peak_kb, (str(self.pid), *children)))


@pytest.fixture
def server(redis_nodes: RedisNodes, tmp_path: Path) -> Iterator[Server]:
    port, log = unused_port(), tmp_path / "web.log"
    options = ["--interface", "wsgi", "--port", str(port), "--workers", "1", "--blocking-threads", "4", "--no-ws"]
    command = [sys.executable, "-m", "granian", *options, "redismart.wsgi:application"]
    own = {name: value for name, value in os.environ.items() if not foreign(name)}
    collect = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity=0"]
    subprocess.run(collect, cwd=ROOT, env=own, check=True)
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=own, stdout=output, stderr=output)
        try:
            yield Server(_awaited(f"http://127.0.0.1:{port}", log), process.pid)
        finally:
            process.terminate()
            process.wait(timeout=START_SECONDS)


def _awaited(address: str, log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{address}/about/", timeout=5).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return address
    raise AssertionError(log.read_text()[-3_000:])


def _peak_kb(pid: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def _body(size: int) -> Iterator[bytes]:
    for _piece in range(size // len(PIECE)):
        yield PIECE


def _sent(server: Server, *, size: int, told: bool = True) -> httpx.Response:
    headers = {"Content-Type": "multipart/form-data; boundary=x"} | ({"Content-Length": str(size)} if told else {})
    return httpx.post(f"{server.address}/account/", content=_body(size), headers=headers, timeout=REPLY_SECONDS)


def test_what_is_too_large_is_refused_in_words_and_never_held(server: Server) -> None:
    before = server.peak_kb()
    with ThreadPoolExecutor(4) as senders:
        replies = list(senders.map(lambda _number: _sent(server, size=LARGE), range(8)))
    assert [reply.status_code for reply in replies] == [413] * 8
    assert "up to 15 MB" in replies[0].text
    assert "Content-Security-Policy" in replies[0].headers
    assert server.peak_kb() - before < MOST_GROWTH_KB


def test_a_body_of_no_told_length_is_never_held(server: Server) -> None:
    before = server.peak_kb()
    assert 400 <= _sent(server, size=LARGE, told=False).status_code < 500
    assert server.peak_kb() - before < MOST_GROWTH_KB


def test_what_is_just_small_enough_goes_on_to_its_page(server: Server) -> None:
    assert _sent(server, size=MOST_BYTES).status_code not in (413, 500)
