"""A thousand hostile photos for the real web server: each is answered, nothing breaks, and memory stays flat."""

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.integration.redismart.test_large_bodies import START_SECONDS, Server, _awaited
from tests.journeys import shopfront
from tests.redis_nodes import ROOT, RedisNodes, foreign, unused_port

HOSTILE = 1_000
AT_ONCE = 4
MOST_GROWTH_KB = 500 * 1024
KINDS = ("JPEG", "PNG", "WEBP", "GIF")
NAMED = (
    b"",
    b"\0" * 10_000,
    b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'a'>]><svg/>",
    b"%PDF-1.7\n%",
    b"PK\x03\x04" + b"\0" * 60 + b"PK\x05\x06" + b"\0" * 18,
    b"GIF89a" + b"\xff\xff\xff\xff" + b"\0" * 20,
    b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR\x7f\xff\xff\xff\x7f\xff\xff\xff\x08\x06\0\0\0" + b"\0" * 40,
    b"RIFF\xff\xff\xff\xffWEBPVP8L" + b"\xff" * 40,
    b"\xff\xd8\xff\xe0" + b"\xff" * 5_000,
)


@pytest.fixture
def server(redis_nodes: RedisNodes, tmp_path: Path) -> Iterator[Server]:
    """Behind one proxy, so that each photo can come from somewhere else; its worker says that no model is ready."""
    port, log = unused_port(), tmp_path / "web.log"
    options = ["--interface", "wsgi", "--port", str(port), "--workers", "1", "--blocking-threads", "4"]
    command = [sys.executable, "-m", "granian", *options, "--no-ws", "redismart.wsgi:application"]
    own = {name: value for name, value in os.environ.items() if not foreign(name)} | {"REDISMART_PROXIES": "1"}
    collect = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity=0"]
    subprocess.run(collect, cwd=ROOT, env=own, check=True)
    with shopfront.working(log=tmp_path / "worker.log", process="embeddings"), log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=own, stdout=output, stderr=output)
        try:
            yield Server(_awaited(f"http://127.0.0.1:{port}", log), process.pid)
        finally:
            process.terminate()
            process.wait(timeout=START_SECONDS)


def hostile() -> Iterator[bytes]:
    """Named ones first, then real pictures of which some bytes are others, or some are missing."""
    yield from NAMED
    chance = random.Random(1)
    whole = []
    for kind in KINDS:
        written = BytesIO()
        Image.effect_mandelbrot((200, 120), (-2, -1, 1, 1), 50).convert("RGB").save(written, kind)
        whole.append(written.getvalue())
    for number in range(HOSTILE - len(NAMED)):
        data = bytearray(chance.choice(whole))
        for _byte in range(chance.randint(1, 40)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        yield bytes(data[: chance.randint(10, len(data))] if number % 3 == 0 else data)


def test_every_hostile_photo_is_answered_and_memory_stays_flat(server: Server) -> None:
    with httpx.Client(base_url=server.address, timeout=120) as client:
        token = client.get("/image-search/").cookies["csrftoken"]
    before = server.peak_kb()

    def send(numbered: tuple[int, bytes]) -> tuple[int, bool]:
        number, data = numbered
        address = f"10.{number // 65536}.{number // 256 % 256}.{number % 256}"
        reply = httpx.post(
            f"{server.address}/image-search/",
            data={"csrfmiddlewaretoken": token},
            files={"photo": ("photo.jpg", data)},
            cookies={"csrftoken": token},
            headers={"X-Forwarded-For": address},
            timeout=120,
        )
        return reply.status_code, "data-problem" in reply.text

    with ThreadPoolExecutor(AT_ONCE) as senders:
        replies = list(senders.map(send, enumerate(hostile())))
    assert len(replies) == HOSTILE
    # 503: it is a picture all the same, and the worker has none of the shop's yet.
    assert {status for status, _told in replies} == {422, 503}
    assert all(told for _status, told in replies)
    assert {status for status, _told in replies[: len(NAMED)]} == {422}
    assert server.peak_kb() - before < MOST_GROWTH_KB
