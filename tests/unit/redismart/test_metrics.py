"""Counters of web processes: those that run are kept, those of a server that is gone are not added to for ever."""

import os
import subprocess
import sys
from pathlib import Path

from redismart.web import metrics
from tests.redis_nodes import ROOT


def ended() -> int:
    """The id of a process that is gone."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_only_what_dead_processes_counted_is_forgotten(tmp_path: Path) -> None:
    gone, here = ended(), os.getpid()
    names = {f"counter_{gone}.db", f"histogram_{gone}.db", f"counter_{here}.db", f"gauge_all_{here}.db", "other.db"}
    for name in names:
        (tmp_path / name).touch()
    metrics.forget_dead(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {f"counter_{here}.db", f"gauge_all_{here}.db", "other.db"}


def test_a_web_process_forgets_them_when_it_starts(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    left = tmp_path / "metrics" / f"counter_{ended()}.db"
    left.touch()
    subprocess.run(
        [sys.executable, "-c", "import redismart.wsgi"],
        cwd=ROOT,
        env=os.environ | {"REDISMART_VAR": str(tmp_path)},
        check=True,
    )
    assert not left.exists()
