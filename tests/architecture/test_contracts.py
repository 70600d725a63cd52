"""The import contracts in ``pyproject.toml`` hold, whichever way the tests are started."""

import subprocess
import sys
from pathlib import Path

from tests.redis_nodes import ROOT

LINTER = Path(sys.executable).with_name("lint-imports")


def test_every_import_contract_is_kept() -> None:
    checked = subprocess.run([LINTER, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
