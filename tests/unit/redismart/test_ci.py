"""``make test`` and ``.ci/run`` fail when style, types, contracts or tests do, and end as pytest does."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.redis_nodes import ROOT

PASSED = "===== 3 passed in 0.12s ====="
FAILED = "===== 1 failed, 2 passed in 0.12s ====="
# Stands for the Python of the environment: each check says its name, and fails where it is told to.
PYTHON = """#!/bin/sh
echo "checked by $2"
[ "$2" != pytest ] || echo "$CLOSING"
case " $BROKEN " in *" $2 "*) exit 1 ;; esac
"""
# What else the machine might miss; the script must not start to install it here.
TOOLS = ("npm", "chromium")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project's own ``Makefile`` and ``.ci/run`` among stand-ins for all that they call."""
    (tmp_path / ".ci").mkdir()
    for name in ("Makefile", ".ci/run"):
        shutil.copy(ROOT / name, tmp_path / name)
    program(tmp_path / ".ci" / "install", "#!/bin/sh\n")
    program(tmp_path / ".venv" / "bin" / "python", PYTHON)
    program(tmp_path / ".venv" / "bin" / "lint-imports", PYTHON.replace("$2", "contracts"))
    for name in TOOLS:
        program(tmp_path / "tools" / name, "#!/bin/sh\n")
    return tmp_path


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def run(project: Path, *command: str, broken: str = "", closing: str = PASSED) -> subprocess.CompletedProcess[str]:
    path = f"{project / 'tools'}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "BROKEN": broken, "CLOSING": closing}
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


def test_make_test_checks_style_types_and_contracts_too(project: Path) -> None:
    made = run(project, "make", "test")
    assert made.returncode == 0
    for check in ("ruff", "mypy", "contracts", "pytest"):
        assert f"checked by {check}" in made.stdout


@pytest.mark.parametrize("broken", ["ruff", "mypy", "contracts", "pytest"])
def test_any_broken_check_fails_the_run_which_still_ends_with_the_closing_line(project: Path, broken: str) -> None:
    closing = FAILED if broken == "pytest" else PASSED
    ran = run(project, ".ci/run", broken=broken, closing=closing)
    assert ran.returncode != 0
    assert ran.stdout.splitlines()[-1] == closing
    assert ("style, types or import contracts did not" in ran.stdout) == (broken != "pytest")


def test_a_run_in_which_all_is_well_succeeds(project: Path) -> None:
    ran = run(project, ".ci/run")
    assert ran.returncode == 0
    assert ran.stdout.splitlines()[-1] == PASSED
