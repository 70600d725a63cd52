"""Loads the catalogue as a shopkeeper would: by the product's own command, in a process of its own."""

import gzip
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

import psutil
from django.conf import settings

from bench.results import Loading
from bench.synthesise import synthesised

REAL_DATA = "products/products.jsonl.gz"
DEMO_DATA = "catalog/demo/products.jsonl"
# Rows of real data that break the loader's rules are reported, and not our concern here.
ACCEPTABLE = (0, 1)
BYTES_PER_MB = 1024**2
LOOK_SECONDS = 0.05
COMPRESSION = 1


class NotLoadedError(RuntimeError):
    """The catalogue could not be loaded; the message has the loader's last lines."""


def source() -> Path:
    """The real catalogue where there is one (its folder named by REDISMART_TEST_DATA), else the one that ships."""
    folder = Path(os.environ.get("REDISMART_TEST_DATA") or settings.BASE_DIR.parent / "shared" / "data")
    real = folder / REAL_DATA
    return real if real.exists() else settings.BASE_DIR / DEMO_DATA


def load(*, first: int, last: int) -> Loading:
    """Add the rows from ``first`` up to but not including ``last`` to the catalogue. Raises ``NotLoadedError``."""
    path = settings.VAR / f"products-{first}-{last}.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=COMPRESSION) as file:
        file.writelines(_rows(first, last))
    started = time.perf_counter()
    peak = managed(["load_catalog", str(path), "--no-suggestions"])
    seconds = time.perf_counter() - started
    path.unlink()
    return Loading(last - first, last, seconds, peak / BYTES_PER_MB)


def _rows(first: int, last: int) -> Iterator[bytes]:
    """JSON lines: the real products first, then synthesised ones."""
    return islice(synthesised(source(), count=last), first, last)


def managed(command: list[str]) -> int:
    """Run a management command and return the most memory (bytes) it held. Raises ``NotLoadedError``."""
    log = settings.VAR / "load.log"
    with log.open("wb") as lines:
        process = subprocess.Popen(
            [sys.executable, "manage.py", *command], cwd=settings.BASE_DIR, stdout=lines, stderr=lines
        )
        try:
            peak = _peak_memory(process)
        except BaseException:
            process.kill()
            process.wait()
            raise
    if process.returncode not in ACCEPTABLE:
        last_lines = log.read_text(errors="replace").strip().splitlines()[-10:]
        raise NotLoadedError("\n".join([f"`{' '.join(command)}` failed. Its last lines:", *last_lines]))
    return peak


def _peak_memory(process: subprocess.Popen[bytes]) -> int:
    """Watch the process until it ends. The system's own account of it begins with the memory of the benchmark, from
    which the process was forked."""
    peak, watched = 0, psutil.Process(process.pid)
    while process.poll() is None:
        with suppress(psutil.Error):
            peak = max(peak, watched.memory_info().rss)
        time.sleep(LOOK_SECONDS)
    return peak
