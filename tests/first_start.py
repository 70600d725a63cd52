"""The part of a demo's first start that loads its catalogue, on a small one without pictures.

``python -m tests.first_start CATALOGUE [BATCHES]``: with BATCHES it is killed, by SIGKILL, once so many are stored.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.redis_nodes import ROOT

START_SECONDS = 150


def start(catalogue: Path, *, killed_after: int | None = None) -> tuple[str, int]:
    """Run it; returns what it said and its exit code."""
    batches = [] if killed_after is None else [str(killed_after)]
    ended = subprocess.run(
        [sys.executable, "-m", "tests.first_start", str(catalogue), *batches],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "redismart.settings", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
    return ended.stdout, ended.returncode


def _die_after(batches: int) -> None:
    from catalog import operations

    save, left = operations.save_encoded, batches

    def save_or_die(**documents: Any) -> None:
        nonlocal left
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        save(**documents)

    operations.save_encoded = save_or_die


def _start(catalogue: Path, batches: int | None) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from catalog import demo_pictures
    from catalog.demo_recipe import Recipe
    from catalog.management.commands import load_demo
    from redismart.demo import preparation

    load_demo.DEMO = catalogue
    vars(demo_pictures)["load_recipe"] = lambda: Recipe(size=1, quality=1, pictures=())
    if batches is not None:
        _die_after(batches)
    preparation._load_once(
        "catalogue",
        app="catalog",
        load=lambda: call_command("load_demo"),
        say=lambda line: sys.stdout.write(f"{line}\n"),
    )


if __name__ == "__main__":
    _start(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else None)
